import { defined } from "../defined.ts";
import { scopeOf } from "./accept.ts";
import { endFinished, markPart } from "./ending.ts";
import type { Change, Parts, Pending, Slot } from "./slot.ts";
import { own, without } from "./slot.ts";
import type { Sync } from "./sync.ts";
import { putOff, unbuiltWithout } from "./unbuilt.ts";

/** The record of a pending sync that ends without a claim. */
const unclaimed = (pending: Pending, now: number, error: string): Sync => ({
  id: pending.syncId,
  scope: scopeOf(pending),
  trigger: pending.trigger,
  deliveries: pending.deliveries,
  attempts: 0,
  queuedAt: pending.filledAt,
  startedAt: null,
  finishedAt: now,
  claimRev: null,
  cancelled: true,
  error,
  parts: {},
  sites: [],
  ...defined({ branch: pending.branch, clearCache: pending.clearCache }),
});

/**
 * Cancels a sync in any state; null if it is not open. A pending sync leaves its slot. A running sync takes along every
 * sync in its run, because they share the same calls: nothing of the run is recorded or built, the worker is fenced,
 * and the possible effects of its calls stay in doubt. Waiting retries of the sync are dropped too.
 */
export const cancel = (slot: Slot, syncId: string, now: number): Change | null => {
  const error = "cancelled by a person";
  const { pending, running, build } = slot;
  if (pending?.syncId === syncId) {
    return { slot: { ...slot, pending: null }, ended: [unclaimed(pending, now, error)] };
  }
  if (own(slot.open, syncId) === undefined) return null;

  let next = slot;
  const gone = new Set([syncId]);
  const asksSites = running?.phase === "sites";
  const carrier =
    running !== null &&
    (running.lead === syncId ||
      Object.values(running.parts).some((part) => part.syncId === syncId) ||
      (asksSites && build?.syncIds.includes(syncId) === true))
      ? running
      : null;
  if (carrier !== null) {
    const doubt = Object.fromEntries(Object.keys(carrier.parts).map((slug) => [slug, now]));
    next = { ...next, running: null, fence: next.fence + 1, doubt: { ...next.doubt, ...doubt } };
    for (const [slug, part] of Object.entries(carrier.parts)) {
      gone.add(part.syncId);
      next = markPart(next, part.syncId, slug, { status: "cancelled", error });
    }
  }
  if (build !== null && (build.syncIds.includes(syncId) || (carrier !== null && asksSites))) {
    const unbuilt = build.changed.filter((slug) => own(build.versions, slug) === undefined).map((slug) => [slug, now]);
    next = { ...next, build: null, doubt: { ...next.doubt, ...Object.fromEntries(unbuilt) } };
    const changes = build.changed.map((slug) => ({ slug, version: own(build.versions, slug) }));
    next = { ...next, ...putOff(next, changes, now) };
    for (const id of build.syncIds) gone.add(id);
  }
  for (const [slug, retry] of Object.entries(next.retry)) {
    if (retry.syncId !== syncId) continue;
    next = markPart({ ...next, retry: without(next.retry, slug) }, syncId, slug, { status: "cancelled", error });
  }
  const open = Object.fromEntries(
    Object.entries(next.open).map(([id, sync]) => [id, gone.has(id) ? { ...sync, cancelled: true, error } : sync]),
  );
  return endFinished({ ...next, open }, now);
};

/** Widens a pending sync to everything. The calls still wait `settleSeconds` after its newest delivery. */
export const askAll = (pending: Pending): Pending => {
  const asks = Object.values(pending.asks).map(({ deliveredAt }) => deliveredAt ?? 0);
  const deliveredAt = Math.max(pending.deliveredAt ?? 0, ...asks);
  return { ...pending, all: true, asks: {}, ...(deliveredAt > 0 ? { deliveredAt } : {}) };
};

/** Makes the waiting retries of a sync due now; null if it has none. */
export const retryNow = (slot: Slot, syncId: string, now: number): Slot | null => {
  const mine = Object.entries(slot.retry).filter(([, retry]) => retry.syncId === syncId);
  if (mine.length === 0) return null;
  return {
    ...slot,
    retry: {
      ...slot.retry,
      ...Object.fromEntries(mine.map(([slug, r]) => [slug, { ...r, due: Math.min(r.due, now) }])),
    },
  };
};

/** Pauses or resumes a slot. A paused slot accepts and keeps everything and starts nothing; a running sync finishes. */
export const pause = (slot: Slot, paused: boolean): Slot => ({ ...slot, paused });

/**
 * Removes parts from every register except the running one, whose calls are under way (they are not retried). A pending
 * sync of removed parts alone ends and is recorded. If the slot has become a build layer, its pending sync stays, as
 * one that builds.
 */
export const removeParts = (slot: Slot, removed: readonly string[], parts: Parts, now: number): Change => {
  const error = "the data source was removed";
  let next: Slot = {
    ...slot,
    doubt: without(slot.doubt, ...removed),
    ...unbuiltWithout(slot, ...removed),
    built: without(slot.built, ...removed),
    ...(slot.checked === undefined ? {} : { checked: without(slot.checked, ...removed) }),
    retry: without(slot.retry, ...removed),
  };
  for (const slug of removed) {
    const retry = own(slot.retry, slug);
    if (retry !== undefined) next = markPart(next, retry.syncId, slug, { status: "cancelled", error });
  }
  const { pending } = next;
  const ended: Sync[] = [];
  if (pending !== null && !pending.all) {
    const asks = without(pending.asks, ...removed);
    const emptied = Object.keys(asks).length === 0;
    if (emptied && !parts.buildOnly) {
      ended.push(unclaimed(pending, now, error));
      next = { ...next, pending: null };
    } else {
      next = { ...next, pending: emptied ? askAll(pending) : { ...pending, asks } };
    }
  } else if (pending !== null) {
    next = { ...next, pending: { ...pending, asks: without(pending.asks, ...removed) } };
  }
  const over = endFinished(next, now);
  return { slot: over.slot, ended: [...ended, ...over.ended] };
};
