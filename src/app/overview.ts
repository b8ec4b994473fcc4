import pLimit from "p-limit";
import type { Layer } from "../core/layer.ts";
import type { Site } from "../core/site.ts";
import { lastArrival } from "./deliveryLog.ts";
import type { Deps } from "./deps.ts";
import { listLayers } from "./layers.ts";
import type { Page, PageAsked } from "./pages.ts";
import { lastState, type SyncState } from "./records.ts";
import { listSites } from "./sites.ts";

/** Holders whose last traces are looked up at a time. */
const AT_ONCE = 8;
const PAGE = 50;

export interface LayerSeen {
  readonly layer: Layer;
  /** When its log says that the last delivery came (ms). */
  readonly lastDeliveryAt: number | null;
  readonly lastSync: SyncState | null;
}

export interface SiteSeen {
  readonly site: Site;
  readonly lastBuild: SyncState | null;
}

export interface Overview {
  readonly layers: readonly LayerSeen[];
  readonly sites: readonly SiteSeen[];
}

const all = async <T>(page: (asked: PageAsked) => Promise<Page<T>>): Promise<T[]> => {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const { items, nextCursor }: Page<T> = await page({ limit: PAGE, cursor });
    found.push(...items);
    cursor = nextCursor;
  } while (cursor !== null);
  return found;
};

/**
 * All layers and sites with what each did last, newest first. `layerWanted` and `siteWanted` leave out what the reader may
 * not see. Throws `StoreUnavailable`.
 */
export const overviewOf = async (
  deps: Deps,
  layerWanted: (id: string) => boolean,
  siteWanted: (id: string) => boolean,
): Promise<Overview> => {
  const limit = pLimit(AT_ONCE);
  const [layers, sites] = await Promise.all([
    all((asked) => listLayers(deps, asked, layerWanted)),
    all((asked) => listSites(deps, asked, siteWanted)),
  ]);
  const seeLayer = async (layer: Layer): Promise<LayerSeen> => {
    const [lastDeliveryAt, lastSync] = await Promise.all([lastArrival(deps, layer), lastState(deps, layer)]);
    return { layer, lastDeliveryAt, lastSync };
  };
  const seeSite = async (site: Site): Promise<SiteSeen> => ({ site, lastBuild: await lastState(deps, site) });
  const [layersSeen, sitesSeen] = await Promise.all([
    Promise.all(layers.map((layer) => limit(seeLayer, layer))),
    Promise.all(sites.map((site) => limit(seeSite, site))),
  ]);
  return { layers: layersSeen, sites: sitesSeen };
};
