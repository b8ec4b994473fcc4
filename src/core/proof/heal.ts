import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import { CAUSES, UNTOLD } from "../limits.ts";
import type { BuildEvent } from "../site/buildEvents.ts";
import type { Site } from "../site/site.ts";
import { accept, addCause } from "../slot/accept.ts";
import type { Cause } from "../slot/sync.ts";
import { LOOK_AGAIN } from "./look.ts";
import { type Look, lookOf } from "./lookSchema.ts";

/** How many deliveries a site remembers that a build has healed for. */
const HEALED = 50;

/** What a look at the pages of publishes has found. */
export interface ContentSeen {
  readonly buildId: string;
  /** The deliveries that their pages do not show. */
  readonly missing: readonly string[];
  /** How many pages were looked at. */
  readonly looked: number;
  /** How long a build that heals waits (s). */
  readonly settleSeconds: number;
  /** The layers' requests behind the build. */
  readonly causes: readonly Cause[];
  readonly now: number;
}

const withLook = (site: Site, { content: _content, heal: _heal, ...look }: Look, more: Partial<Look>): Site => ({
  ...site,
  look: { ...look, ...defined(more) },
});

/**
 * Records what the pages of a build's publishes show. Looks again while one is missing. If one still is at the last look,
 * the layers are told, and one more build is planned: never for a delivery that a build was healed for, and not where the
 * site says so. A look that is not due changes nothing, because a second worker was first.
 */
export const noteContent = (site: Site, seen: ContentSeen): Site => {
  const { buildId, missing, looked, settleSeconds, causes, now } = seen;
  const look = lookOf(site);
  if (look?.content?.buildId !== buildId || look.content.due > now) return site;
  const tries = look.content.tries + 1;
  const wait = LOOK_AGAIN[tries - 1];
  if (missing.length === 0) return withLook(site, look, {});
  if (wait !== undefined) return withLook(site, look, { content: { buildId, tries, due: now + wait } });
  const healed = site.healed ?? [];
  const heals = site.rebuildStale !== false && missing.some((id) => !healed.includes(id));
  const next = withLook(site, look, { heal: heals ? { buildId, at: now + settleSeconds * SECOND } : undefined });
  const what = `${missing.length} of ${looked} publishes that were looked for are not on their pages.`;
  const reason = heals ? `${what} One more build follows.` : what;
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
    ...(heals ? { healed: [...new Set([...healed, ...missing])].slice(-HEALED) } : {}),
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
  const { pending } = slot;
  const named = causes
    .slice(-CAUSES)
    .reduce((known, cause) => addCause(known, cause).causes ?? known, pending?.causes ?? []);
  const healing = pending === null ? slot : { ...slot, pending: { ...pending, causes: named } };
  return withLook({ ...site, slot: healing }, look, {});
};
