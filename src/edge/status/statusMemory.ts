import type { Deps } from "../../app/deps.ts";
import { SECOND } from "../../core/durations.ts";
import { BUILDS, DELIVERIES, PROOFS, SYNCS } from "../../store/keys.ts";
import type { Archive, Stored } from "../../store/store.ts";

/** An answer is kept this long, however little it cost (ms). */
const KEPT_AT_LEAST = 4 * SECOND;
/** How many answers and how many records one instance keeps. */
const ANSWERS = 200;
const RECORDS = 500;

const forgetOldest = (map: Map<string, unknown>, most: number): void => {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
};

/** A record never changes once it is written, so that it is read once. */
const isRecord = (key: string): boolean => [SYNCS, BUILDS, DELIVERIES, PROOFS].some((log) => key.startsWith(log));

interface Answer<T> {
  readonly value: T;
  /** When it was made, and how long it is kept (ms). */
  readonly at: number;
  readonly keptMs: number;
}

/**
 * What one instance remembers between requests for statuses. An answer is kept for more seconds than it took requests to
 * the store, so that any number of viewers cost less than one request a second.
 */
export class StatusMemory<T> {
  readonly #answers = new Map<string, Answer<T>>();
  /** The answers that are being made. Requests wait for each, so that there are no more of them than requests. */
  readonly #made = new Map<string, Promise<T | null>>();
  readonly #records = new Map<string, Stored>();

  /**
   * The kept answer for a key, or a new one from `make`. Its dependencies only read. An answer of null is not kept, and
   * pushes out no other: otherwise guesses would push out what viewers see. Throws as `make` does.
   */
  async answer(key: string, deps: Deps, make: (reading: Deps) => Promise<T | null>): Promise<T | null> {
    const kept = this.#answers.get(key);
    // A clock that jumps back must not keep an answer for as long as it jumped.
    if (kept !== undefined && Math.abs(deps.clock.now() - kept.at) < kept.keptMs) return kept.value;
    const underWay = this.#made.get(key);
    if (underWay !== undefined) return underWay;
    const made = this.#make(key, deps, make).finally(() => this.#made.delete(key));
    this.#made.set(key, made);
    return made;
  }

  /** Makes an answer, and keeps it unless it is null. */
  async #make(key: string, deps: Deps, make: (reading: Deps) => Promise<T | null>): Promise<T | null> {
    const reading = this.#reading(deps);
    const value = await make(reading.deps);
    this.#answers.delete(key);
    if (value === null) return null;
    const keptMs = Math.max(KEPT_AT_LEAST, (reading.requests() + 1) * SECOND);
    this.#answers.set(key, { value, at: deps.clock.now(), keptMs });
    forgetOldest(this.#answers, ANSWERS);
    return value;
  }

  /** Dependencies that write nothing, read each record once and count their other requests. */
  #reading(deps: Deps): { readonly deps: Deps; readonly requests: () => number } {
    const records = this.#records;
    let requests = 0;
    const refuse = (): never => {
      throw new RangeError("a status is read and never written");
    };
    const archive: Archive = {
      async read(key) {
        const known = records.get(key);
        if (known !== undefined) return known;
        const found = await deps.archive.read(key);
        if (found !== null && isRecord(key)) {
          records.set(key, found);
          forgetOldest(records, RECORDS);
        } else requests += 1;
        return found;
      },
      list(prefix, enough) {
        requests += 1;
        return deps.archive.list(prefix, enough);
      },
      children(prefix) {
        requests += 1;
        return deps.archive.children(prefix);
      },
      write: refuse,
      remove: refuse,
    };
    const store = {
      read(key: string) {
        requests += 1;
        return deps.store.read(key);
      },
      list: archive.list,
      write: refuse,
    };
    return { deps: { ...deps, store, archive }, requests: () => requests };
  }
}
