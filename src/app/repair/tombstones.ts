import type { Tokens } from "../../core/access/tokens.ts";
import { DAY } from "../../core/durations.ts";
import type { LayerDocument, LayerTombstone } from "../../core/layer/layer.ts";
import type { Owed } from "../../core/owed.ts";
import type { SiteDocument, SiteTombstone } from "../../core/site/site.ts";
import { LAYER_ORDER, orderKey, SITE_ORDER } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";

type Document = LayerDocument | SiteDocument | Tokens;

const TOMBSTONE_KEPT = DAY;

/**
 * Whether a tombstone may be removed. A layer's never is: its id may be chosen again, and then fencing tokens must go
 * on rising and no late delete may hit the new layer. A site's id is never chosen.
 */
export const isSpent = (document: Document, now: number): document is SiteTombstone =>
  document.kind === "site-tombstone" &&
  (document.owed satisfies Owed[]).length === 0 &&
  now - document.deletedAt > TOMBSTONE_KEPT;

/** The order marker of a deleted layer or site. It counts towards the limit until it is dropped. */
const markerOf = (document: LayerTombstone | SiteTombstone): string | null => {
  if (document.createdAt === undefined) return null;
  const prefix = document.kind === "layer-tombstone" ? LAYER_ORDER : SITE_ORDER;
  return orderKey(prefix, document.createdAt, document.id);
};

/** Removes a spent tombstone and its order marker. Throws `StoreUnavailable`. */
export const removeTombstone = async ({ archive }: Deps, key: string, tombstone: SiteTombstone): Promise<void> => {
  const marker = markerOf(tombstone);
  if (marker !== null) await archive.remove(marker);
  await archive.remove(key);
};

/**
 * Drops the order marker of a layer deleted a day ago. Returns when a tombstone's marker is to be dropped, or the spent
 * tombstone of a site removed, if that is still to come (ms), and infinity otherwise. Throws `StoreUnavailable`.
 */
export const dropMarkerInTime = async ({ archive }: Deps, document: Document, now: number): Promise<number> => {
  if (document.kind === "site-tombstone") return document.deletedAt + TOMBSTONE_KEPT + 1;
  const marker = document.kind === "layer-tombstone" ? markerOf(document) : null;
  if (document.kind !== "layer-tombstone" || marker === null) return Number.POSITIVE_INFINITY;
  const due = document.deletedAt + TOMBSTONE_KEPT;
  if (due > now) return due;
  await archive.remove(marker);
  return Number.POSITIVE_INFINITY;
};
