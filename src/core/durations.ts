/** All durations in this project are milliseconds, written as a product: `5 * MINUTE`. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A sync waits this long so that a burst joins it: a CMS may send thirty deliveries at once. */
export const GATHER = SECOND;

/**
 * A stored trigger of at most this age is kept: a delivery that would change only the trigger is answered from the read
 * alone.
 */
export const TRIGGER_WINDOW = SECOND;

/** How long after a delivery the next one for the same parts gives way to others, if others write at the same moment. */
export const PATIENCE = 650;

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
/**
 * How far the clocks of two instances may differ before a live worker is taken over. A takeover is safe, but two calls
 * overlap.
 */
export const CLOCK_SKEW = 5 * SECOND;

/**
 * The longest quiet period that a worker sleeps through, which must hold the default's. Three minutes of compute cost half
 * a credit, and waiting for the next tick would delay the build by minutes. Longer periods are left to the tick.
 */
export const SLEPT_OUT = 3 * MINUTE;

/** A failed source waits 1, 2, 4, 8, 8 … minutes. */
export const RETRY_FIRST = MINUTE;
export const RETRY_LAST = 8 * MINUTE;
/** A source fails for good after this many attempts, and not before this long after its first call. */
export const RETRY_TRIES = 5;
export const RETRY_AT_LEAST = 15 * MINUTE;
/**
 * After this many lost workers, a source's crash counts as a failed attempt, so that a source that kills workers fails
 * in the end.
 */
export const LOST_WORKERS = 3;
