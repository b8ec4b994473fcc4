import type { SyncStatus } from "../slot/ending.ts";
import type { Slot } from "../slot/slot.ts";
import type { Stage } from "./stage.ts";

/** The stages that somebody has to look after. They outrank the word of a slot that has nothing to do. */
export const TROUBLE = ["failed", "held", "retrying"] as const;
type Trouble = (typeof TROUBLE)[number];

/** The stage, if it is trouble; otherwise null. */
export const troubleOf = (stage: Stage | undefined): Trouble | null =>
  TROUBLE.find((trouble) => trouble === stage) ?? null;

export const SLOT_STATUSES = ["idle", "pending", "running", "retrying", "paused"] as const;
export type SlotStatus = (typeof SLOT_STATUSES)[number];
export type OwnerStatus = SlotStatus | Trouble;

/** The state of a slot in one word. */
export const slotStatus = (slot: Slot): SlotStatus => {
  if (slot.paused) return "paused";
  // A sync whose sites still have to be built is running, also while no worker has claimed it.
  if (slot.running !== null || slot.build !== null) return "running";
  if (slot.pending !== null) return "pending";
  return Object.keys(slot.retry).length > 0 ? "retrying" : "idle";
};

/**
 * The status of a layer or a site that stands at `stage`; `status` is that of its slot. It is never idle while something
 * fails, is held or is tried again, and not pending while what is pending is held.
 */
export const ownerStatus = (status: SlotStatus, stage: Stage | undefined): OwnerStatus => {
  if (status === "pending") return stage === "held" ? "held" : status;
  return status === "idle" || status === "retrying" ? (troubleOf(stage) ?? status) : status;
};

/**
 * The status of a sync or a build that stands at `stage`. It has not succeeded while a site failed, and still has to
 * succeed while a site is held or tried again.
 */
export const shownStatus = (status: SyncStatus, stage: Stage | undefined): SyncStatus => {
  const trouble = status === "succeeded" ? troubleOf(stage) : null;
  if (trouble === null) return status;
  return trouble === "failed" ? "failed" : "retrying";
};
