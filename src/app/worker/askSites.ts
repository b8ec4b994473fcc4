import { askForBuild } from "../../core/site/askForBuild.ts";
import type { Cause, SiteAsk } from "../../core/slot/slot.ts";
import type { SitesAsk } from "../../core/worker/phases.ts";
import { NewerDocument, StoreUnavailable } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { updateSite, WORK } from "../stored/documents.ts";

/**
 * Asks a site's slot for a build. `id` is the debt's own: asking again after a crash finds the first ask in the site's
 * document and changes nothing. Throws `StoreUnavailable`.
 */
export const askSite = async (deps: Deps, siteId: string, id: string, cause: Cause): Promise<SiteAsk> => {
  const newSyncId = deps.ids.timeOrdered();
  const ask = { siteId, id, cause, newSyncId, entryId: deps.ids.timeOrdered() };
  const { result } = await updateSite<SiteAsk>(deps, siteId, (site, attempt) => askForBuild(site, ask, attempt), WORK);
  return result;
};

/**
 * A site whose document is damaged must not hold up the layers that name it: it is left out, on record. One that a later
 * release wrote is not damaged: this worker is of the past and leaves the build owed to whoever can read it.
 */
const askOne = async (deps: Deps, ...ask: [siteId: string, id: string, cause: Cause]): Promise<SiteAsk> => {
  try {
    return await askSite(deps, ...ask);
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof NewerDocument) throw error;
    const [siteId] = ask;
    deps.report({
      kind: "trouble",
      where: `site ${siteId}`,
      error: error instanceof Error ? error.message : "unknown",
    });
    return { siteId, name: "", buildId: null, outcome: "missing", unreadable: true };
  }
};

/**
 * Asks every site of a layer for a build. Null: a site could not be reached, so all are to be asked again. Throws
 * `NewerDocument`.
 */
export const askSites = async (deps: Deps, { id, cause, siteIds }: SitesAsk): Promise<readonly SiteAsk[] | null> => {
  try {
    return await Promise.all(siteIds.map((siteId) => askOne(deps, siteId, id, cause)));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    deps.report({ kind: "trouble", where: `sites of layer ${cause.dataLayerId}`, error: error.message });
    return null;
  }
};
