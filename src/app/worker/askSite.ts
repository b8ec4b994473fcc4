import { askForBuild } from "../../core/site/askForBuild.ts";
import type { Cause, SiteAsk } from "../../core/slot/slot.ts";
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
