/** How many keys one instance remembers. */
const KEYS = 500;

/**
 * Bounds how often people have other servers called, within one instance of a function: several warm instances let
 * through several times as many. A bound for all of them would cost each call a conditional write.
 */
export class CallLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #calls = new Map<string, readonly number[]>();

  /** At most `most` calls of one key in any `windowMs`. */
  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Takes one call of a key at `now` (ms). Returns 0 if it may be made; otherwise how long to wait (ms). */
  take(key: string, now: number): number {
    // A call later than now was noted by a clock that was ahead, and nobody is to wait until then.
    const recent = (this.#calls.get(key) ?? []).filter((at) => at > now - this.#windowMs && at <= now);
    const [oldest = now] = recent;
    if (recent.length >= this.#most) return oldest + this.#windowMs - now;
    // Insert the key again, so that the keys are in the order of their last calls.
    this.#calls.delete(key);
    this.#calls.set(key, [...recent, now]);
    for (const first of this.#calls.keys()) {
      if (this.#calls.size <= KEYS) break;
      this.#calls.delete(first);
    }
    return 0;
  }
}
