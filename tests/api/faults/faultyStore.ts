import { createHash } from "node:crypto";
import { MemoryStore } from "../../../src/store/memory.ts";
import {
  type Archive,
  type Children,
  type Enough,
  KEYS_A_REQUEST,
  type Store,
  type Stored,
  StoreMisconfigured,
  StoreUnavailable,
  type Written,
} from "../../../src/store/store.ts";

const md5 = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

/** How a store call fails: before the write, or after it (`reply-lost`). */
export type Fault = "none" | "down" | "misconfigured" | "reply-lost";

/** How many bytes the store's service sends for one key of a list. */
const entryBytes = (key: string): number =>
  JSON.stringify({ key, etag: md5(key), size: 1000, last_modified: "2026-01-01T00:00:00.000Z" }).length;

/** A memory store whose calls can be made to fail. */
export class FaultyStore implements Store, Archive {
  readonly memory = new MemoryStore(md5);
  /** `requests` and `bytes` are what its service would have answered: a list is a request for each page. */
  readonly counts = { reads: 0, writes: 0, lists: 0, requests: 0, bytes: 0 };
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

  #paged(keys: readonly string[]): void {
    this.counts.requests += Math.max(1, Math.ceil(keys.length / KEYS_A_REQUEST));
    this.counts.bytes += keys.reduce((sum, key) => sum + entryBytes(key), 0);
  }

  read(key: string): Promise<Stored | null> {
    this.counts.reads += 1;
    this.counts.requests += 1;
    return this.#with("read", key, async () => {
      const found = await this.memory.read(key);
      this.counts.bytes += Buffer.byteLength(found?.text ?? "");
      return found;
    });
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    this.counts.writes += 1;
    this.counts.requests += 1;
    return this.#with("write", key, () => this.memory.write(key, text, expected));
  }

  list(prefix: string, enough?: Enough): Promise<readonly { key: string; etag: string }[]> {
    this.counts.lists += 1;
    return this.#with("list", prefix, async () => {
      const found = await this.memory.list(prefix, enough);
      this.#paged(found.map(({ key }) => key));
      return found;
    });
  }

  children(prefix: string): Promise<Children> {
    this.counts.lists += 1;
    return this.#with("list", prefix, async () => {
      const found = await this.memory.children(prefix);
      this.#paged([...found.keys, ...found.folders.map((name) => `${prefix}${name}`)]);
      return found;
    });
  }

  remove(key: string): Promise<void> {
    this.counts.requests += 1;
    return this.#with("remove", key, () => this.memory.remove(key));
  }
}
