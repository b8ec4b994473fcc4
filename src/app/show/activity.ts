import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import type { Deps } from "../deps.ts";
import { findSite } from "../manage/sites.ts";
import { arrivals, type LoggedDelivery, readDeliveries } from "../stored/deliveryLog.ts";
import { type SyncState, statesSince } from "../stored/records.ts";

/** The number of records shown. Each is a read of the store, and a page may stay open all day. */
const SYNCS = 100;
const BUILDS = 50;
const DELIVERIES = 20;

export interface Activity {
  /** When deliveries arrived (ms), newest first. */
  readonly arrived: readonly { readonly id: string; readonly at: number }[];
  readonly deliveries: readonly LoggedDelivery[];
  readonly syncs: readonly SyncState[];
  readonly sites: readonly { readonly site: Site; readonly builds: readonly SyncState[] }[];
  /** Whether there was more in this time than is shown. */
  readonly cut: boolean;
}

/** The activity of a layer since a time (ms): deliveries, syncs, and builds of its sites. Throws `StoreUnavailable`. */
export const activityOf = async (deps: Deps, layer: Layer, since: number): Promise<Activity> => {
  const siteOf = async (siteId: string) => {
    const site = await findSite(deps, siteId);
    return site === null ? null : { site, ...(await statesSince(deps, site, since, BUILDS)) };
  };
  const [arrived, syncs, sites] = await Promise.all([
    arrivals(deps, layer, since, DELIVERIES),
    statesSince(deps, layer, since, SYNCS),
    Promise.all(layer.connectedSites.map(({ siteId }) => siteOf(siteId))),
  ]);
  const found = sites.filter((site) => site !== null);
  const deliveries = await readDeliveries(deps, arrived.slice(0, DELIVERIES));
  return {
    arrived: arrived.filter(({ at }) => at >= since),
    deliveries,
    syncs: syncs.states,
    sites: found.map(({ site, states }) => ({ site, builds: states })),
    cut: syncs.cut || found.some(({ cut }) => cut),
  };
};
