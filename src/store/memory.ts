import { childrenOf } from "./childrenOf.ts";
import {
  type Archive,
  type Children,
  type Enough,
  type Entry,
  KEYS_A_REQUEST,
  type Store,
  type Stored,
  type Written,
} from "./store.ts";

/**
 * The reference adapter of the port. Its ETags come from the content, as those of the real store do, so that equal
 * content has an equal ETag here too.
 */
export class MemoryStore implements Store, Archive {
  readonly #entries = new Map<string, Stored>();
  readonly #etag: (text: string) => string;

  /** `etag` makes a quoted ETag of a text; the default is the text itself. */
  constructor(etag: (text: string) => string = (text) => JSON.stringify(text)) {
    this.#etag = etag;
  }

  async read(key: string): Promise<Stored | null> {
    return this.#entries.get(key) ?? null;
  }

  async write(key: string, text: string, expected: string | null): Promise<Written> {
    if ((this.#entries.get(key)?.etag ?? null) !== expected) return { kind: "conflict" };
    const etag = this.#etag(text);
    this.#entries.set(key, { text, etag });
    return { kind: "written", etag };
  }

  async list(prefix: string, enough: Enough = () => false): Promise<readonly Entry[]> {
    const all = [...this.#entries].flatMap(([key, { etag }]) => (key.startsWith(prefix) ? [{ key, etag }] : []));
    for (let keys = KEYS_A_REQUEST; keys < all.length; keys += KEYS_A_REQUEST) {
      if (enough(keys)) return all.slice(0, keys);
    }
    return all;
  }

  async children(prefix: string): Promise<Children> {
    return childrenOf(prefix, this.#entries.keys());
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(key);
  }
}
