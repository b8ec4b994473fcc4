import type { BrakedWebhook, Layer } from "../layer/layer.ts";
import type { BuildEvent } from "../site/buildEvents.ts";
import { PAUSE } from "../slot/pace.ts";

/** A webhook's pace is human again when it paused as an editor does. */
const hasPaused = ({ lastAt }: BrakedWebhook, now: number): boolean => now - lastAt >= PAUSE;

const withBraked = (layer: Layer, braked: readonly BrakedWebhook[]): Layer => {
  const { braked: _former, ...rest } = layer;
  return braked.length === 0 ? rest : { ...rest, braked: [...braked] };
};

/**
 * The layer with its webhooks flagged whose deliveries met the brake of a site, or without these flags if a person released
 * the build. Returns the same layer if the event is not about the brake or names no webhook of the layer.
 */
export const noteBrake = (layer: Layer, siteId: string, { brake, event, causes, at }: BuildEvent): Layer => {
  if (brake !== true) return layer;
  const { braked = [] } = layer;
  const others = braked.filter((one) => one.siteId !== siteId);
  if (event !== "build.held") return others.length === braked.length ? layer : withBraked(layer, others);
  const named = causes.flatMap((cause) => (cause.dataLayerId === layer.id ? (cause.webhooks ?? []) : []));
  const known = new Set(["default", ...layer.webhooks.map(({ ref }) => ref)]);
  const refs = [...new Set(named)].filter((ref) => known.has(ref));
  if (refs.length === 0) return layer;
  const kept = braked.filter((one) => !refs.includes(one.ref) && !hasPaused(one, at));
  return withBraked(layer, [...kept, ...refs.map((ref) => ({ ref, siteId, since: at, lastAt: at }))]);
};

/** The layer after a delivery to the webhook `ref`, or `default`: a flagged one that had paused is no longer flagged. */
export const noteBrakedDelivery = (layer: Layer, ref: string, now: number): Layer => {
  const { braked = [] } = layer;
  const mark = braked.find((one) => one.ref === ref);
  if (mark === undefined) return layer;
  const others = braked.filter((one) => one !== mark);
  return withBraked(
    layer,
    hasPaused(mark, now) ? others : [...others, { ...mark, lastAt: Math.max(now, mark.lastAt) }],
  );
};

/** Since when the webhook `ref`, or `default`, is flagged, for which site, and until when if nothing more comes (ms); null: it is not flagged. */
export const brakeOf = (
  { braked = [] }: Pick<Layer, "braked">,
  ref: string,
  now: number,
): { readonly siteId: string; readonly since: number; readonly until: number } | null => {
  const mark = braked.find((one) => one.ref === ref);
  if (mark === undefined || hasPaused(mark, now)) return null;
  return { siteId: mark.siteId, since: mark.since, until: mark.lastAt + PAUSE };
};
