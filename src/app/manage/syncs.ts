import { apply } from "../../core/layer/apply.ts";
import { type ChangeBy, type Layer, layerTarget, oweAct, requestSync } from "../../core/layer/layer.ts";
import type { Request } from "../../core/slot/accept.ts";
import { cancel, retryNow } from "../../core/slot/cancel.ts";
import { needsWake } from "../../core/slot/claim.ts";
import { type Actor, own, type Sync } from "../../core/slot/slot.ts";
import { deliveryScope } from "../../core/webhook/deliveryScope.ts";
import type { Deps } from "../deps.ts";
import type { AcceptedDelivery } from "../receive/publish.ts";
import { findState, heldStates, type SyncState } from "../stored/records.ts";
import { changeLayer, type NoRoom, UNKNOWN_LAYER, type UnknownLayer } from "./changes.ts";
import { findLayer } from "./layers.ts";

/** Asks the layer's slot for a sync in a person's name; the audit entry is owed in the same write. */
const askFor = (
  layer: Layer,
  by: ChangeBy,
  receivedAt: number,
  slugs: readonly string[],
  detail: Record<string, string | null>,
) => {
  const id = by.ids.requestId;
  const request: Request = {
    id,
    receivedAt,
    all: slugs.length === 0,
    slugs,
    full: true,
    trigger: { type: "manual", id, at: receivedAt, actor: by.actor },
    build: true,
    written: true,
  };
  const { accepted, layer: asked } = requestSync(layer, request, by.attempt, by.ids.syncId);
  const entry = {
    action: "sync.requested",
    target: layerTarget(layer),
    detail: { syncId: accepted.syncId, ...detail },
  } as const;
  return { accepted, next: accepted.slot === null ? null : oweAct(asked, by, entry) };
};

export type SyncRequested = AcceptedDelivery | { readonly kind: "unknown-source" };

/** Asks for a sync by hand, of one source or of everything. */
export const requestByHand = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  dataSource: string | null,
): Promise<SyncRequested | UnknownLayer | NoRoom> => {
  const receivedAt = deps.clock.now();
  return changeLayer<SyncRequested>(deps, actor, layerId, (layer, { by }) => {
    const builds = layer.sources.length === 0;
    const known = dataSource === null || builds || layer.sources.some(({ slug }) => slug === dataSource);
    if (!known) return { kind: "keep", result: { kind: "unknown-source" } };
    // Of a build layer they are labels, and taken as a webhook takes them.
    const scope = deliveryScope(layer, { header: dataSource, query: null, alias: null });
    const slugs = scope.all ? [] : scope.slugs;
    const detail = { dataSource: slugs.length === 0 ? null : slugs.join(",") };
    const { accepted, next } = askFor(layer, by, receivedAt, slugs, detail);
    const result: SyncRequested = {
      kind: "accepted",
      deliveryId: by.ids.requestId,
      dataLayerId: layer.id,
      outcome: accepted.queued ? "queued" : "coalesced",
      syncId: accepted.syncId,
      revision: accepted.revision,
      scope: accepted.scope,
      warnings: scope.warnings,
      wake: needsWake((next ?? layer).slot, by.now, true),
    };
    return next === null ? { kind: "keep", result } : { kind: "write", document: next, result };
  });
};

export type SyncActedOn =
  | { readonly kind: "done"; readonly state: SyncState; readonly wake: boolean }
  | { readonly kind: "unknown-sync" }
  /** Its end is on record; nothing of it can be cancelled. */
  | { readonly kind: "ended"; readonly state: SyncState }
  /** Nothing of it waits for another try, and nothing of it failed that could be asked for again. */
  | { readonly kind: "nothing-to-retry" };

/** Cancels a sync that is pending, running or waiting for a retry. */
export const cancelSync = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  syncId: string,
): Promise<SyncActedOn | UnknownLayer | NoRoom> => {
  let cancelled: SyncState | null = null;
  const result = await changeLayer<SyncActedOn | null>(deps, actor, layerId, (layer, { by, tried }) => {
    const change = cancel(layer.slot, syncId, by.now);
    if (change === null) {
      const wake = needsWake(layer.slot, by.now, true);
      return { kind: "keep", result: tried && cancelled !== null ? { kind: "done", state: cancelled, wake } : null };
    }
    const entry = { action: "sync.cancelled", target: layerTarget(layer), detail: { syncId } } as const;
    const next = oweAct(apply(layer, change), by, entry);
    cancelled = heldStates(next).get(syncId) ?? null;
    if (cancelled === null) throw new RangeError("a cancelled sync left no record");
    const wake = needsWake(next.slot, by.now, true);
    return { kind: "write", document: next, result: { kind: "done", state: cancelled, wake } };
  });
  if (result !== null) return result;
  const layer = await findLayer(deps, layerId);
  if (layer === null) return UNKNOWN_LAYER;
  const state = await findState(deps, layer, syncId);
  return state === null ? { kind: "unknown-sync" } : { kind: "ended", state };
};

const failedSources = (layer: Layer, sync: Sync): string[] =>
  layer.sources.map(({ slug }) => slug).filter((slug) => own(sync.parts, slug)?.status === "failed");

/**
 * Tries a sync again: what waits of it is due now; if it has ended as failed, its failed sources are asked for anew, in
 * a sync of another id.
 */
export const retrySync = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  syncId: string,
): Promise<SyncActedOn | UnknownLayer | NoRoom> => {
  const receivedAt = deps.clock.now();
  const seen = await findLayer(deps, layerId);
  if (seen === null) return UNKNOWN_LAYER;
  const found = await findState(deps, seen, syncId);
  if (found === null) return { kind: "unknown-sync" };
  return changeLayer<SyncActedOn>(deps, actor, layerId, (layer, { by, tried }) => {
    const done = (next: Layer, id: string): SyncActedOn => {
      const state = heldStates(next).get(id) ?? found;
      return { kind: "done", state, wake: needsWake(next.slot, by.now, true) };
    };
    const waiting = Object.values(layer.slot.retry).filter((retry) => retry.syncId === syncId);
    if (waiting.length > 0) {
      const hurried = waiting.some(({ due }) => due > by.now) ? retryNow(layer.slot, syncId, by.now) : null;
      if (hurried === null) return { kind: "keep", result: done(layer, syncId) };
      const detail = { syncId, dataSource: null, retryOf: syncId };
      const entry = { action: "sync.requested", target: layerTarget(layer), detail } as const;
      const next = oweAct({ ...layer, slot: hurried }, by, entry);
      return { kind: "write", document: next, result: done(next, syncId) };
    }
    if (own(layer.slot.open, syncId) !== undefined) {
      const result: SyncActedOn = tried ? done(layer, syncId) : { kind: "nothing-to-retry" };
      return { kind: "keep", result };
    }
    const slugs = found.kind === "claimed" ? failedSources(layer, found.sync) : [];
    if (slugs.length === 0) return { kind: "keep", result: { kind: "nothing-to-retry" } };
    const { accepted, next } = askFor(layer, by, receivedAt, slugs, { dataSource: slugs.join(","), retryOf: syncId });
    if (next === null) return { kind: "keep", result: done(layer, accepted.syncId) };
    return { kind: "write", document: next, result: done(next, accepted.syncId) };
  });
};
