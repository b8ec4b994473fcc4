import { configure } from "../../core/layer/configureLayer.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { settingsAfter } from "../settings/layerSettings.ts";
import { makeSeals } from "../settings/seals.ts";
import { readEveryLayer } from "../stored/everyDocument.ts";
import { layerChangeDetail } from "./auditDetail.ts";
import {
  CHANGED_SINCE,
  type ChangedSince,
  changeLayer,
  type Deleted,
  UNKNOWN_SITE,
  type UnknownLayer,
  type UnknownSite,
} from "./changes.ts";
import { deleteSite, findSite } from "./sites.ts";

/** Layers connect the site, so nothing was changed. */
export interface SiteInUse {
  readonly kind: "in-use";
  readonly layers: readonly Layer[];
}

export type UnusedSiteDeleted = Deleted | SiteInUse | ChangedSince | UnknownSite | NoRoom;

export interface SiteDeletion {
  /** Disconnects the site from the layers that connect it. */
  readonly disconnect: boolean;
  /** Called for each changed layer, also if the deletion breaks off. */
  disconnected(layerId: string): void;
  /** Whether the current version of the site is the expected one. */
  matches?(site: Site): boolean;
}

const connects = ({ connectedSites }: Layer, siteId: string): boolean =>
  connectedSites.some((site) => site.siteId === siteId);

/** Disconnects a site from the current version of a layer. */
const disconnectSite = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  siteId: string,
): Promise<{ readonly kind: "disconnected" } | UnknownLayer | NoRoom> => {
  const done = { kind: "disconnected" } as const;
  return changeLayer(deps, actor, layerId, (layer, { by }) => {
    if (!connects(layer, siteId)) return { kind: "keep", result: done };
    const rest = layer.connectedSites.flatMap((site) => (site.siteId === siteId ? [] : [site.siteId]));
    const after = settingsAfter(layer, {}, rest, makeSeals(deps, layer));
    if (after.kind !== "settings") throw new RangeError("the settings of a layer cannot be made of themselves");
    const detail = layerChangeDetail(layer, after.settings, after.paused);
    const next = configure(layer, after.settings, ["connectedSites"], by, false, detail);
    return { kind: "write", document: next, result: done };
  });
};

/**
 * Deletes a site that no layer connects. With `disconnect` the site is disconnected from its layers first: one change
 * for each, with its own audit entry. A deletion that breaks off goes on when it is requested again. A layer that
 * connects the site at the last moment keeps it as missing, and its next sync fails. Reads every layer once, twice with
 * `disconnect`. Throws `StoreUnavailable`, and as `readEveryLayer` does.
 */
export const deleteUnusedSite = async (
  deps: Deps,
  actor: Actor,
  siteId: string,
  { disconnect, disconnected, matches = () => true }: SiteDeletion,
): Promise<UnusedSiteDeleted> => {
  const using = async (): Promise<Layer[]> => (await readEveryLayer(deps)).filter((layer) => connects(layer, siteId));
  const disconnectAll = async (layers: readonly Layer[]): Promise<NoRoom | null> => {
    for (const { id } of layers) {
      const result = await disconnectSite(deps, actor, id, siteId);
      if (result.kind === "no-room") return result;
      if (result.kind === "disconnected") disconnected(id);
    }
    return null;
  };

  const site = await findSite(deps, siteId);
  if (site === null) return UNKNOWN_SITE;
  if (!matches(site)) return CHANGED_SINCE;
  const layers = await using();
  if (layers.length > 0 && !disconnect) return { kind: "in-use", layers };
  const full = await disconnectAll(layers);
  if (full !== null) return full;
  const result = await deleteSite(deps, actor, siteId, matches);
  // A layer may have connected the site since the search.
  if (result.kind === "deleted" && disconnect) await disconnectAll(await using());
  return result;
};
