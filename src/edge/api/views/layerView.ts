import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import { heldStates } from "../../../app/stored/records.ts";
import { openerOf, sealedParts } from "../../../app/stored/sealing.ts";
import { isoTime } from "../../../app/time.ts";
import type { defaultWebhookSchema, layerItemSchema, layerSchema } from "../../../contract/resources/layerSchemas.ts";
import { defined } from "../../../core/defined.ts";
import { defaultEnabled, keptDefault, type Layer, layerSettings } from "../../../core/layer/layer.ts";
import { formatOf } from "../../../core/layer/notification.ts";
import { shownOf } from "../../../core/layer/settings.ts";
import type { Slot } from "../../../core/slot/slot.ts";
import { isGuessable } from "../../../core/webhook/guessable.ts";
import { type Shown, sourceViews } from "./sourceView.ts";
import { actorView, syncView } from "./syncView.ts";

type LayerView = z.input<typeof layerSchema>;

/** The state of a slot in one word. */
export const slotStatus = (slot: Slot): LayerView["status"] => {
  if (slot.paused) return "paused";
  // A sync whose sites still have to be built is running, also while no worker has claimed it.
  if (slot.running !== null || slot.build !== null) return "running";
  if (slot.pending !== null) return "pending";
  return Object.keys(slot.retry).length > 0 ? "retrying" : "idle";
};

/** The base of a layer's publish URLs. */
export const publishUrl = (deps: Deps, layerId: string): string =>
  `${deps.publicUrl}/hooks/data_layer/data_source/publish/${layerId}`;

/** The default webhook. The only secret in its URL is the layer's id. */
export const defaultWebhookView = (deps: Deps, layer: Layer): z.input<typeof defaultWebhookSchema> => {
  const grace = keptDefault(layer, deps.clock.now());
  const enabled = defaultEnabled(layer) || grace !== null;
  return {
    url: publishUrl(deps, layer.id),
    enabled,
    warnings: enabled && isGuessable(layer.id) ? ["GUESSABLE_URL"] : [],
    setting: layer.defaultWebhook,
    keptUntil: grace === null ? null : isoTime(grace.until),
    lastDeliveryAt: grace?.seenAt === undefined ? null : isoTime(grace.seenAt),
  };
};

/** A layer in a list. */
export const layerItemView = (layer: Layer): z.input<typeof layerItemSchema> => ({
  id: layer.id,
  name: layer.name,
  description: layer.description,
  status: slotStatus(layer.slot),
  counts: {
    webhooks: layer.webhooks.length,
    dataSources: layer.sources.length,
    connectedSites: layer.connectedSites.length,
    notifications: layer.notifications.length,
  },
  createdAt: isoTime(layer.createdAt),
  updatedAt: isoTime(layer.updatedAt),
});

const syncOf = (layer: Layer): LayerView["sync"] => {
  const { slot } = layer;
  const states = heldStates(layer);
  const show = (id: string | undefined) => {
    const state = id === undefined ? undefined : states.get(id);
    return state === undefined ? null : syncView(state);
  };
  return {
    status: slotStatus(slot),
    running: show(slot.running?.lead ?? slot.build?.syncIds[0]),
    pending: show(slot.pending?.syncId),
    retrying: Object.entries(slot.retry).map(([slug, { syncId, tries, lost, due, error }]) => ({
      slug,
      syncId,
      attempts: tries + lost,
      due: isoTime(due),
      error,
    })),
  };
};

/** A layer in full. `siteNames` has the names of its sites that can be read; null: the site was deleted. */
export const layerView = (
  deps: Deps,
  layer: Layer,
  { writer, secrets }: Shown,
  siteNames: ReadonlyMap<string, string | null>,
): LayerView => ({
  id: layer.id,
  name: layer.name,
  description: layer.description,
  status: slotStatus(layer.slot),
  dataSources: sourceViews(deps, layer, { writer, secrets }),
  connectedSites: layer.connectedSites.map(({ siteId }) => {
    const name = siteNames.get(siteId);
    if (name === null) return { siteId, missing: true as const };
    return { siteId, ...defined({ name }) };
  }),
  notifications: layer.notifications.map(({ id, name, urlHint, events, format, secret, last }) => ({
    id,
    name,
    url: urlHint,
    events,
    format: formatOf({ format }),
    lastTry:
      last === undefined
        ? null
        : {
            at: isoTime(last.at),
            event: last.event,
            syncId: last.syncId,
            buildId: last.buildId ?? null,
            outcome: last.outcome,
            error: last.error ?? null,
          },
    waiting: (layer.unsent ?? []).filter(({ to }) => to === id).length,
    ...defined({
      secret: secrets ? openerOf(deps.sealer, layer, sealedParts.notification(id)).open(secret) : undefined,
    }),
  })),
  cachePurge:
    layer.cachePurge === null || layer.cachePurge === undefined
      ? null
      : { tags: layer.cachePurge.tags, siteId: layer.cachePurge.siteId ?? null },
  defaultWebhook: defaultWebhookView(deps, layer),
  ...shownOf(layerSettings, layer),
  paused: layer.slot.paused,
  createdAt: isoTime(layer.createdAt),
  createdBy: actorView(layer.createdBy),
  updatedAt: isoTime(layer.updatedAt),
  sync: syncOf(layer),
});
