import type { Cause } from "../../core/slot/sync.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readSite } from "../stored/documents.ts";
import { findState, withLastEnded } from "../stored/records.ts";

/**
 * The layers' syncs that a site's last build failed for, or was built for and not shown. A build by hand makes good for
 * them, so their layers are told how it ends. Without a readable record nobody is told. Throws `StoreUnavailable`.
 */
export const unshownCauses = async (deps: Deps, siteId: string): Promise<readonly Cause[]> => {
  try {
    const site = await readSite(deps, siteId);
    if (site?.kind !== "site") return [];
    const last = (await withLastEnded(deps, site)).lastEnded?.sync;
    if (last == null || (last.status !== "failed" && last.deploy?.published !== false)) return [];
    const state = await findState(deps, site, last.id);
    return state?.kind === "claimed" ? (state.sync.causes ?? []) : [];
  } catch (error) {
    if (unreadableReason(error) === null) throw error;
    return [];
  }
};
