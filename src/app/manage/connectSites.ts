import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import type { ConnectedSiteInput } from "../settings/layerSettings.ts";
import { addSite, findSite } from "./sites.ts";

export interface SitesConnected {
  readonly kind: "connected";
  readonly siteIds: readonly string[];
  /** The sites among them that were created just now. */
  readonly made: readonly string[];
}

export interface ConnectedRefused {
  readonly kind: "no-such-site";
  readonly index: number;
  readonly siteId: string;
}

/**
 * Finds the sites that a layer is to connect, and creates those described. A site that is connected already is not
 * looked up: if it was deleted since, that must not block every other change of the list.
 */
export const connectSites = async (
  deps: Deps,
  actor: Actor,
  inputs: readonly ConnectedSiteInput[],
  standing: readonly string[],
): Promise<SitesConnected | ConnectedRefused> => {
  const missing = await Promise.all(
    inputs.map(async (input, index) =>
      "siteId" in input && !standing.includes(input.siteId) && (await findSite(deps, input.siteId)) === null
        ? [{ kind: "no-such-site", index, siteId: input.siteId } as const]
        : [],
    ),
  );
  const [refused] = missing.flat();
  if (refused !== undefined) return refused;
  const made: string[] = [];
  const siteIds: string[] = [];
  for (const input of inputs) {
    if ("siteId" in input) siteIds.push(input.siteId);
    else {
      const { id } = await addSite(deps, actor, input);
      siteIds.push(id);
      made.push(id);
    }
  }
  return { kind: "connected", siteIds, made };
};
