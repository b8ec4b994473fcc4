import { defined } from "../defined.ts";
import { monthOf } from "../usage/calendar.ts";
import { countAt, countBuilt, type Usage } from "../usage/usage.ts";
import { addCause } from "./accept.ts";
import type { Ask, Change, Slot } from "./slot.ts";
import { own, without } from "./slot.ts";
import type { Cause, SiteAsk, Sync, SyncPart } from "./sync.ts";

export type SyncStatus = "pending" | "running" | "retrying" | "succeeded" | "failed" | "cancelled" | "superseded";

/** Why no build of a connected site was requested; null: one was. */
export const siteError = ({ siteId, outcome, unreadable }: SiteAsk): string | null => {
  if (outcome !== "missing") return null;
  return unreadable === true
    ? `Site ${siteId} was not built: its stored document is damaged.`
    : `Site ${siteId} was deleted. Remove it from the layer's connected sites.`;
};

/** Whether a source's answer itself showed a change, by `changed` or the version. Null: the source has not answered. */
export const showedChange = ({ changed, countedBecause }: SyncPart): boolean | null =>
  changed === undefined ? null : changed && countedBecause === undefined;

/** The status of a sync with nothing open, from its parts and sites. A missing site is a failure. */
export const endStatus = (sync: Sync): SyncStatus => {
  const statuses = Object.values(sync.parts).map(({ status }) => status);
  if (statuses.includes("failed") || sync.sites.some((site) => siteError(site) !== null)) return "failed";
  if (sync.cancelled === true || statuses.includes("cancelled")) return "cancelled";
  return statuses.includes("superseded") ? "superseded" : "succeeded";
};

/** The status of any claimed sync, open or recorded. */
export const syncStatus = (slot: Slot, sync: Sync): SyncStatus => {
  if (sync.finishedAt !== null) return endStatus(sync);
  if (slot.running?.lead === sync.id || slot.build?.syncIds.includes(sync.id) === true) return "running";
  return "retrying";
};

/** The sync that took over the open parts of this one, if one did. */
export const successorOf = (sync: Sync): string | null =>
  Object.values(sync.parts)
    .map(({ supersededBy }) => supersededBy)
    .filter((id) => id !== undefined)
    .sort()
    .at(-1) ?? null;

/**
 * The most important error of a sync: a source that failed for good, then a missing site, then the reason of the whole
 * sync, then a source that waits for a retry. Null: there is none.
 */
export const syncError = (sync: Sync): string | null => {
  const parts = Object.values(sync.parts);
  const first = (status: SyncPart["status"]) => parts.find((part) => part.status === status)?.error;
  const [site] = sync.sites.map(siteError).filter((error) => error !== null);
  return first("failed") ?? site ?? sync.error ?? first("retrying") ?? first("cancelled") ?? null;
};

const isOpen = (part: SyncPart): boolean => part.status === "running" || part.status === "retrying";

/** Whether every source of a sync answered that nothing had changed. */
export const changedNothing = ({ parts }: Sync): boolean => {
  const all = Object.values(parts);
  return all.length > 0 && all.every(({ status, changed }) => status === "succeeded" && changed === false);
};

/** Whether a sync is a scheduled check that saw nothing new. Records of hourly checks would hide all others. */
const sawNothing = (sync: Sync): boolean =>
  sync.trigger.type === "schedule" && sync.deliveries === 0 && sync.cancelled !== true && changedNothing(sync);

/** Whether a build was made, if not in vain: nobody cancelled it, and its hook did not refuse it. */
const wasMade = ({ cancelled, parts }: Sync): boolean =>
  cancelled !== true &&
  Object.values(parts).some(({ status, deploy }) => status === "succeeded" || deploy !== undefined);

/** How often a build was tried. A call that was refused and cost nothing counts too, so that too little is told as saved. */
const attemptsIn = (parts: Sync["parts"]): number =>
  Math.max(1, ...Object.values(parts).map(({ attempts }) => attempts));

/** Counts the publishes of builds that are over, in the month in which each began. */
const countEnded = (usage: Usage | undefined, ended: readonly Sync[], now: number): Usage | undefined =>
  ended
    .filter(wasMade)
    .reduce(
      (sum, { publishes = 0, startedAt, parts }) =>
        publishes === 0 ? sum : countBuilt(sum, monthOf(startedAt ?? now), { publishes, attempts: attemptsIn(parts) }),
      usage,
    );

/**
 * Removes every sync with nothing open from the document. Each owes its record, except a check that saw nothing new. A
 * sync whose change still waits for its sites stays.
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
  const usage = countEnded(unchanged === 0 ? slot.usage : countAt(slot.usage, now, { unchanged }), ended, now);
  const open = without(slot.open, ...ended.map(({ id }) => id));
  return { slot: { ...slot, ...defined({ usage }), open }, ended: recorded };
};

/** The slot whose pending build has more causes. */
export const withCauses = (slot: Slot, causes: readonly Cause[]): Slot => {
  const { pending } = slot;
  if (pending === null || causes.length === 0) return slot;
  const all = causes.reduce((known, cause) => addCause(known, cause).causes ?? known, pending.causes ?? []);
  return { ...slot, pending: { ...pending, causes: all } };
};

/** Updates one part in the record of an open sync. */
export const markPart = (slot: Slot, syncId: string, slug: string, part: Partial<SyncPart>): Slot => {
  const sync = slot.open[syncId];
  if (sync === undefined) return slot;
  const known: SyncPart = own(sync.parts, slug) ?? { status: "running", attempts: 0 };
  // If it stayed, the deploy of an earlier attempt would be taken for that of the last one.
  const { deploy: _deploy, ...again } = known;
  const { error: _error, ...clean } = again;
  const before = part.status === "succeeded" ? clean : again;
  return {
    ...slot,
    open: { ...slot.open, [syncId]: { ...sync, parts: { ...sync.parts, [slug]: { ...before, ...part } } } },
  };
};

/** The record of a claimed build with what a person asked of it, as its call will ask. */
export const withOptionsOf = (open: Slot["open"], id: string, { branch, clearCache }: Ask): Slot["open"] => {
  const sync = own(open, id);
  if (sync === undefined || (branch === undefined && clearCache === undefined)) return open;
  return { ...open, [id]: { ...sync, ...defined({ branch, clearCache }) } };
};

/**
 * The build that takes over another one stands for its causes and publishes too, so that their layers are told how it ends
 * and each publish is counted once.
 */
export const withCausesOf = (open: Slot["open"], formerId: string, id: string): Slot["open"] => {
  const [former, sync] = [own(open, formerId), own(open, id)];
  if (former?.causes === undefined || sync === undefined) return open;
  const causes = (sync.causes ?? []).reduce((all, cause) => addCause(all, cause).causes ?? all, former.causes);
  const { publishes: moved = 0, ...rest } = former;
  const publishes = (sync.publishes ?? 0) + moved;
  return { ...open, [formerId]: rest, [id]: { ...sync, causes, ...(publishes === 0 ? {} : { publishes }) } };
};
