import { accept } from "../core/accept.ts";
import type { Cause, SiteAsk } from "../core/slot.ts";
import type { Deps } from "./deps.ts";
import { WORK } from "./documents.ts";
import { updateSlot } from "./slots.ts";

/**
 * Asks a site's slot for a build. `id` is the debt's own: asking again after a crash finds the first ask in the site's
 * document and changes nothing. Throws `StoreUnavailable`.
 */
export const askSite = async (deps: Deps, siteId: string, id: string, cause: Cause): Promise<SiteAsk> => {
  const newSyncId = deps.ids.timeOrdered();
  const updated = await updateSlot<SiteAsk>(
    deps,
    { kind: "site", id: siteId },
    (site, _parts, attempting) => {
      const request = {
        id,
        receivedAt: attempting.now,
        all: true,
        slugs: [],
        full: true,
        trigger: { type: "build", id, at: attempting.now },
        build: false,
        cause,
        written: true,
      } as const;
      const accepted = accept(site.slot, request, attempting, newSyncId);
      const outcome = accepted.queued ? "queued" : "coalesced";
      return {
        change: accepted.slot === null ? null : { slot: accepted.slot, ended: [] },
        result: { siteId, name: site.name, buildId: accepted.syncId, outcome },
      };
    },
    WORK,
  );
  return updated?.result ?? { siteId, name: "", buildId: null, outcome: "missing" };
};
