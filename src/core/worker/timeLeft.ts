import { MINUTE, SECOND } from "../durations.ts";

/** A job that answers directly must do so within this; a worker cannot wait longer (ms). */
export const DIRECT_LIMIT = 5 * MINUTE;
/** Time that a claim must leave for a delivery to settle, a full direct call and its record (ms). */
const FULL_CALL = DIRECT_LIMIT + 2 * MINUTE;
/** Time that a hand-over leaves for its own write and wake (ms). */
const HAND_OVER = 20 * SECOND;

/** Whether a worker with this time left (ms) may begin a full call. */
export const hasTime = (left: number): boolean => left >= FULL_CALL;

/** Whether a worker with this time left (ms) leaves its open calls to another one. */
export const isLeaving = (left: number): boolean => left <= HAND_OVER;
