import pLimit from "p-limit";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import type { Deps } from "../deps.ts";
import { listLayers } from "../manage/layers.ts";
import { listSites } from "../manage/sites.ts";
import { lastArrival } from "../stored/deliveryLog.ts";
import type { DocumentPage, PageAsked, Unreadable } from "../stored/pages.ts";
import { lastState, type SyncState } from "../stored/records.ts";

/** The number of layers and sites whose last records are read at a time. */
const AT_ONCE = 8;
const PAGE = 50;

export interface LayerSeen {
  readonly layer: Layer;
  /** When the last delivery in the log arrived (ms). */
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
  /** Documents that this release cannot read. */
  readonly unreadable: { readonly layers: readonly Unreadable[]; readonly sites: readonly Unreadable[] };
}

const all = async <T>(
  page: (asked: PageAsked) => Promise<DocumentPage<T>>,
): Promise<{ readonly items: readonly T[]; readonly unreadable: readonly Unreadable[] }> => {
  const items: T[] = [];
  // A layer's id may have been used before, with a marker on another page.
  const unreadable = new Map<string, Unreadable>();
  let cursor: string | null = null;
  do {
    const found: DocumentPage<T> = await page({ limit: PAGE, cursor });
    items.push(...found.items);
    for (const one of found.unreadable) unreadable.set(one.id, one);
    cursor = found.nextCursor;
  } while (cursor !== null);
  return { items, unreadable: [...unreadable.values()] };
};

/**
 * All layers and sites with what each did last, newest first. `layerWanted` and `siteWanted` leave out those that the
 * reader may not see. Throws `StoreUnavailable`.
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
    Promise.all(layers.items.map((layer) => limit(seeLayer, layer))),
    Promise.all(sites.items.map((site) => limit(seeSite, site))),
  ]);
  const unreadable = { layers: layers.unreadable, sites: sites.unreadable };
  return { layers: layersSeen, sites: sitesSeen, unreadable };
};
