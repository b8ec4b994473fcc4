import { CLOCK_SKEW, GATHER, SECOND, SLEPT_OUT } from "../durations.ts";
import { nextCheck } from "./check.ts";
import { gate, opening, type Pace, type Starts } from "./pace.ts";
import type { Part, Parts, Pending, Retry, Run, Slot } from "./slot.ts";

const undecided = (run: Run): Part[] => Object.values(run.parts).filter(({ outcome }) => outcome === undefined);

/** Whether the run was handed over with a job to poll, so that any worker may attend it at once. */
export const adoptable = (run: Run): boolean => run.by === null && undecided(run).some(({ parked }) => parked !== true);

/** The last deadline of the jobs that report by themselves (ms); null if none is open. */
export const parkedUntil = (run: Pick<Run, "parts">): number | null => {
  const deadlines = Object.values(run.parts)
    .filter(({ outcome, parked }) => outcome === undefined && parked === true)
    .map(({ deadline }) => deadline ?? 0);
  return deadlines.length === 0 ? null : Math.max(...deadlines);
};

/** When a retry is due. A retry that only goes on polling starts nothing, so it waits for no budget. */
export const retryAt = (
  { due, location }: Pick<Retry, "due" | "location">,
  starts: Starts,
  pace: Pace | undefined,
): number => (pace === undefined || location !== undefined ? due : gate(due, starts, pace).at);

/** The longest time that a worker may have slept until the pending build was due (ms). The tick ends longer waits. */
export const sleptOut = (slot: Slot, pending: Pending, now: number, { pace }: Pick<Parts, "pace">): number => {
  const { filledAt, released } = pending;
  if (pace === undefined || released === true) return 0;
  const isTicked = opening({ ...pending, at: filledAt }, slot, pace).at - filledAt > SLEPT_OUT;
  return isTicked ? 0 : Math.min(Math.max(now - filledAt, 0), pace.maxWait);
};

/**
 * When the slot next needs a worker (ms); infinity: not before something new arrives. The publish path, the drain and
 * the worker share this rule.
 */
export const nextDue = (slot: Slot, parts: Pick<Parts, "pace" | "probes"> = {}): number => {
  const { running } = slot;
  const { pace } = parts;
  if (running !== null) return adoptable(running) ? 0 : running.leaseUntil + CLOCK_SKEW + 1;
  if (slot.build !== null) return 0;
  if (slot.paused) return Number.POSITIVE_INFINITY;
  const retries = Object.values(slot.retry).map((retry) => retryAt(retry, slot, pace));
  // While a sync is pending no check is due: the sync calls the probes itself or must run first, and a check must not
  // delay it.
  const pending = slot.pending === null ? nextCheck(slot, parts) : opening(slot.pending, slot, pace).at;
  return Math.min(pending, ...retries);
};

/**
 * Whether the writer of a slot should wake a worker. A writer that filled or freed the slot does, unless a worker runs.
 * Others do only when that wake seems to be lost, or each write of a burst would wake a worker.
 */
export const needsWake = (slot: Slot, now: number, first: boolean): boolean => {
  const due = nextDue(slot);
  return first ? due <= now + GATHER + CLOCK_SKEW : due + 2 * SECOND < now;
};
