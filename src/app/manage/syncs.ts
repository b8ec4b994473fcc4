import type { Decision } from "../../core/document.ts";
import { cancelSyncOf, hurrySyncOf, requestByPerson } from "../../core/layer/acts.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { ChangeBy, Layer, LayerDocument } from "../../core/layer/layer.ts";
import { needsWake } from "../../core/slot/nextDue.ts";
import { own } from "../../core/slot/slot.ts";
import type { Actor, Sync } from "../../core/slot/sync.ts";
import { deliveryScope, type Selectors } from "../../core/webhook/deliveryScope.ts";
import type { AcceptedDelivery } from "../../core/webhook/takeDelivery.ts";
import type { Deps } from "../deps.ts";
import { findState, heldStates, type SyncState } from "../stored/records.ts";
import { changeLayer, UNKNOWN_LAYER, type UnknownLayer } from "./changes.ts";
import { findLayer } from "./layers.ts";

interface ScopeRequest {
  readonly selectors: Selectors;
  /** The body for the sources that the selectors name, if there are any; null: there is none; undefined: it is lost. */
  readonly body: string | null | undefined;
  /** What the audit entry says besides the sync and the sources. */
  readonly detail: Record<string, string>;
}

/** Requests a sync of the scope that selectors name now. Names for a build layer are labels, accepted as by a webhook. */
const requestScope = (
  layer: Layer,
  by: ChangeBy,
  receivedAt: number,
  { selectors, body, detail }: ScopeRequest,
): Decision<LayerDocument, AcceptedDelivery> => {
  const scope = deliveryScope(layer, selectors);
  const slugs = scope.all ? [] : scope.slugs;
  const isForSource = slugs.length > 0 && layer.sources.length > 0;
  const given = isForSource && body != null ? { body } : {};
  const audited = { dataSource: slugs.length === 0 ? null : slugs.join(","), ...detail };
  const { accepted, next } = requestByPerson(layer, by, { receivedAt, slugs, ...given, detail: audited });
  const isFull = accepted.bodyDropped || (isForSource && body === undefined);
  const result: AcceptedDelivery = {
    kind: "accepted",
    deliveryId: by.ids.requestId,
    dataLayerId: layer.id,
    outcome: accepted.queued ? "queued" : "coalesced",
    syncId: accepted.syncId,
    revision: accepted.revision,
    scope: accepted.scope,
    warnings: [...scope.warnings, ...(isFull ? (["BODY_NOT_KEPT"] as const) : [])],
    wake: needsWake((next ?? layer).slot, by.now, true),
  };
  return next === null ? { kind: "keep", result } : { kind: "write", document: next, result };
};

/** A delivery to send again: what its request named, and its body; null: it had none; undefined: it is not kept. */
export interface SentAgain {
  readonly deliveryId: string;
  readonly selectors: Selectors;
  readonly body: string | null | undefined;
}

/**
 * Requests for a person what a delivery asked for, of the sources that there are now. Without its body, its sources are
 * synced in full. Throws `StoreUnavailable`.
 */
export const resendDelivery = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  { deliveryId, selectors, body }: SentAgain,
): Promise<AcceptedDelivery | UnknownLayer | NoRoom> => {
  const receivedAt = deps.clock.now();
  return changeLayer<AcceptedDelivery>(deps, actor, layerId, (layer, { by }) =>
    requestScope(layer, by, receivedAt, { selectors, body, detail: { deliveryId } }),
  );
};

export type SyncRequested = AcceptedDelivery | { readonly kind: "unknown-source" };

/** Requests a manual sync of one source or of everything. */
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
    return requestScope(layer, by, receivedAt, {
      selectors: { header: dataSource, query: null, alias: null },
      body: null,
      detail: {},
    });
  });
};

export type SyncActedOn =
  | { readonly kind: "done"; readonly layer: Layer; readonly state: SyncState; readonly wake: boolean }
  | { readonly kind: "unknown-sync" }
  /** The sync has ended, so nothing can be cancelled. */
  | { readonly kind: "ended"; readonly state: SyncState }
  /** No part of the sync waits for a retry, and no part failed that could be synced again. */
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
    const next = cancelSyncOf(layer, by, syncId);
    if (next === null) {
      const wake = needsWake(layer.slot, by.now, true);
      return {
        kind: "keep",
        result: tried && cancelled !== null ? { kind: "done", layer, state: cancelled, wake } : null,
      };
    }
    cancelled = heldStates(next).get(syncId) ?? null;
    if (cancelled === null) throw new RangeError("a cancelled sync left no record");
    const wake = needsWake(next.slot, by.now, true);
    return { kind: "write", document: next, result: { kind: "done", layer: next, state: cancelled, wake } };
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
 * Retries a sync. Its waiting parts are due now. If the sync has failed for good, its failed sources are synced again,
 * under a new id.
 */
export const retrySync = async (
  deps: Deps,
  actor: Actor,
  layerId: string,
  syncId: string,
): Promise<SyncActedOn | UnknownLayer | NoRoom> => {
  const receivedAt = deps.clock.now();
  const current = await findLayer(deps, layerId);
  if (current === null) return UNKNOWN_LAYER;
  const found = await findState(deps, current, syncId);
  if (found === null) return { kind: "unknown-sync" };
  return changeLayer<SyncActedOn>(deps, actor, layerId, (layer, { by, tried }) => {
    const done = (next: Layer, id: string): SyncActedOn => {
      const state = heldStates(next).get(id) ?? found;
      return { kind: "done", layer: next, state, wake: needsWake(next.slot, by.now, true) };
    };
    if (Object.values(layer.slot.retry).some((retry) => retry.syncId === syncId)) {
      const next = hurrySyncOf(layer, by, syncId);
      if (next === null) return { kind: "keep", result: done(layer, syncId) };
      return { kind: "write", document: next, result: done(next, syncId) };
    }
    if (own(layer.slot.open, syncId) !== undefined) {
      const result: SyncActedOn = tried ? done(layer, syncId) : { kind: "nothing-to-retry" };
      return { kind: "keep", result };
    }
    const slugs = found.kind === "claimed" ? failedSources(layer, found.sync) : [];
    if (slugs.length === 0) return { kind: "keep", result: { kind: "nothing-to-retry" } };
    const detail = { dataSource: slugs.join(","), retryOf: syncId };
    const { accepted, next } = requestByPerson(layer, by, { receivedAt, slugs, detail });
    if (next === null) return { kind: "keep", result: done(layer, accepted.syncId) };
    return { kind: "write", document: next, result: done(next, accepted.syncId) };
  });
};
