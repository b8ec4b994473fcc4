import { createHash } from "node:crypto";
import { MemoryStore } from "../../../src/store/memory.ts";
import {
  type Archive,
  type Children,
  type Store,
  type Stored,
  StoreMisconfigured,
  StoreUnavailable,
  type Written,
} from "../../../src/store/store.ts";

const md5 = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

/** How a store call fails: before the write, or after it (`reply-lost`). */
export type Fault = "none" | "down" | "misconfigured" | "reply-lost";

/** A memory store whose calls can be made to fail. */
export class FaultyStore implements Store, Archive {
  readonly memory = new MemoryStore(md5);
  readonly counts = { reads: 0, writes: 0, lists: 0 };
  fault: (op: "read" | "write" | "list" | "remove", key: string) => Fault = () => "none";
  /** Runs before a call reaches the store. */
  before: (op: "read" | "write" | "list" | "remove", key: string) => Promise<void> = async () => {};

  async #with<T>(op: "read" | "write" | "list" | "remove", key: string, call: () => Promise<T>): Promise<T> {
    await this.before(op, key);
    const fault = this.fault(op, key);
    if (fault === "down") throw new StoreUnavailable(`${op}: down`);
    if (fault === "misconfigured") throw new StoreMisconfigured("STORE_WITHOUT_ETAGS", `${op}: no ETag`);
    const result = await call();
    if (fault === "reply-lost") throw new StoreUnavailable(`${op}: the reply was lost`);
    return result;
  }

  read(key: string): Promise<Stored | null> {
    this.counts.reads += 1;
    return this.#with("read", key, () => this.memory.read(key));
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    this.counts.writes += 1;
    return this.#with("write", key, () => this.memory.write(key, text, expected));
  }

  list(prefix: string): Promise<readonly { key: string; etag: string }[]> {
    this.counts.lists += 1;
    return this.#with("list", prefix, () => this.memory.list(prefix));
  }

  children(prefix: string): Promise<Children> {
    this.counts.lists += 1;
    return this.#with("list", prefix, () => this.memory.children(prefix));
  }

  remove(key: string): Promise<void> {
    return this.#with("remove", key, () => this.memory.remove(key));
  }
}
