import { TROUBLE, troubleOf } from "../../core/stage/shownStatus.ts";
import { orderKey } from "../../store/keys.ts";
import type { LayerSummary, SiteSummary } from "./documentSummaries.ts";
import type { Overview, Placed } from "./overview.ts";
import { bytesOf, takeFitting } from "./takeFitting.ts";

type PlacedLayer = Placed<LayerSummary>;
type PlacedSite = Placed<SiteSummary>;

/** Which part of an overview is wanted. */
export interface OverviewRequest {
  /** The most layers of a page; null: the whole overview, or as much of it as fits. */
  readonly limit: number | null;
  readonly cursor: string | null;
  /** Which layers are wanted; null: all. */
  readonly wanted: ((placed: PlacedLayer) => boolean) | null;
}

/** The room for an overview, and what a layer and a site take of it (bytes). */
export interface OverviewRoom {
  readonly bytes: number;
  readonly ofLayer: (placed: PlacedLayer) => number;
  readonly ofSite: (placed: PlacedSite) => number;
}

export interface OverviewPage {
  readonly layers: readonly PlacedLayer[];
  readonly sites: readonly PlacedSite[];
  readonly unreadable: Overview["unreadable"];
  readonly nextCursor: string | null;
  readonly totals: {
    readonly dataLayers: number;
    readonly matching: number;
    readonly needAttention: number;
    readonly sites: number;
  };
}

/** A layer with the sites that it connects, or a site that no layer connects. */
interface Item {
  readonly position: string;
  readonly layer: PlacedLayer | null;
  readonly sites: readonly PlacedSite[];
}

/**
 * Where a layer stands in the pages: the worst trouble first, then by the last activity. A position sorts before those
 * that follow it if it is greater.
 */
const positionOf = ({ summary: { id, lastDeliveryAt, lastSync }, standing }: PlacedLayer): string => {
  const trouble = troubleOf(standing?.stage);
  const rank = trouble === null ? 1 : 1 + TROUBLE.length - TROUBLE.indexOf(trouble);
  return orderKey(`${rank}.`, Math.max(lastDeliveryAt ?? 0, lastSync?.at ?? 0), id);
};

const itemsOf = ({ layers, sites }: Overview, wanted: OverviewRequest["wanted"]): Item[] => {
  const sitesById = new Map(sites.map((site) => [site.summary.id, site]));
  const ofLayers = layers
    .filter((placed) => wanted === null || wanted(placed))
    .map((layer) => ({
      position: positionOf(layer),
      layer,
      sites: layer.summary.siteIds.flatMap((id) => sitesById.get(id) ?? []),
    }));
  const connected = new Set(layers.flatMap(({ summary }) => summary.siteIds));
  const others = wanted === null ? sites.filter(({ summary }) => !connected.has(summary.id)) : [];
  const ofSites = others.map((site) => ({
    position: orderKey("0.", site.summary.createdAt, site.summary.id),
    layer: null,
    sites: [site],
  }));
  return [...ofLayers, ...ofSites].sort((a, b) => (a.position < b.position ? 1 : -1));
};

/**
 * The part of an overview that is wanted. The whole overview comes newest first, if it fits. Otherwise pages come with
 * what needs attention first, and each has the sites that its layers connect. The first page names what cannot be read.
 */
export const overviewPage = (
  overview: Overview,
  { limit, cursor, wanted }: OverviewRequest,
  room: OverviewRoom,
): OverviewPage => {
  const { layers, sites } = overview;
  const items = itemsOf(overview, wanted);
  const following = cursor === null ? items : items.filter(({ position }) => position < cursor);
  const unreadable = cursor === null ? overview.unreadable : { layers: [], sites: [] };
  const taken = new Set<PlacedSite>();
  const sizeOf = ({ layer, sites: all }: Item): number => {
    const more = all.filter((site) => !taken.has(site));
    for (const site of more) taken.add(site);
    return more.reduce((sum, site) => sum + room.ofSite(site), layer === null ? 0 : room.ofLayer(layer));
  };
  const page = takeFitting(following, limit, room.bytes - bytesOf(unreadable), sizeOf);
  const nextCursor = page.length < following.length ? (page.at(-1)?.position ?? null) : null;
  const isWhole = limit === null && cursor === null && wanted === null && nextCursor === null;
  const shown = new Set(page.flatMap((item) => item.sites));
  return {
    layers: isWhole ? layers : page.flatMap(({ layer }) => layer ?? []),
    sites: sites.filter((site) => shown.has(site)),
    unreadable,
    nextCursor,
    totals: {
      dataLayers: layers.length,
      matching: items.filter(({ layer }) => layer !== null).length,
      needAttention: layers.filter(({ standing }) => troubleOf(standing?.stage) !== null).length,
      sites: sites.length,
    },
  };
};
