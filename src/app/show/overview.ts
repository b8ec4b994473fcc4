import pLimit from "p-limit";
import type { SyncSummary } from "../../core/lastEnded.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import { siteStage } from "../../core/stage/buildStage.ts";
import { shownStatus, troubleOf } from "../../core/stage/shownStatus.ts";
import type { Standing } from "../../core/stage/stage.ts";
import type { Deps } from "../deps.ts";
import { listLayers } from "../manage/layers.ts";
import { listSites } from "../manage/sites.ts";
import { lastDelivery } from "../stored/deliveryLog.ts";
import type { PageRequest, Unreadable } from "../stored/pages.ts";
import { findState, lastSync, withLastEnded } from "../stored/records.ts";
import { type StagedLayer, Stages } from "./stages.ts";

/** The number of layers and sites of the release before whose last records are looked for at a time. */
const AT_ONCE = 8;

export interface LayerSummary {
  readonly staged: StagedLayer;
  /** When the last accepted delivery arrived (ms). */
  readonly lastDeliveryAt: number | null;
  readonly lastSync: SyncSummary | null;
}

export interface SiteSummary {
  readonly site: Site;
  /** Null: nothing was built yet. */
  readonly standing: Standing | null;
  readonly lastBuild: SyncSummary | null;
}

export interface Overview {
  readonly layers: readonly LayerSummary[];
  readonly sites: readonly SiteSummary[];
  /** Documents that this release cannot read. */
  readonly unreadable: { readonly layers: readonly Unreadable[]; readonly sites: readonly Unreadable[] };
}

/** All documents of a list at once: a page of them would list every order marker again. */
const ALL: PageRequest = { limit: Number.MAX_SAFE_INTEGER, cursor: null };

/**
 * All layers and sites with what each did last, newest first. `layerWanted` and `siteWanted` leave out those that the
 * reader may not see. Costs one list and a read for each document. Throws `StoreUnavailable`.
 */
export const overviewOf = async (
  deps: Deps,
  layerWanted: (id: string) => boolean,
  siteWanted: (id: string) => boolean,
): Promise<Overview> => {
  const limit = pLimit(AT_ONCE);
  const [layers, sites] = await Promise.all([listLayers(deps, ALL, layerWanted), listSites(deps, ALL, siteWanted)]);
  const noted = await Promise.all(sites.items.map((site) => limit(() => withLastEnded(deps, site))));
  const stages = new Stages(deps, { sites: noted });
  const summarizeLayer = async (stored: Layer): Promise<LayerSummary> => {
    const layer = await withLastEnded(deps, stored);
    const [lastDeliveryAt, last, staged] = await Promise.all([
      lastDelivery(deps, layer),
      lastSync(deps, layer),
      stages.ofLayer(layer),
    ]);
    return { staged, lastDeliveryAt, lastSync: last && (await shownSync(staged, last)) };
  };
  // Only where a site is in trouble, the last sync is read to see whether its own builds are.
  const shownSync = async ({ layer, standing }: StagedLayer, last: SyncSummary): Promise<SyncSummary> => {
    if (last.status !== "succeeded" || troubleOf(standing?.stage) === null) return last;
    const state = await findState(deps, layer, last.id);
    if (state === null) return last;
    return { ...last, status: shownStatus(last.status, (await stages.ofSync(layer, state)).standing.stage) };
  };
  const summarizeSite = async (site: Site): Promise<SiteSummary> => {
    const [standing, last] = [siteStage(site), await lastSync(deps, site)];
    return { site, standing, lastBuild: last && { ...last, status: shownStatus(last.status, standing?.stage) } };
  };
  const [layerSummaries, siteSummaries] = await Promise.all([
    Promise.all(layers.items.map((layer) => limit(summarizeLayer, layer))),
    Promise.all(noted.map(summarizeSite)),
  ]);
  const unreadable = { layers: layers.unreadable, sites: sites.unreadable };
  return { layers: layerSummaries, sites: siteSummaries, unreadable };
};
