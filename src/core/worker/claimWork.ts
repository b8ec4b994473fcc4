import type { Attempt } from "../document.ts";
import { hasRoom } from "../owed.ts";
import { coverByDeploy } from "../site/followDeploy.ts";
import { type Claim, type Claimant, claim } from "../slot/claim.ts";
import type { SlotDecision } from "../slot/slot.ts";
import type { SlotOwner } from "../slotOwner.ts";
import { partsOf } from "../slotOwner.ts";

/** What a worker gives to a claim. */
export interface WorkerClaim {
  /** New for each claim, so that a claim whose reply was lost is recognised. */
  readonly by: string;
  /** Whether the worker has time for a full call and its record. */
  readonly hasTime: boolean;
}

/** The claimant of one attempt. It starts nothing while the outbox is full or the worker's time is short. */
export const claimantOf = (owner: SlotOwner, { by, hasTime }: WorkerClaim, { now, rev }: Attempt): Claimant => ({
  by,
  rev,
  now,
  start: hasTime && hasRoom(owner),
});

/**
 * A woken worker's first decision. If a foreign deploy covers a site's pending build, the deploy takes its place;
 * otherwise the slot is claimed. Writes only what changes the slot.
 */
export const claimWork = (owner: SlotOwner, worker: WorkerClaim, attempt: Attempt): SlotDecision<Claim> => {
  const covered = owner.kind === "site" && hasRoom(owner) ? coverByDeploy(owner, attempt) : null;
  if (covered !== null) return { change: covered, result: { kind: "idle", ...covered } };
  const result = claim(owner.slot, claimantOf(owner, worker, attempt), partsOf(owner));
  const writes = result.kind === "claimed" || (result.kind === "idle" && result.slot !== owner.slot);
  return { change: writes ? result : null, result };
};
