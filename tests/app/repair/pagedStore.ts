import { createHash } from "node:crypto";
import type { Clock } from "../../../src/app/deps.ts";
import { childrenOf } from "../../../src/store/childrenOf.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import type { Archive, Children, Enough, Entry, Store, Stored, Written } from "../../../src/store/store.ts";

const md5 = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

/** A clock that jumps to the next thing that waits once nothing else can go on. */
export class JumpingClock implements Clock {
  #now = Date.UTC(2026, 0, 2);
  #timers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = { at: this.#now + ms, wake: resolve };
      this.#timers.push(timer);
      signal?.addEventListener("abort", () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
        resolve();
      });
    });
  }

  /** Lets time go on until the work is over. Throws if nothing waits any more and the work is not over. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (;;) {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return work;
      const at = Math.min(...this.#timers.map((timer) => timer.at));
      if (!Number.isFinite(at)) throw new Error("the work waits for nothing");
      const ready = this.#timers.filter((timer) => timer.at === at);
      this.#timers = this.#timers.filter((timer) => timer.at !== at);
      this.#now = at;
      for (const { wake } of ready) wake();
    }
  }

  /** Lets time pass in which nothing happens. What still waits belongs to dead processes. */
  pass(ms: number): void {
    this.#timers = [];
    this.#now += ms;
  }
}

/** How long calls take (ms). */
export interface Pace {
  readonly page: number;
  readonly call: number;
}

/** Requests, as the store's server counts them, and characters. */
export interface Counts {
  pages: number;
  reads: number;
  writes: number;
  removals: number;
  down: number;
  up: number;
}

const NOTHING: Counts = { pages: 0, reads: 0, writes: 0, removals: 0, down: 0, up: 0 };

/** A store that lists in pages of a thousand, takes its time, and counts. It can die at a call, as the process does. */
export class PagedStore implements Store, Archive {
  static readonly PAGE = 1000;
  readonly memory = new MemoryStore(md5);
  readonly #clock: JumpingClock;
  pace: Pace = { page: 0, call: 0 };
  counts: Counts = { ...NOTHING };
  /** Runs before each call; one that never ends is the death of the process. */
  before: (op: "read" | "write" | "list" | "remove", key: string) => Promise<void> = async () => undefined;

  constructor(clock: JumpingClock) {
    this.#clock = clock;
  }

  /** Counts anew. */
  count(): void {
    this.counts = { ...NOTHING };
  }

  async #take(ms: number): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms);
  }

  async read(key: string): Promise<Stored | null> {
    await this.before("read", key);
    this.counts.reads += 1;
    await this.#take(this.pace.call);
    const found = await this.memory.read(key);
    this.counts.down += found?.text.length ?? 0;
    return found;
  }

  async write(key: string, text: string, expected: string | null): Promise<Written> {
    await this.before("write", key);
    this.counts.writes += 1;
    this.counts.up += text.length;
    await this.#take(this.pace.call);
    return this.memory.write(key, text, expected);
  }

  async #pages<T>(prefix: string, all: readonly T[], enough: Enough): Promise<T[]> {
    const listed: T[] = [];
    do {
      await this.before("list", prefix);
      this.counts.pages += 1;
      await this.#take(this.pace.page);
      const page = all.slice(listed.length, listed.length + PagedStore.PAGE);
      this.counts.down += JSON.stringify(page).length;
      listed.push(...page);
    } while (listed.length < all.length && !enough(listed.length));
    return listed;
  }

  async list(prefix: string, enough: Enough = () => false): Promise<readonly Entry[]> {
    return this.#pages(prefix, await this.memory.list(prefix), enough);
  }

  async children(prefix: string): Promise<Children> {
    const listed = await this.memory.list(prefix);
    const { keys, folders } = childrenOf(
      prefix,
      listed.map(({ key }) => key),
    );
    await this.#pages(prefix, [...keys, ...folders], () => false);
    return { keys, folders };
  }

  async remove(key: string): Promise<void> {
    await this.before("remove", key);
    this.counts.removals += 1;
    await this.#take(this.pace.call);
    await this.memory.remove(key);
  }
}
