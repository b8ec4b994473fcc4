import { defined } from "../defined.ts";
import { DAY, HOUR } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { wantsEvent } from "../layer/messages.ts";
import type { Message } from "../layer/notification.ts";
import { MESSAGES } from "../limits.ts";
import { isOtherService } from "../site/hookKind.ts";
import type { Site } from "../site/site.ts";
import { dayName, monthOf } from "../usage/calendar.ts";
import { estimateOf } from "../usage/credits.ts";
import { timeOfShare } from "../usage/liveTimes.ts";
import { type Added, type Counts, monthNumber, sumCounts, type Usage } from "../usage/usage.ts";
import { DIGEST, type Digest, type Week } from "./digestSchema.ts";
import { toldAt } from "./quietHours.ts";
import { silentAt } from "./silence.ts";

const WEEK = 7 * DAY;
/** A digest is due on Mondays at 8:00 UTC. 1970 began on a Thursday. */
const MONDAY = 4 * DAY + 8 * HOUR;

/** When a digest is due that counts from `since` on (ms): on the first Monday after at least one day. */
export const nextDigest = (since: number): number => Math.ceil((since + DAY - MONDAY) / WEEK) * WEEK + MONDAY;

/** The counts from the month of `since` on. */
const countsFrom = (usage: Usage | undefined, since: number): Counts =>
  Object.entries(usage ?? {})
    .filter(([name]) => monthNumber(name) >= monthOf(since))
    .reduce<Counts>((sum, [, counts]) => sumCounts(sum, counts), {});

const negated = ({ deliveries = 0, started = 0, worked = 0, live = [] }: Counts): Added => ({
  deliveries: -deliveries,
  started: -started,
  worked: -worked,
  live: live.map((times) => -times),
});

/** The counts that a digest tells of. */
const digestCounts = ({ deliveries = 0, started = 0, worked = 0, live = [] }: Counts): Counts => ({
  deliveries,
  started,
  worked,
  live,
});

const buildsFrom = ({ slot }: Site, since: number): number => countsFrom(slot.usage, since).builds ?? 0;

/** The layer's counts now, from which the next digest counts. */
const weekFrom = (layer: Layer, sites: readonly Site[], since: number): Week => ({
  since,
  counts: digestCounts(countsFrom(layer.slot.usage, since)),
  builds: Object.fromEntries(sites.map((site) => [site.id, buildsFrom(site, since)])),
});

const digestOf = (
  layer: Layer,
  sites: readonly Site[],
  { since, counts, builds, failures }: Week,
  until: number,
): Digest => {
  const { deliveries, started, worked, live = [] } = sumCounts(countsFrom(layer.slot.usage, since), negated(counts));
  // Of a site that was connected in this week, the builds of the week cannot be told from those before.
  const madeBy = (some: readonly Site[]): number =>
    some.reduce((sum, site) => {
      const now = buildsFrom(site, since);
      return sum + Math.max(now - (builds[site.id] ?? now), 0);
    }, 0);
  const atNetlify = sites.filter((site) => !isOtherService(site));
  const credits = estimateOf({ deliveries, started, worked, builds: madeBy(atNetlify) }).total;
  const isSilent = (silentAt(layer) ?? until) < until;
  const [p50, p95] = [timeOfShare(live, 0.5), timeOfShare(live, 0.95)];
  return {
    id: `${DIGEST}/${dayName(until)}`,
    since,
    until,
    publishes: deliveries ?? 0,
    builds: madeBy(sites),
    credits: Math.round(credits * 10) / 10,
    missing: (layer.alarms ?? []).map(({ event }) => event),
    ...defined({
      p50Seconds: p50 ?? undefined,
      p95Seconds: p95 ?? undefined,
      failures,
      silentSince: isSilent ? (layer.lastDeliveryAt ?? undefined) : undefined,
    }),
  };
};

const messagesAbout = (layer: Layer, digest: Digest): Message[] =>
  layer.notifications
    .filter(({ events }) => events.includes(DIGEST))
    .map(({ id }) => ({
      ...{ to: id, syncId: "", event: DIGEST, since: digest.until, tries: 0 },
      due: toldAt(layer, digest.until),
      digest,
    }));

/**
 * The layer with its weekly digest owed, if one is due. A layer that nobody wants a digest of remembers nothing for one.
 * Null: its sites were not read, and their counts are needed.
 */
export const judgeDigest = (
  layer: Layer,
  sites: readonly Site[] | null,
  now: number,
): { readonly layer: Layer; readonly due: number } | null => {
  if (!wantsEvent(layer, DIGEST)) {
    const { week, ...rest } = layer;
    return { layer: week === undefined ? layer : rest, due: Number.POSITIVE_INFINITY };
  }
  const { week, unsent = [] } = layer;
  const due = week === undefined ? now : nextDigest(week.since);
  if (due > now) return { layer, due };
  if (sites === null) return null;
  const next = { ...layer, week: weekFrom(layer, sites, now) };
  if (week === undefined) return { layer: next, due: nextDigest(now) };
  const owed = messagesAbout(layer, digestOf(layer, sites, week, now));
  return { layer: { ...next, unsent: [...unsent, ...owed].slice(-MESSAGES) }, due: nextDigest(now) };
};
