import {
  type Archive,
  type Children,
  type Store,
  type Stored,
  StoreUnavailable,
  type Written,
} from "../../../src/store/store.ts";
import type { Schedule } from "./schedule.ts";

export type Listed = readonly { readonly key: string; readonly etag: string }[];

/** What a call of the port came to. */
export type Reported =
  | ({ readonly kind: "found" } & Stored)
  | { readonly kind: "absent" }
  | Written
  | { readonly kind: "listed"; readonly entries: Listed }
  | { readonly kind: "unavailable" }
  /** Anything else that was thrown. */
  | { readonly kind: "defect"; readonly error: unknown };

/** A call of the port, and what its caller was told. */
export interface PortCall {
  readonly id: number;
  readonly by: string;
  readonly op: "read" | "write" | "list";
  readonly key: string;
  readonly text: string;
  readonly expected: string | null;
  readonly reported: Reported;
}

type Asked = Pick<PortCall, "op" | "key"> & Partial<Pick<PortCall, "text" | "expected">>;

/** The port as one process sees it; every call and its answer is noted. */
export class WatchedStore implements Store, Archive {
  readonly #inner: Store & Archive;
  readonly #schedule: Schedule;
  readonly #calls: PortCall[];
  readonly #by: string;

  constructor(inner: Store & Archive, schedule: Schedule, calls: PortCall[], by: string) {
    this.#inner = inner;
    this.#schedule = schedule;
    this.#calls = calls;
    this.#by = by;
  }

  #watch<T>(asked: Asked, work: () => Promise<T>, told: (result: T) => Reported): Promise<T> {
    return this.#schedule.call(this.#by, async ({ id }) => {
      const note = (reported: Reported) =>
        this.#calls.push({ id, by: this.#by, text: "", expected: null, ...asked, reported });
      try {
        const result = await work();
        note(told(result));
        return result;
      } catch (error) {
        note(error instanceof StoreUnavailable ? { kind: "unavailable" } : { kind: "defect", error });
        throw error;
      }
    });
  }

  read(key: string): Promise<Stored | null> {
    return this.#watch(
      { op: "read", key },
      () => this.#inner.read(key),
      (found) => (found === null ? { kind: "absent" } : { kind: "found", ...found }),
    );
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    // `Store` and `Archive` name the same write; the archive's only creates.
    const { write }: Store = this.#inner;
    return this.#watch(
      { op: "write", key, text, expected },
      () => write.call(this.#inner, key, text, expected),
      (written) => written,
    );
  }

  list(prefix: string): Promise<Listed> {
    return this.#watch(
      { op: "list", key: prefix },
      () => this.#inner.list(prefix),
      (entries) => ({ kind: "listed", entries }),
    );
  }

  children(_prefix: string): Promise<Children> {
    return Promise.reject(new Error("no level is listed in a race"));
  }

  remove(_key: string): Promise<void> {
    return Promise.reject(new Error("nothing is removed in a race"));
  }
}
