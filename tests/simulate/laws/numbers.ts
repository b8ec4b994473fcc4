/**
 * The contract's numbers, stated here once more: laws that borrowed them from the code would agree with whatever it says.
 */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const LEASE = 30 * SECOND;
export const CLOCK_SKEW = 5 * SECOND;
export const TRIGGER_WINDOW = SECOND;
export const TRIES = 5;
export const AT_LEAST = 15 * MINUTE;
export const LOST_WORKERS = 3;
export const TOMBSTONE_KEPT = 24 * 60 * MINUTE;
export const DOCUMENT_BYTES = 512 * 1024;
export const OWED = 64;

/** How long a source that failed so many times waits: 1, 2, 4, 8, 8 … minutes (ms). */
export const backOff = (tries: number): number => Math.min(2 ** (tries - 1), 8) * MINUTE;
