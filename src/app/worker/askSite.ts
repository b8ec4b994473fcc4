import { hasRoom } from "../../core/owed.ts";
import { announceBudget } from "../../core/site/site.ts";
import { accept } from "../../core/slot/accept.ts";
import type { Cause, SiteAsk } from "../../core/slot/slot.ts";
import type { Deps } from "../deps.ts";
import { updateSite, WORK } from "../stored/documents.ts";

/**
 * Asks a site's slot for a build. `id` is the debt's own: asking again after a crash finds the first ask in the site's
 * document and changes nothing. Throws `StoreUnavailable`.
 */
export const askSite = async (deps: Deps, siteId: string, id: string, cause: Cause): Promise<SiteAsk> => {
  const newSyncId = deps.ids.timeOrdered();
  const entryId = deps.ids.timeOrdered();
  const { result } = await updateSite<SiteAsk>(
    deps,
    siteId,
    (site, attempting) => {
      if (site?.kind !== "site") {
        return { kind: "keep", result: { siteId, name: "", buildId: null, outcome: "missing" } };
      }
      const { now } = attempting;
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
      const accepted = accept(site.slot, request, attempting, newSyncId);
      const outcome = accepted.queued ? "queued" : "coalesced";
      const asked: SiteAsk = { siteId, name: site.name, buildId: accepted.syncId, outcome };
      if (accepted.slot === null) return { kind: "keep", result: asked };
      const next = { ...site, slot: accepted.slot };
      // The ask itself must not fail for want of room: what could not be said now is said with the next one.
      const document = hasRoom(site) ? announceBudget(next, now, entryId) : next;
      return { kind: "write", document, result: asked };
    },
    WORK,
  );
  return result;
};
