import type { Attempt, Decision } from "../document.ts";
import { hasRoom, oweAudit } from "../owed.ts";
import { accept } from "../slot/accept.ts";
import { opening } from "../slot/pace.ts";
import type { Actor, Cause, SiteAsk } from "../slot/sync.ts";
import { pacingOf, siteParts } from "./pacing.ts";
import type { Site, SiteDocument } from "./site.ts";

/** The actor of what the system does by itself. */
const SYSTEM: Actor = { id: "layerhook", name: "Layerhook", email: "" };

/**
 * Announces once for each day or month that the budget holds the pending build back. Nothing is dropped: the build
 * starts with the next budget, or when a person releases it.
 */
export const announceBudget = (site: Site, now: number, entryId: string): Site => {
  const { pending, spent } = site.slot;
  const { pace } = siteParts(site);
  if (pending === null || spent === undefined) return site;
  const { at, waitingFor } = opening(pending, site.slot, pace);
  if (waitingFor !== "budget" || spent.announced === at) return site;
  const { dailyBuilds, monthlyBuilds } = pacingOf(site);
  const entry = oweAudit({
    id: entryId,
    at: now,
    actor: SYSTEM,
    action: "site.budget_reached",
    target: { type: "site", id: site.id, name: site.name },
    dataLayerId: null,
    detail: { dailyBuilds, monthlyBuilds, builtToday: spent.today, builtThisMonth: spent.thisMonth },
  });
  return { ...site, slot: { ...site.slot, spent: { ...spent, announced: at } }, owed: [...site.owed, entry] };
};

/** A layer's request for a build of a site. */
export interface BuildRequest {
  readonly siteId: string;
  /**
   * The id of the build that the layer owes. A second request after a crash finds the first one and changes nothing.
   */
  readonly id: string;
  readonly cause: Cause;
  /** The ids of a new build and of an audit entry, equal for all attempts. */
  readonly newSyncId: string;
  readonly entryId: string;
}

/** Requests a build in a site's slot. If the budget holds the build back, the audit log says so once. */
export const askForBuild = (
  site: SiteDocument | null,
  { siteId, id, cause, newSyncId, entryId }: BuildRequest,
  attempt: Attempt,
): Decision<SiteDocument, SiteAsk> => {
  if (site?.kind !== "site") return { kind: "keep", result: { siteId, name: "", buildId: null, outcome: "missing" } };
  const { now } = attempt;
  const request = {
    id,
    receivedAt: now,
    all: true,
    slugs: [],
    full: true,
    trigger: { type: "build", id, at: now },
    build: false,
    cause,
    written: true,
  } as const;
  const accepted = accept(site.slot, request, attempt, newSyncId);
  const outcome = accepted.queued ? "queued" : "coalesced";
  const asked: SiteAsk = { siteId, name: site.name, buildId: accepted.syncId, outcome };
  if (accepted.slot === null) return { kind: "keep", result: asked };
  const next = { ...site, slot: accepted.slot };
  // The request must not fail for lack of room. An announcement that has no room now is made with the next request.
  return { kind: "write", document: hasRoom(site) ? announceBudget(next, now, entryId) : next, result: asked };
};
