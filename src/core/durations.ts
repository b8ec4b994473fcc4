/** All durations in this project are milliseconds, written as a product: `5 * MINUTE`. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A burst is gathered for this long before its sync may start (a CMS fires thirty times in a blink). */
export const GATHER = SECOND;

/** A trigger at most this old stands: a delivery that would change nothing else is answered from the read alone. */
export const TRIGGER_WINDOW = SECOND;

/**
 * The life of a lease. One renewal survives the loss of two others:
 *
 *     0 s        8 s        16 s       20 s          28 s     30 s        35 s
 *     confirmed  renew      renew      no new call   abort    lease ends  another worker may take over
 */
export const LEASE = 30 * SECOND;
export const LEASE_RENEW = 8 * SECOND;
export const LEASE_NO_NEW_CALL = 20 * SECOND;
export const LEASE_ABORT = 28 * SECOND;
/** Clocks of two instances may differ by this much before a live worker is taken over (safe, but a call overlaps). */
export const CLOCK_SKEW = 5 * SECOND;

/**
 * A worker waits this long for the editors of a site: a minute costs a sixth of a credit, a tick that comes minutes later the
 * patience of an editor. What takes longer is left to the tick.
 */
export const SLEPT_OUT = MINUTE;

/** A failed source waits 1, 2, 4, 8, 8 … minutes. */
export const RETRY_FIRST = MINUTE;
export const RETRY_LAST = 8 * MINUTE;
/** It is given up after this many tries, and not before this long after its first call. */
export const RETRY_TRIES = 5;
export const RETRY_AT_LEAST = 15 * MINUTE;
/** From this many lost workers on, a source's crash counts as a failed try: a poison source must not go round for ever. */
export const LOST_WORKERS = 3;
