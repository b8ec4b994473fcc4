import { z } from "zod/mini";
import type { Layer } from "../../core/layer/layer.ts";
import type { Site } from "../../core/site/site.ts";
import {
  isUnderWay,
  liveAfterOf,
  type PublicStatus,
  publicStatus,
  publishedBefore,
  UNKNOWN_STATUS,
  waitingChanges,
} from "../../core/status/publicStatus.ts";
import type { StatusLink } from "../../core/status/statusLink.ts";
import { statusLinksOf } from "../../core/status/statusLinks.ts";
import { statusLinkKey } from "../../store/keys.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readLayer, readSite } from "../stored/documents.ts";
import { findState, stateId, withLastEnded } from "../stored/records.ts";
import { findByEntry } from "./findByEntry.ts";
import { onPagesOfBuild, onPagesOfDelivery } from "./shownPages.ts";
import { Stages } from "./stages.ts";

const placeSchema = z.looseObject({ layerId: z.string(), ref: z.string() });

/** A link and its layer. */
export interface LinkedLayer {
  readonly link: StatusLink;
  readonly layer: Layer;
}

/** The link of a token; null: there is none, or it was deleted. Reads the store once or twice. Throws `StoreUnavailable`. */
export const findStatusLink = async (deps: Deps, token: string): Promise<LinkedLayer | null> => {
  const hash = deps.digest(token);
  const found = await deps.archive.read(statusLinkKey(hash));
  const place = found === null ? null : placeSchema.parse(JSON.parse(found.text));
  const layer = place === null ? null : await readLayer(deps, place.layerId);
  if (layer?.kind !== "layer") return null;
  const link = statusLinksOf(layer).find((one) => one.ref === place?.ref && one.hash === hash);
  return link === undefined ? null : { link, layer };
};

const readableSites = async (deps: Deps, { connectedSites }: Layer): Promise<Site[]> => {
  const found = await Promise.all(
    connectedSites.map(async ({ siteId }) => {
      try {
        const site = await readSite(deps, siteId);
        return site?.kind === "site" ? [await withLastEnded(deps, site)] : [];
      } catch (error) {
        if (unreadableReason(error) === null) throw error;
        return [];
      }
    }),
  );
  return found.flat();
};

/** Where a layer stands, as a status link shows it. */
const layerStatus = async (deps: Deps, stored: Layer, sites: readonly Site[]): Promise<PublicStatus> => {
  const { layer, standing } = await new Stages(deps, { sites }).ofLayer(stored);
  const waiting = waitingChanges(layer, sites);
  const { paused } = layer.slot;
  if (standing === null) return UNKNOWN_STATUS;
  if (standing.stage !== "live") return publicStatus(standing, { waiting, liveAfter: null, paused });
  const site = sites.find(({ id }) => id === standing.siteId);
  const { buildId } = standing;
  const build = site === undefined || buildId === undefined ? null : await findState(deps, site, buildId);
  const isKnown = site !== undefined && build !== null;
  const onPage = isKnown ? await onPagesOfBuild(deps, layer, site, stateId(build)) : null;
  const liveAfter = liveAfterOf(publishedBefore(build, layer.id), standing.since, onPage);
  return publicStatus(standing, { waiting, liveAfter, paused, onPage });
};

/** Where the last publish of an entry stands. */
const entryStatus = async (deps: Deps, layer: Layer, sites: readonly Site[], entry: string): Promise<PublicStatus> => {
  const delivery = await findByEntry(deps, layer, entry);
  if (delivery === null) return UNKNOWN_STATUS;
  const staged = await new Stages(deps, { sites }).ofDelivery(layer, delivery, true);
  const { standing } = staged;
  const { paused } = layer.slot;
  const waiting = isUnderWay(standing.stage) ? 1 : 0;
  if (standing.stage !== "live") return publicStatus(standing, { waiting, liveAfter: null, paused });
  const onPage = await onPagesOfDelivery(deps, layer, staged);
  const liveAfter = liveAfterOf(delivery.receivedAt, standing.since, onPage);
  return publicStatus(standing, { waiting, liveAfter, paused, onPage });
};

/** What a status link shows, and the addresses of the layer's sites. */
export interface LinkedStatus {
  readonly status: PublicStatus;
  readonly publicUrls: readonly string[];
}

/** Stands for every text that is no entry's id. */
export const NO_ENTRY = "";

/**
 * Where a layer stands, or the last publish of an entry (null: none is asked about). Makes a bounded number of requests.
 * Throws `StoreUnavailable`.
 */
export const linkedStatus = async (deps: Deps, layer: Layer, entry: string | null): Promise<LinkedStatus> => {
  if (entry === NO_ENTRY) return { status: UNKNOWN_STATUS, publicUrls: [] };
  const sites = await readableSites(deps, layer);
  const status = entry === null ? await layerStatus(deps, layer, sites) : await entryStatus(deps, layer, sites, entry);
  return { status, publicUrls: sites.flatMap(({ publicUrl }) => publicUrl ?? []) };
};
