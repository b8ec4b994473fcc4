import { type ConnectedSite, layerStage } from "../../core/stage/layerStage.ts";
import { shownStatus, troubleOf } from "../../core/stage/shownStatus.ts";
import type { Standing } from "../../core/stage/stage.ts";
import { LAYER_ORDER, LAYERS, orderKey, SITE_ORDER, SITES } from "../../store/keys.ts";
import type { Entry } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readDocument } from "../stored/everyDocument.ts";
import { readPage, type Unreadable } from "../stored/pages.ts";
import { findState } from "../stored/records.ts";
import {
  type DocumentSummary,
  documentSummaries,
  type LayerSummary,
  ownStageIn,
  type SiteSummary,
  standingIn,
} from "./documentSummaries.ts";
import { Stages } from "./stages.ts";
import { readSummaries, summarize } from "./summaries.ts";

/**
 * So many documents are looked up for what summaries do not tell: whether a site that is not in the list is gone, and what
 * became of the builds of a layer's last sync while one of its sites is in trouble.
 */
const LOOK_UPS = 20;

/** A layer or a site, and where it stands; null: nothing was published or built yet. */
export interface Placed<T> {
  readonly summary: T;
  readonly standing: Standing | null;
}

export interface Overview {
  readonly layers: readonly Placed<LayerSummary>[];
  readonly sites: readonly Placed<SiteSummary>[];
  /** Documents that this release cannot read. */
  readonly unreadable: { readonly layers: readonly Unreadable[]; readonly sites: readonly Unreadable[] };
  /** How many documents were left out, because more had changed than one request reads. */
  readonly left: number;
}

type Found = ReadonlyMap<string, DocumentSummary>;

const newestFirst = <T extends { readonly createdAt: number; readonly id: string }>(
  items: readonly T[],
  prefix: string,
): T[] =>
  items
    .map((item) => [orderKey(prefix, item.createdAt, item.id), item] as const)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([, item]) => item);

const unreadableIn = (deps: Deps, found: Found, prefix: string): Unreadable[] =>
  [...found].flatMap(([key, one]) => {
    if (one.kind !== "unreadable" || !key.startsWith(prefix)) return [];
    deps.report({ kind: "trouble", where: `overview of ${key}`, error: one.error });
    return [{ id: key.slice(prefix.length), reason: one.reason }];
  });

/**
 * The documents of connected sites that are not in the list. A list may lag behind, so that only the document itself
 * says that it is gone.
 */
const unlistedSites = (layers: readonly LayerSummary[], listed: readonly Entry[]): Entry[] => {
  const known = new Set(listed.map(({ key }) => key));
  const connected = new Set(layers.flatMap(({ siteIds }) => siteIds.map((id) => `${SITES}${id}`)));
  return [...connected].filter((key) => !known.has(key)).map((key) => ({ key, etag: "" }));
};

const connectedSite = (found: Found, siteId: string, lookedUp: ReadonlySet<string>): ConnectedSite => {
  const key = `${SITES}${siteId}`;
  const one = found.get(key);
  if (one?.kind === "unreadable") return { kind: "unreadable", siteId };
  if (one?.kind === "site") {
    const { standing } = one;
    return { kind: "known", siteId, standing: standing && standingIn(standing) };
  }
  // What was left to the next request is not gone.
  const isGone = one !== undefined || lookedUp.has(key);
  return isGone ? { kind: "deleted", siteId } : { kind: "known", siteId, standing: null };
};

/** The layer with its last sync as its own builds stand. Reads the layer and records, so only few layers are looked up. */
const withOwnBuilds = async (deps: Deps, placed: Placed<LayerSummary>): Promise<Placed<LayerSummary>> => {
  const { summary } = placed;
  const last = summary.lastSync;
  if (last === null) return placed;
  const layer = await readDocument(deps, `${LAYERS}${summary.id}`);
  const state = layer?.kind === "layer" ? await findState(deps, layer, last.id) : null;
  if (layer?.kind !== "layer" || state === null) return placed;
  const { standing } = await new Stages(deps).ofSync(layer, state);
  return {
    ...placed,
    summary: { ...summary, lastSync: { ...last, status: shownStatus(last.status, standing.stage) } },
  };
};

/**
 * The layers with their last syncs as far as their sites have come: no list says that a sync succeeded while a site is in
 * trouble. Throws `StoreUnavailable`.
 */
export const withTrouble = (deps: Deps, layers: readonly Placed<LayerSummary>[]): Promise<Placed<LayerSummary>[]> => {
  let lookUps = 0;
  return readPage(layers, async (placed) => {
    const { summary, standing } = placed;
    const last = summary.lastSync;
    if (last?.status !== "succeeded" || troubleOf(standing?.stage) === null) return placed;
    lookUps += 1;
    if (lookUps <= LOOK_UPS) return withOwnBuilds(deps, placed);
    return {
      ...placed,
      summary: { ...summary, lastSync: { ...last, status: shownStatus("succeeded", standing?.stage) } },
    };
  });
};

/**
 * The listed layers and sites with what each did last, newest first. Reads what is remembered of them, and the documents
 * that have changed since. A layer that is shown still needs `withTrouble`. Throws `StoreUnavailable`.
 */
export const overviewOf = async (deps: Deps, listed: readonly Entry[]): Promise<Overview> => {
  const { found: ofListed, left } = await summarize(deps, documentSummaries, listed);
  const summaries = [...ofListed.values()];
  const layers = newestFirst(
    summaries.filter((one) => one.kind === "layer"),
    LAYER_ORDER,
  );
  const sites = newestFirst(
    summaries.filter((one) => one.kind === "site"),
    SITE_ORDER,
  );
  const unlisted = unlistedSites(layers, listed).slice(0, LOOK_UPS);
  const found = new Map(ofListed);
  for (const [key, { value }] of await readSummaries(deps, documentSummaries, unlisted)) found.set(key, value);
  const lookedUp = new Set(unlisted.map(({ key }) => key));
  const placedLayers = layers.map((summary) => {
    const connected = summary.siteIds.map((id) => connectedSite(found, id, lookedUp));
    return { summary, standing: layerStage(ownStageIn(summary), connected) };
  });
  return {
    layers: placedLayers,
    sites: sites.map((summary) => ({ summary, standing: summary.standing && standingIn(summary.standing) })),
    unreadable: { layers: unreadableIn(deps, ofListed, LAYERS), sites: unreadableIn(deps, ofListed, SITES) },
    left,
  };
};
