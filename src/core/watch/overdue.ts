import { MINUTE } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { siteParts } from "../site/pacing.ts";
import type { Site } from "../site/site.ts";
import { opening } from "../slot/pace.ts";
import type { Cause } from "../slot/sync.ts";
import { watchSettings } from "./watchSettings.ts";

/** A publish that is not live: when it was accepted, and from when on the wait counts (ms). */
export interface Unlive {
  readonly since: number;
  readonly from: number;
}

/** How long a publish may take until it is live, beyond what the pacing of its sites wants (ms). */
export const overdueAfter = ({ overdueMinutes }: Pick<Layer, "overdueMinutes">): number =>
  (overdueMinutes ?? watchSettings.overdueMinutes.absent) * MINUTE;

/** The earliest of some publishes; null: there are none. */
export const earliest = (unlive: readonly Unlive[]): Unlive | null =>
  [...unlive].sort((a, b) => a.from - b.from)[0] ?? null;

/** The oldest publish in the layer's own slot. A paused layer waits because a person wants it. */
export const unliveInLayer = ({ slot }: Pick<Layer, "slot">): Unlive | null => {
  const { pending, open, paused } = slot;
  if (paused) return null;
  const times = [
    ...(pending === null || pending.deliveries === 0 ? [] : [pending.filledAt]),
    ...Object.values(open).flatMap(({ deliveries, queuedAt }) => (deliveries === 0 ? [] : [queuedAt])),
  ];
  return earliest(times.map((at) => ({ since: at, from: at })));
};

/**
 * The oldest publish of a layer that waits for a build of a site, or is being built. The time that the site's pacing lets
 * it wait does not count, apart from a wait for the month's budget, which may be weeks. Neither does a hold at Netlify, of
 * which the team is told.
 */
export const unliveAtSite = (site: Site, layerId: string): Unlive | null => {
  const { pending, open, held } = site.slot;
  if (held !== undefined) return null;
  const ofLayer = (causes: readonly Cause[] | undefined, startsAt: number): Unlive[] =>
    (causes ?? []).flatMap(({ dataLayerId, publishedAt, deliveries }) =>
      dataLayerId === layerId && publishedAt !== undefined && deliveries !== 0
        ? [{ since: publishedAt, from: Math.max(publishedAt, startsAt) }]
        : [],
    );
  const { pace } = siteParts(site);
  const unbudgeted = pace && { ...pace, monthly: null };
  const waiting = pending === null ? [] : ofLayer(pending.causes, opening(pending, site.slot, unbudgeted).at);
  const building = Object.values(open).flatMap(({ causes, startedAt, queuedAt }) =>
    ofLayer(causes, startedAt ?? queuedAt),
  );
  return earliest([...waiting, ...building]);
};

/**
 * Whether nobody knows what became of a site's last build: its deploy began, no word of its end came, and no deploy went
 * live since.
 */
export const isEndUnknown = ({ lastEnded, deploys }: Pick<Site, "lastEnded" | "deploys">): boolean => {
  const sync = lastEnded?.sync;
  return sync?.deploy?.state === "unheard" && (deploys?.live?.at ?? 0) < (sync.finishedAt ?? sync.queuedAt);
};
