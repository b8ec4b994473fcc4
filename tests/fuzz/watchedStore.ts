import { createHash } from "node:crypto";
import { MemoryStore } from "../../src/store/memory.ts";
import {
  type Archive,
  type Children,
  type Enough,
  type Store,
  type Stored,
  StoreUnavailable,
  type Written,
} from "../../src/store/store.ts";

/** What one call of the store does instead of succeeding: fails before it, or after it landed. */
export type Fault = "none" | "down" | "reply-lost";

/** What the next calls do, one after the other, and then all others. */
export interface Faults {
  readonly first: readonly Fault[];
  readonly later: Fault;
}

export const SOUND: Faults = { first: [], later: "none" };

export interface StoreCall {
  readonly op: "read" | "write" | "list" | "remove";
  readonly key: string;
}

const etagOf = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

/** A memory store that writes down every call, and fails the next ones as it is told. */
export class WatchedStore implements Store, Archive {
  readonly memory = new MemoryStore(etagOf);
  /** Since they were last taken. */
  calls: StoreCall[] = [];
  failed = 0;
  faults: Faults = SOUND;

  async #with<T>(call: StoreCall, make: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    const { first, later } = this.faults;
    const [fault = later, ...rest] = first;
    this.faults = { first: rest, later };
    if (fault !== "none") this.failed += 1;
    if (fault === "down") throw new StoreUnavailable(`${call.op}: down`);
    const result = await make();
    if (fault === "reply-lost") throw new StoreUnavailable(`${call.op}: the reply was lost`);
    return result;
  }

  read(key: string): Promise<Stored | null> {
    return this.#with({ op: "read", key }, () => this.memory.read(key));
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    return this.#with({ op: "write", key }, () => this.memory.write(key, text, expected));
  }

  list(prefix: string, enough?: Enough): Promise<readonly { key: string; etag: string }[]> {
    return this.#with({ op: "list", key: prefix }, () => this.memory.list(prefix, enough));
  }

  children(prefix: string): Promise<Children> {
    return this.#with({ op: "list", key: prefix }, () => this.memory.children(prefix));
  }

  remove(key: string): Promise<void> {
    return this.#with({ op: "remove", key }, () => this.memory.remove(key));
  }

  /** Every key with the ETag it has now; not counted as a call. */
  async standing(): Promise<Map<string, string>> {
    return new Map((await this.memory.list("")).map(({ key, etag }) => [key, etag]));
  }
}
