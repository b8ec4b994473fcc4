import { configureAndPause, hasConfigured } from "../../core/layer/acts.ts";
import { createLayer, tombstone } from "../../core/layer/configureLayer.ts";
import { NO_ROOM, type NoRoom } from "../../core/layer/decideOnce.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { hasRoom } from "../../core/owed.ts";
import { pause } from "../../core/slot/cancel.ts";
import { needsWake } from "../../core/slot/nextDue.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { StatusLink } from "../../core/status/statusLink.ts";
import { statusLinksOf } from "../../core/status/statusLinks.ts";
import { LAYER_ORDER, orderKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { changedFields, type LayerPatch, type SettingsResult, settingsAfter } from "../settings/layerSettings.ts";
import { makeSeals } from "../settings/seals.ts";
import { changeIds, isSeen, MANAGE, readLayer, updateLayer } from "../stored/documents.ts";
import { type DocumentPage, type PageRequest, pageByOrder } from "../stored/pages.ts";
import { deletedLayerDetail, layerChangeDetail, newLayerDetail } from "./auditDetail.ts";
import {
  CHANGED_SINCE,
  type ChangedSince,
  changeLayer,
  DELETED,
  type Deleted,
  UNKNOWN_LAYER,
  type UnknownLayer,
} from "./changes.ts";
import { type ConnectedRefused, connectSites, type SitesConnected } from "./connectSites.ts";
import { dropMarker } from "./sites.ts";
import { removePlaces } from "./statusLinks.ts";

/** The layer; null if there is none of this id that the caller may see. */
export const findLayer = async (deps: Deps, id: string): Promise<Layer | null> => {
  const document = await readLayer(deps, id);
  return document?.kind === "layer" && isSeen(deps, document) ? document : null;
};

/** One page of the layers, and those of the page that this release cannot read. */
export const listLayers = (
  deps: Deps,
  request: PageRequest,
  wanted?: (id: string) => boolean,
): Promise<DocumentPage<Layer>> => pageByOrder(deps, LAYER_ORDER, request, (id) => findLayer(deps, id), wanted);

/** The reasons why the input and the stored settings make no valid settings. */
export type SettingsRefused = Exclude<SettingsResult, { kind: "settings" }>;

/** What remains to do after a committed change of settings. The new sites owe audit entries too. */
export interface LayerChanged {
  readonly layer: Layer;
  readonly newSiteIds: readonly string[];
  readonly wake: boolean;
}

export type LayerAdded =
  | ({ readonly kind: "added" } & LayerChanged)
  | { readonly kind: "taken" }
  | SettingsRefused
  | ConnectedRefused
  | NoRoom;

/**
 * Creates a layer, under a chosen id or a new one. The writes are sites, marker, layer: a crash in between leaves sites
 * that can be seen and deleted, or a marker that no list shows, but never a layer that is missing from the lists.
 */
export const addLayer = async (
  deps: Deps,
  actor: Actor,
  patch: LayerPatch & { readonly name: string },
  keptId: string | null,
  sync: boolean,
): Promise<LayerAdded> => {
  const id = keptId ?? deps.ids.timeOrdered();
  const seals = makeSeals(deps, { kind: "layer", id });
  const former = keptId === null ? null : await readLayer(deps, keptId);
  if (former?.kind === "layer") return { kind: "taken" };
  const check = settingsAfter(null, patch, null, seals);
  if (check.kind !== "settings") return check;
  const connected = await connectSites(deps, actor, patch.connectedSites ?? [], []);
  if (connected.kind !== "connected") return connected;
  const after = settingsAfter(null, patch, connected.siteIds, seals);
  if (after.kind !== "settings") return after;

  // The layer's id is created after those of its sites, so that the audit log lists it after them.
  const ids = changeIds(deps);
  // One time for all attempts: the marker holds it, and a list accepts a marker only if the layer has the same time.
  const now = deps.clock.now();
  await deps.archive.write(orderKey(LAYER_ORDER, now, id), "{}", null);
  // The overwritten tombstone can no longer say which marker to drop.
  if (former?.createdAt !== undefined) await dropMarker(deps, orderKey(LAYER_ORDER, former.createdAt, id));
  let sent: Layer | null = null;
  // Two requests that choose the same id in the same millisecond have the same marker.
  let othersMarker = false;
  const { result } = await updateLayer<LayerAdded>(
    deps,
    id,
    (document, attempt) => {
      const resultOf = (layer: Layer): LayerAdded => ({
        kind: "added",
        layer,
        newSiteIds: connected.newSiteIds,
        wake: needsWake(layer.slot, attempt.now, true),
      });
      if (document?.kind === "layer") {
        if (document.uid === ids.requestId) return { kind: "keep", result: resultOf(document) };
        othersMarker = document.createdAt === now;
        return { kind: "keep", result: { kind: "taken" } };
      }
      // An earlier attempt created the layer, its reply was lost, and somebody has deleted the layer since: it must
      // not come back.
      if (document !== null && sent !== null && document.uid === ids.requestId) {
        return { kind: "keep", result: resultOf(sent) };
      }
      if (document !== null && !hasRoom(document)) return { kind: "keep", result: NO_ROOM };
      const by = { actor, now, ids, attempt };
      const detail = newLayerDetail({ ...after.settings, paused: after.paused });
      const created = createLayer(id, keptId !== null, after.settings, by, sync, document, detail);
      sent = { ...created, slot: pause(created.slot, after.paused) };
      return { kind: "write", document: sent, result: resultOf(sent) };
    },
    MANAGE,
  );
  if (result.kind !== "added" && !othersMarker) await dropMarker(deps, orderKey(LAYER_ORDER, now, id));
  return result;
};

export type LayerConfigured =
  | ({ readonly kind: "configured" } & LayerChanged)
  | ChangedSince
  /** The default webhook was disabled for good. */
  | { readonly kind: "default-webhook-off" }
  | SettingsRefused
  | ConnectedRefused;

/** The first reason why a patch cannot be applied to the current layer, if any. */
const refusal = (
  layer: Layer,
  patch: LayerPatch,
  matches: (layer: Layer) => boolean,
): Extract<LayerConfigured, { kind: "changed-since" | "default-webhook-off" }> | null => {
  if (!matches(layer)) return CHANGED_SINCE;
  const reopens = layer.defaultWebhook === "off" && patch.defaultWebhook === "on";
  return reopens ? { kind: "default-webhook-off" } : null;
};

/**
 * Changes a layer's settings. A patch that changes nothing writes nothing. `matches` judges the layer in the same
 * attempt that writes over it. All refusals come before any site is created.
 */
export const configureLayer = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  patch: LayerPatch,
  sync: boolean,
  matches: (layer: Layer) => boolean,
): Promise<LayerConfigured | UnknownLayer | NoRoom> => {
  const seals = makeSeals(deps, { kind: "layer", id: layerId });
  let connected: SitesConnected = { kind: "connected", siteIds: [], newSiteIds: [] };
  if (patch.connectedSites !== undefined) {
    const current = await findLayer(deps, layerId);
    if (current === null) return { kind: "unknown-layer" };
    const refused = refusal(current, patch, matches);
    if (refused !== null) return refused;
    const check = settingsAfter(current, patch, null, seals);
    if (check.kind !== "settings") return check;
    const connectedIds = current.connectedSites.map(({ siteId }) => siteId);
    const result = await connectSites(deps, actor, patch.connectedSites, connectedIds);
    if (result.kind !== "connected") return result;
    connected = result;
  }
  return changeLayer<LayerConfigured>(deps, actor, layerId, (layer, { by }) => {
    const resultOf = (next: Layer): LayerConfigured => ({
      kind: "configured",
      layer: next,
      newSiteIds: connected.newSiteIds,
      wake: needsWake(next.slot, by.now, true),
    });
    if (hasConfigured(layer, by)) return { kind: "keep", result: resultOf(layer) };
    const refused = refusal(layer, patch, matches);
    if (refused !== null) return { kind: "keep", result: refused };
    const siteIds = patch.connectedSites === undefined ? null : connected.siteIds;
    const after = settingsAfter(layer, patch, siteIds, seals);
    if (after.kind !== "settings") return { kind: "keep", result: after };
    const changed = changedFields(layer, after.settings, after.paused);
    if (changed.length === 0) return { kind: "keep", result: resultOf(layer) };
    const detail = layerChangeDetail(layer, after.settings, after.paused);
    const next = configureAndPause(layer, after, changed, by, sync, detail);
    return { kind: "write", document: next, result: resultOf(next) };
  });
};

/** Deletes a layer that `matches`. Its audit entries stay, and its order marker goes a day later. */
export const deleteLayer = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  matches: (layer: Layer) => boolean = () => true,
): Promise<Deleted | ChangedSince | UnknownLayer | NoRoom> => {
  let links: readonly StatusLink[] = [];
  const result = await changeLayer<Deleted | ChangedSince>(
    deps,
    actor,
    layerId,
    (layer, { by }) => {
      if (!matches(layer)) return { kind: "keep", result: CHANGED_SINCE };
      links = statusLinksOf(layer);
      return { kind: "write", document: tombstone(layer, by, deletedLayerDetail(layer)), result: DELETED };
    },
    (tried) => (tried ? DELETED : UNKNOWN_LAYER),
  );
  if (result.kind === "deleted") await removePlaces(deps, links);
  return result;
};
