import { MINUTE, SECOND } from "../durations.ts";

/** The longest time for a job's direct answer; a worker cannot wait longer (ms). */
export const DIRECT_LIMIT = 5 * MINUTE;
/** The time that a claim must leave for `settleSeconds`, a full direct call and its record (ms). */
const FULL_CALL = DIRECT_LIMIT + 2 * MINUTE;
/** The time that a hand-over needs for its write and its wake (ms). */
const HAND_OVER = 20 * SECOND;

/** Whether a worker with this remaining time (ms) may begin a full call. */
export const hasTime = (left: number): boolean => left >= FULL_CALL;

/** Whether a worker with this remaining time (ms) hands its open calls over. */
export const isLeaving = (left: number): boolean => left <= HAND_OVER;
