import { countAt } from "../usage/usage.ts";
import type { Change, SiteAsk, Slot, Sync, SyncPart } from "./slot.ts";
import { own, without } from "./slot.ts";

export type SyncStatus = "pending" | "running" | "retrying" | "succeeded" | "failed" | "cancelled" | "superseded";

/** Why a connected site was not asked for its build; null: it was asked. */
export const siteError = ({ siteId, outcome, unreadable }: SiteAsk): string | null => {
  if (outcome !== "missing") return null;
  return unreadable === true
    ? `Site ${siteId} was not built: its stored document is damaged.`
    : `Site ${siteId} was deleted. Remove it from the layer's connected sites.`;
};

/** Whether a source's answer showed a change: what its job said, or what its version showed. Null: it has not answered. */
export const showedChange = ({ changed, countedBecause }: SyncPart): boolean | null =>
  changed === undefined ? null : changed && countedBecause === undefined;

/** The status of a sync with nothing open, read off its parts and its sites. A site that is missing is a failure. */
export const endStatus = (sync: Sync): SyncStatus => {
  const statuses = Object.values(sync.parts).map(({ status }) => status);
  if (statuses.includes("failed") || sync.sites.some((site) => siteError(site) !== null)) return "failed";
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

const changedNothing = ({ parts }: Sync): boolean => {
  const all = Object.values(parts);
  return all.length > 0 && all.every(({ status, changed }) => status === "succeeded" && changed === false);
};

/** Whether a sync is a scheduled check that saw nothing new. On record, an hourly one would hide all others. */
const sawNothing = (sync: Sync): boolean =>
  sync.trigger.type === "schedule" && sync.deliveries === 0 && sync.cancelled !== true && changedNothing(sync);

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
  const recorded = ended.filter((sync) => !sawNothing(sync));
  const unchanged = recorded.filter(changedNothing).length;
  const usage = unchanged === 0 ? {} : { usage: countAt(slot.usage, now, { unchanged }) };
  const open = without(slot.open, ...ended.map(({ id }) => id));
  return { slot: { ...slot, ...usage, open }, ended: recorded };
};

/** Updates what one open sync says about one of its parts. */
export const markPart = (slot: Slot, syncId: string, slug: string, part: Partial<SyncPart>): Slot => {
  const sync = slot.open[syncId];
  if (sync === undefined) return slot;
  const known: SyncPart = own(sync.parts, slug) ?? { status: "running", attempts: 0 };
  // A deploy is that of the last try; what it said of the one before would be taken for it.
  const { deploy: _deploy, ...again } = known;
  const { error: _error, ...clean } = again;
  const before = part.status === "succeeded" ? clean : again;
  return {
    ...slot,
    open: { ...slot.open, [syncId]: { ...sync, parts: { ...sync.parts, [slug]: { ...before, ...part } } } },
  };
};
