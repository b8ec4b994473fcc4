import type { Change, Slot, Sync, SyncPart } from "./slot.ts";
import { own, without } from "./slot.ts";

export type SyncStatus = "pending" | "running" | "retrying" | "succeeded" | "failed" | "cancelled" | "superseded";

/** The status of a sync with nothing open, read off its parts. */
export const endStatus = (sync: Sync): SyncStatus => {
  const statuses = Object.values(sync.parts).map(({ status }) => status);
  if (statuses.includes("failed")) return "failed";
  if (sync.cancelled === true || statuses.includes("cancelled")) return "cancelled";
  return statuses.includes("superseded") ? "superseded" : "succeeded";
};

/** The status of any sync that was claimed, open or on record. */
export const syncStatus = (slot: Slot, sync: Sync): SyncStatus => {
  if (sync.finishedAt !== null) return endStatus(sync);
  if (slot.running?.lead === sync.id || slot.build?.syncIds.includes(sync.id) === true) return "running";
  return "retrying";
};

/** The sync that took over what this one still owed, if one did. */
export const successorOf = (sync: Sync): string | null =>
  Object.values(sync.parts)
    .map(({ supersededBy }) => supersededBy)
    .filter((id) => id !== undefined)
    .sort()
    .at(-1) ?? null;

const isOpen = (part: SyncPart): boolean => part.status === "running" || part.status === "retrying";

/** Whether a sync is a scheduled check that saw nothing new. On record, an hourly one would hide all others. */
const sawNothing = ({ trigger, deliveries, cancelled, parts }: Sync): boolean =>
  trigger.type === "schedule" &&
  deliveries === 0 &&
  cancelled !== true &&
  Object.values(parts).every(({ status, changed }) => status === "succeeded" && changed === false);

/**
 * Takes every sync with nothing open any more out of the document; its record is owed, but for a
 * check that saw nothing new. A sync whose change still waits for its sites stays.
 */
export const endFinished = (slot: Slot, now: number): Change => {
  const ended: Sync[] = [];
  for (const sync of Object.values(slot.open)) {
    const waits = slot.build?.syncIds.includes(sync.id) === true;
    if (!waits && !Object.values(sync.parts).some(isOpen)) ended.push({ ...sync, finishedAt: now });
  }
  if (ended.length === 0) return { slot, ended };
  const open = without(slot.open, ...ended.map(({ id }) => id));
  return { slot: { ...slot, open }, ended: ended.filter((sync) => !sawNothing(sync)) };
};

/** Updates what one open sync says about one of its parts. */
export const markPart = (slot: Slot, syncId: string, slug: string, part: Partial<SyncPart>): Slot => {
  const sync = slot.open[syncId];
  if (sync === undefined) return slot;
  const known: SyncPart = own(sync.parts, slug) ?? { status: "running", attempts: 0 };
  const { error: _error, ...clean } = known;
  const before = part.status === "succeeded" ? clean : known;
  return {
    ...slot,
    open: { ...slot.open, [syncId]: { ...sync, parts: { ...sync.parts, [slug]: { ...before, ...part } } } },
  };
};
