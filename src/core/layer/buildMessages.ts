import { defined } from "../defined.ts";
import type { Decision } from "../document.ts";
import { SECOND } from "../durations.ts";
import { MESSAGES, TOLD } from "../limits.ts";
import type { BuildEvent } from "../site/buildEvents.ts";
import { liveTime } from "../usage/liveTimes.ts";
import { countAt } from "../usage/usage.ts";
import { countFailure } from "../watch/digestSchema.ts";
import { toldAt } from "../watch/quietHours.ts";
import { noteBrake } from "../webhook/brakedWebhooks.ts";
import type { Layer, LayerDocument } from "./layer.ts";
import type { Message } from "./notification.ts";

/** The site of a build, as a message names it. */
export interface NamedSite {
  readonly id: string;
  readonly name: string;
}

/** The result: whether a message of the layer is due. */
type Owing = Decision<LayerDocument, boolean>;

const messageOf = (layer: Layer, site: NamedSite, event: BuildEvent, to: string): Message => {
  const { causes, brake: _brake, ...about } = event;
  const mine = causes.filter(({ dataLayerId }) => dataLayerId === layer.id);
  const published = mine.flatMap(({ publishedAt }) => (publishedAt === undefined ? [] : [publishedAt]));
  const build = {
    ...about,
    siteId: site.id,
    siteName: site.name,
    syncIds: mine.map(({ syncId }) => syncId),
    ...(published.length === 0 ? {} : { publishedAt: Math.min(...published) }),
  };
  return {
    to,
    syncId: mine.at(-1)?.syncId ?? event.buildId,
    event: event.event,
    since: event.at,
    tries: 0,
    // A budget at risk is an alarm, and the end of a build is none.
    due: event.event === "budget.at-risk" ? toldAt(layer, event.at) : event.at,
    build,
  };
};

/** The layer with the times from its publishes to their live build counted. */
const countLive = (layer: Layer, event: BuildEvent): Layer => {
  const times = event.causes.flatMap(({ dataLayerId, publishedAt }) =>
    dataLayerId === layer.id && publishedAt !== undefined
      ? [liveTime(Math.max(event.at - publishedAt, 0) / SECOND)]
      : [],
  );
  if (event.event !== "build.live" || times.length === 0) return layer;
  const usage = times.reduce((sum, live) => countAt(sum, event.at, { live }), layer.slot.usage);
  return { ...layer, slot: { ...layer.slot, ...defined({ usage }) } };
};

/** The layer with a failure counted for its digest; the same layer: nobody wants one, or nothing failed. */
const countWeek = (layer: Layer, { name }: NamedSite, { event }: BuildEvent): Layer => {
  if (layer.week === undefined) return layer;
  const week = countFailure(layer.week, event, name);
  return week === layer.week ? layer : { ...layer, week };
};

/**
 * Owes a message about a build to each of the layer's notifications that subscribed to the event. Counts how long the layer's publishes took
 * to be live, which is one write for a live build, counts what failed for the layer's digest, and flags the webhooks behind a build
 * that the brake holds back. The layer remembers the event, so that a second call after a crash changes nothing.
 */
export const oweBuildMessages = (document: LayerDocument | null, site: NamedSite, event: BuildEvent): Owing => {
  if (document?.kind !== "layer") return { kind: "keep", result: false };
  const { notifications, unsent = [], told = [] } = document;
  const wanting = notifications.filter(({ events }) => events.includes(event.event));
  if (told.includes(event.id)) return { kind: "keep", result: true };
  const counted = noteBrake(countWeek(countLive(document, event), site, event), site.id, event);
  if (wanting.length === 0 && counted === document) return { kind: "keep", result: false };
  const messages = wanting.map(({ id }) => messageOf(document, site, event, id));
  const next: Layer = {
    ...counted,
    ...(messages.length === 0 ? {} : { unsent: [...unsent, ...messages].slice(-MESSAGES) }),
    told: [...told, event.id].slice(-TOLD),
  };
  return { kind: "write", document: next, result: messages.length > 0 };
};
