import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import { UNTOLD } from "../limits.ts";
import type { BuildEvent } from "../site/buildEvents.ts";
import type { Site } from "../site/site.ts";
import { accept } from "../slot/accept.ts";
import { withCauses } from "../slot/ending.ts";
import type { Cause } from "../slot/sync.ts";
import { LOOK_AGAIN } from "./look.ts";
import { type Look, lookOf } from "./lookSchema.ts";
import type { Judged } from "./pageCheck.ts";

/** How many deliveries a site remembers that a build has healed for. */
const HEALED = 50;

/** What a look at the page of a publish has found. */
export interface PublishSeen {
  readonly layerId: string;
  readonly deliveryId: string;
  readonly state: Judged["state"];
  readonly reason: string | null;
  /** When its page was looked at, or first showed it (ms). */
  readonly at: number;
}

/** What a look has found, where a publish that an earlier look at the same build saw stays seen since then. */
export const withEarlier = (found: readonly PublishSeen[], site: Site, buildId: string): PublishSeen[] => {
  const content = lookOf(site)?.content;
  const earlier = content?.buildId === buildId ? (content.found ?? []) : [];
  return found.map((one) => {
    const seen = earlier.find(({ deliveryId, state }) => deliveryId === one.deliveryId && state === "seen");
    return seen === undefined ? one : { ...one, state: seen.state, reason: seen.reason, at: seen.at };
  });
};

/** What a look at the pages of publishes has found. */
export interface ContentSeen {
  readonly buildId: string;
  readonly publishes: readonly PublishSeen[];
  /** How long a build that heals waits (s). */
  readonly settleSeconds: number;
  /** The layers' requests behind the build. */
  readonly causes: readonly Cause[];
  readonly now: number;
}

/**
 * The site with the layers that a build healed nothing for: it was requested again for them, what it was to heal is still
 * missing, and none of their pages shows a publish. One publish that is seen takes its layer out.
 */
const noteVain = (site: Site, { publishes, causes }: ContentSeen): Site => {
  const { healedInVain = [], ...rest } = site;
  const again = causes.flatMap((cause) => (cause.again === true ? [cause.dataLayerId] : []));
  const failed = publishes.filter(
    ({ layerId, deliveryId, state }) =>
      state === "missing" && again.includes(layerId) && site.healed?.includes(deliveryId) === true,
  );
  const seen = publishes.flatMap(({ layerId, state }) => (state === "seen" ? [layerId] : []));
  const known = new Set([...healedInVain, ...failed.map(({ layerId }) => layerId)]);
  const inVain = [...known].filter((layerId) => !seen.includes(layerId)).slice(-HEALED);
  return inVain.length === 0 ? rest : { ...rest, healedInVain: inVain };
};

const IN_VAIN =
  "No other build follows, because the last one that was built again for the data layer showed none of its publishes. Check its `live`.";

const withLook = (site: Site, { content: _content, heal: _heal, ...look }: Look, more: Partial<Look>): Site => ({
  ...site,
  look: { ...look, ...defined(more) },
});

/**
 * Records what the pages of a build's publishes show. Looks again while one is missing. If one still is at the last look,
 * the layers are told, and one more build is planned: never for a delivery that a build was healed for, not for a layer that
 * the last such build was in vain for, and not where the site says so. A look that is not due changes nothing, because a
 * second worker was first.
 */
export const noteContent = (site: Site, seen: ContentSeen): Site => {
  const { buildId, publishes, settleSeconds, causes, now } = seen;
  const look = lookOf(site);
  if (look?.content?.buildId !== buildId || look.content.due > now) return site;
  const tries = look.content.tries + 1;
  const wait = LOOK_AGAIN[tries - 1];
  const missing = publishes.filter(({ state }) => state === "missing");
  if (missing.length > 0 && wait !== undefined) {
    const found = publishes.map(({ layerId: _id, ...check }) => check);
    return withLook(site, look, { content: { buildId, tries, due: now + wait, found } });
  }
  const judged = noteVain(site, seen);
  if (missing.length === 0) return withLook(judged, look, {});
  const { healed = [], healedInVain = [] } = judged;
  const missingIds = missing.map(({ deliveryId }) => deliveryId);
  const fresh = missing.filter(({ deliveryId }) => !healed.includes(deliveryId));
  const isAllowed = site.rebuildStale !== false && fresh.length > 0;
  const heals = isAllowed && fresh.some(({ layerId }) => !healedInVain.includes(layerId));
  const next = withLook(judged, look, { heal: heals ? { buildId, at: now + settleSeconds * SECOND } : undefined });
  const what = `${missing.length} of ${publishes.length} publishes that were looked for are not on their pages.`;
  const follows = heals ? " One more build follows." : isAllowed ? ` ${IN_VAIN}` : "";
  const reason = `${what}${follows}`;
  const event: BuildEvent = {
    id: `build.stale/${buildId}`,
    event: "build.stale",
    buildId,
    at: now,
    causes: [...causes],
    reason,
  };
  return {
    ...next,
    ...(heals ? { healed: [...new Set([...healed, ...missingIds])].slice(-HEALED) } : {}),
    ...(causes.length === 0 ? {} : { untold: [...(site.untold ?? []), event].slice(-UNTOLD) }),
  };
};

/**
 * Requests the build that heals, in the site's slot like any other, so that its pace and budget hold. `id` is that of a new
 * build. Returns the same site if no such build is planned.
 */
export const heal = (
  site: Site,
  { causes, id }: { readonly causes: readonly Cause[]; readonly id: string },
  attempt: { readonly now: number; readonly rev: number; readonly firstRev: number },
): Site => {
  const look = lookOf(site);
  if (look?.heal === undefined || look.heal.at > attempt.now) return site;
  const { buildId } = look.heal;
  const request = {
    ...{
      id: `heal.${buildId}`,
      receivedAt: attempt.now,
      all: true,
      slugs: [],
      full: true,
      build: false,
      written: true,
    },
    trigger: { type: "build" as const, id: buildId, at: attempt.now },
  };
  const slot = accept(site.slot, request, attempt, id).slot ?? site.slot;
  const isAsked = ({ syncId }: Cause): boolean => slot.pending?.causes?.some((one) => one.syncId === syncId) === true;
  const again = causes.filter((cause) => !isAsked(cause)).map((cause) => ({ ...cause, again: true }));
  return withLook({ ...site, slot: withCauses(slot, again) }, look, {});
};
