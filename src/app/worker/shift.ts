import { MINUTE } from "../../core/durations.ts";
import type { Holder } from "../../core/holder.ts";
import type { Run } from "../../core/slot/slot.ts";
import type { Deps, Target } from "../deps.ts";
import { DIRECT_LIMIT } from "./callSource.ts";
import type { LeaseWatch } from "./leaseWatch.ts";

/** Time that a claim must leave for a delivery to settle, a full direct call and its record. */
const FULL_CALL = DIRECT_LIMIT + 2 * MINUTE;

/** One invocation of the worker: its time, and what rides along. */
export interface Shift {
  /** When it must be over, by the clock that never jumps (ms). */
  readonly until: number;
  /** Ids of records known to stand in the archive; they leave the target's document on its next write. */
  flushed(target: Target): string[];
  /** Works another slot in this invocation too, which saves one of its own. */
  follow(target: Target): void;
}

/** A run under this worker, and the document it was claimed in. */
export interface Claimed {
  readonly run: Run;
  readonly holder: Holder;
  readonly lease: LeaseWatch;
}

/** Whether a claim still leaves time for a full call. */
export const hasTime = (deps: Deps, shift: Shift): boolean => shift.until - deps.clock.elapsed() >= FULL_CALL;
