import type { Prng } from "./prng.ts";

interface Entry {
  readonly at: number;
  readonly tie: number;
  run: (() => void) | null;
}

/** Some moment; no run depends on which. */
export const START = 1_767_225_600_000;

/** So much may happen in one millisecond: hundreds of publishers, each with a few steps. What goes on longer spins. */
const AT_ONCE = 50_000;

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/**
 * Virtual time, and the only scheduler there is. It runs one entry, lets every promise that this resolved go as far as it
 * can, and only then moves on; among entries of the same millisecond chance decides.
 */
export class Timeline {
  now = START;
  readonly #entries: Entry[] = [];
  readonly #chance: Prng;
  readonly #turns: boolean;
  readonly #stands: () => void;
  #stamps = 0;

  /**
   * `turns`: something below waits for the event loop itself, not only for promises. `stands`: told when things go on
   * without an end while time does not.
   */
  constructor(chance: Prng, turns: boolean, stands: () => void) {
    this.#chance = chance;
    this.#turns = turns;
    this.#stands = stands;
  }

  /** A number that rises with everything that happens: order without a clock. */
  stamp(): number {
    this.#stamps += 1;
    return this.#stamps;
  }

  /** Runs `run` after `ms`; the result takes it back. */
  after(ms: number, run: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(Math.round(ms), 0), tie: this.#chance.next(), run };
    this.#push(entry);
    return () => {
      entry.run = null;
    };
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets time go on until `end`, or until `stop` says so. */
  async until(end: number, stop: () => boolean): Promise<void> {
    await settle(this.#turns);
    let atOnce = 0;
    while (!stop()) {
      const entry = this.#entries[0];
      if (entry === undefined || entry.at > end) {
        this.now = Math.max(this.now, end);
        return;
      }
      this.#pop();
      if (entry.run === null) continue;
      atOnce = entry.at > this.now ? 0 : atOnce + 1;
      if (atOnce > AT_ONCE) this.#stands();
      this.now = Math.max(this.now, entry.at);
      entry.run();
      await settle(this.#turns);
    }
  }

  #push(entry: Entry): void {
    const heap = this.#entries;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !before(entry, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#entries;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const a = heap[left];
      if (a === undefined) break;
      const b = heap[left + 1];
      const smaller = b !== undefined && before(b, a) ? { at: left + 1, entry: b } : { at: left, entry: a };
      if (!before(smaller.entry, last)) break;
      heap[index] = smaller.entry;
      index = smaller.at;
    }
    heap[index] = last;
  }
}

/**
 * Lets all promises go as far as they can: the queue of ticks is asked again only when that of promises is empty, however
 * deep they are chained. Counting ticks instead would let time move while a continuation still waits. A turn of the event
 * loop would do as well and costs a system call; the real client below needs one, because it reads bodies as streams.
 */
const settle = (turn: boolean): Promise<void> =>
  new Promise((resolve) => (turn ? setImmediate(resolve) : process.nextTick(resolve)));
