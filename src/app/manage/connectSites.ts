import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import type { ConnectedSiteInput } from "../settings/layerSettings.ts";
import { addSite, findSite } from "./sites.ts";

export interface SitesConnected {
  readonly kind: "connected";
  readonly siteIds: readonly string[];
  /** Those of the sites that were created for this request. */
  readonly newSiteIds: readonly string[];
}

export interface ConnectedRefused {
  readonly kind: "no-such-site";
  readonly index: number;
  readonly siteId: string;
}

/**
 * Finds the sites of the input, and creates the new ones. A site that is connected already is not looked up: if it was
 * deleted since, that must not block every other change of the list.
 */
export const connectSites = async (
  deps: Deps,
  actor: Actor,
  inputs: readonly ConnectedSiteInput[],
  connectedIds: readonly string[],
): Promise<SitesConnected | ConnectedRefused> => {
  const refusals = await Promise.all(
    inputs.map(async (input, index) =>
      "siteId" in input && !connectedIds.includes(input.siteId) && (await findSite(deps, input.siteId)) === null
        ? [{ kind: "no-such-site", index, siteId: input.siteId } as const]
        : [],
    ),
  );
  const [refused] = refusals.flat();
  if (refused !== undefined) return refused;
  const newSiteIds: string[] = [];
  const siteIds: string[] = [];
  for (const input of inputs) {
    if ("siteId" in input) siteIds.push(input.siteId);
    else {
      const { id } = await addSite(deps, actor, input);
      siteIds.push(id);
      newSiteIds.push(id);
    }
  }
  return { kind: "connected", siteIds, newSiteIds: newSiteIds };
};
