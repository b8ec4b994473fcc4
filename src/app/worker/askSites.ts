import { askForBuild } from "../../core/site/askForBuild.ts";
import type { Cause, SiteAsk } from "../../core/slot/sync.ts";
import type { SitesAsk } from "../../core/worker/phases.ts";
import { NewerDocument, StoreUnavailable } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { updateSite, WORK } from "../stored/documents.ts";

/**
 * Requests a build in a site's slot. `id` is the id of the owed build: a second request after a crash finds the first
 * one in the site's document and changes nothing. Throws `StoreUnavailable`.
 */
export const askSite = async (deps: Deps, siteId: string, id: string, cause: Cause): Promise<SiteAsk> => {
  const newSyncId = deps.ids.timeOrdered();
  const ask = { siteId, id, cause, newSyncId, entryId: deps.ids.timeOrdered() };
  const { result } = await updateSite<SiteAsk>(deps, siteId, (site, attempt) => askForBuild(site, ask, attempt), WORK);
  return result;
};

/**
 * Reports a site whose document is damaged as missing, so that it does not hold up the layers that connect it. A
 * document of a later release is not damaged: this worker is outdated and leaves the build owed to a newer one.
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
 * Requests a build of every site of a layer. Null: a site could not be reached, so all must be requested again. Throws
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
