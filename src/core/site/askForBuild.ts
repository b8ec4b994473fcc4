import type { Attempt, Decision } from "../document.ts";
import { hasRoom } from "../owed.ts";
import { accept } from "../slot/accept.ts";
import type { Cause, SiteAsk } from "../slot/slot.ts";
import { announceBudget, type SiteDocument } from "./site.ts";

/** A layer asks a site for a build. */
export interface BuildAsk {
  readonly siteId: string;
  /** The id of what the layer owes: asking again after a crash finds the first ask and changes nothing. */
  readonly id: string;
  readonly cause: Cause;
  /** New ids, equal for all attempts: of the build, and of an audit entry. */
  readonly newSyncId: string;
  readonly entryId: string;
}

/** Asks a site's slot for a build, and says once on record if its budget holds the build back. */
export const askForBuild = (
  site: SiteDocument | null,
  { siteId, id, cause, newSyncId, entryId }: BuildAsk,
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
  // The ask itself must not fail for want of room: what could not be said now is said with the next one.
  return { kind: "write", document: hasRoom(site) ? announceBudget(next, now, entryId) : next, result: asked };
};
