import pLimit from "p-limit";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import type { Deps } from "../deps.ts";
import { listLayers } from "../manage/layers.ts";
import { listSites } from "../manage/sites.ts";
import { lastArrival } from "../stored/deliveryLog.ts";
import type { DocumentPage, PageRequest, Unreadable } from "../stored/pages.ts";
import { lastState, type SyncState } from "../stored/records.ts";

/** The number of layers and sites whose last records are read at a time. */
const AT_ONCE = 8;
const PAGE = 50;

export interface LayerSummary {
  readonly layer: Layer;
  /** When the last delivery in the log arrived (ms). */
  readonly lastDeliveryAt: number | null;
  readonly lastSync: SyncState | null;
}

export interface SiteSummary {
  readonly site: Site;
  readonly lastBuild: SyncState | null;
}

export interface Overview {
  readonly layers: readonly LayerSummary[];
  readonly sites: readonly SiteSummary[];
  /** Documents that this release cannot read. */
  readonly unreadable: { readonly layers: readonly Unreadable[]; readonly sites: readonly Unreadable[] };
}

const allPages = async <T>(
  page: (request: PageRequest) => Promise<DocumentPage<T>>,
): Promise<{ readonly items: readonly T[]; readonly unreadable: readonly Unreadable[] }> => {
  const items: T[] = [];
  // A layer's id may have been used before, so a second page may list it again.
  const unreadable = new Map<string, Unreadable>();
  let cursor: string | null = null;
  do {
    const next: DocumentPage<T> = await page({ limit: PAGE, cursor });
    items.push(...next.items);
    for (const one of next.unreadable) unreadable.set(one.id, one);
    cursor = next.nextCursor;
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
    allPages((request) => listLayers(deps, request, layerWanted)),
    allPages((request) => listSites(deps, request, siteWanted)),
  ]);
  const summarizeLayer = async (layer: Layer): Promise<LayerSummary> => {
    const [lastDeliveryAt, lastSync] = await Promise.all([lastArrival(deps, layer), lastState(deps, layer)]);
    return { layer, lastDeliveryAt, lastSync };
  };
  const summarizeSite = async (site: Site): Promise<SiteSummary> => ({ site, lastBuild: await lastState(deps, site) });
  const [layerSummaries, siteSummaries] = await Promise.all([
    Promise.all(layers.items.map((layer) => limit(summarizeLayer, layer))),
    Promise.all(sites.items.map((site) => limit(summarizeSite, site))),
  ]);
  const unreadable = { layers: layers.unreadable, sites: sites.unreadable };
  return { layers: layerSummaries, sites: siteSummaries, unreadable };
};
