import { defined } from "../defined.ts";
import type { AuditEntry } from "../owed.ts";
import type { Accepted, Request } from "../slot/accept.ts";
import { cancel, pause, retryNow } from "../slot/cancel.ts";
import { apply } from "./apply.ts";
import { configure, type Settings } from "./configureLayer.ts";
import { type ChangeBy, changeMark, hasChanged, type Layer, layerTarget, oweAct, requestSync } from "./layer.ts";

/** A person's request for a sync. */
export interface ManualRequest {
  /** When the request arrived (ms). */
  readonly receivedAt: number;
  /** The sources that the request names; none means all. */
  readonly slugs: readonly string[];
  /** The body for the sources; absent: they are synced in full. */
  readonly body?: string;
  /** What the audit entry says besides the sync. */
  readonly detail: Record<string, string | null>;
}

/**
 * Requests a sync for a person. The same write owes the audit entry. `next` is null if an earlier attempt has made this
 * request.
 */
export const requestByPerson = (
  layer: Layer,
  by: ChangeBy,
  { receivedAt, slugs, body, detail }: ManualRequest,
): { readonly accepted: Accepted; readonly next: Layer | null } => {
  const id = by.ids.requestId;
  const request: Request = {
    id,
    receivedAt,
    all: slugs.length === 0,
    slugs,
    ...defined({ body }),
    full: body === undefined,
    trigger: { type: "manual", id, at: receivedAt, actor: by.actor },
    build: true,
    written: true,
  };
  const { accepted, layer: withSync } = requestSync(layer, request, by.attempt, by.ids.syncId);
  const entry = {
    action: "sync.requested",
    target: layerTarget(layer),
    detail: { syncId: accepted.syncId, ...detail },
  } as const;
  return { accepted, next: accepted.slot === null ? null : oweAct(withSync, by, entry) };
};

/** Cancels a sync that is pending, running or waiting for a retry. Null: nothing of the sync can be cancelled. */
export const cancelSyncOf = (layer: Layer, by: ChangeBy, syncId: string): Layer | null => {
  const change = cancel(layer.slot, syncId, by.now);
  if (change === null) return null;
  const entry = { action: "sync.cancelled", target: layerTarget(layer), detail: { syncId } } as const;
  return oweAct(apply(layer, change), by, entry);
};

/** Makes the waiting retries of a sync due now. Null: none waits, or all are due already. */
export const hurrySyncOf = (layer: Layer, by: ChangeBy, syncId: string): Layer | null => {
  const isWaiting = Object.values(layer.slot.retry).some((retry) => retry.syncId === syncId && retry.due > by.now);
  const hurriedSlot = isWaiting ? retryNow(layer.slot, syncId, by.now) : null;
  if (hurriedSlot === null) return null;
  const detail = { syncId, dataSource: null, retryOf: syncId };
  return oweAct({ ...layer, slot: hurriedSlot }, by, { action: "sync.requested", target: layerTarget(layer), detail });
};

/** Whether an earlier attempt, whose reply was lost, has already made this change of settings. */
export const hasConfigured = (layer: Layer, by: ChangeBy): boolean => hasChanged(layer, changeMark(by.ids));

/**
 * Changes the settings and the pause in one write. The audit entry has the fields in `changed` and the values in
 * `detail`.
 */
export const configureAndPause = (
  layer: Layer,
  { settings, paused }: { readonly settings: Settings; readonly paused: boolean },
  changed: readonly string[],
  by: ChangeBy,
  sync: boolean,
  detail: AuditEntry["detail"] = {},
): Layer => {
  const next = configure(layer, settings, changed, by, sync, detail);
  return { ...next, slot: pause(next.slot, paused) };
};
