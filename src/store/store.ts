import type { UnreadableReason } from "../core/document.ts";
/** A stored text and its ETag. */
export interface Stored {
  readonly text: string;
  readonly etag: string;
}

/** A key in a listing, and the ETag of what is stored there. */
export interface Entry {
  readonly key: string;
  readonly etag: string;
}

/** Whether a listing may end before its last page. Takes the number of keys so far. */
export type Enough = (keys: number) => boolean;

/** The keys that one request of a listing returns at most. */
export const KEYS_A_REQUEST = 1000;

export type Written =
  | { readonly kind: "written"; readonly etag: string }
  /** The expected version is not (or no longer) the stored one. */
  | { readonly kind: "conflict" };

/**
 * The port of the protocol, cut to it: there is no unconditional write and no delete, because a delayed one could undo
 * a decision made since.
 *
 * Laws (one suite, `tests/store/contract.ts`, holds every adapter to them): reads are linearizable; of writers that
 * expect the same version exactly one wins; whatever is not known to be written or refused throws `StoreUnavailable`.
 */
export interface Store {
  /** The document at `key`, strongly consistent; null if there is none. Throws `StoreUnavailable`. */
  read(key: string): Promise<Stored | null>;
  /**
   * Writes only over the version `expected` (null: only if there is none). Throws `StoreUnavailable` if the outcome is
   * not known: the write may have landed, or land later.
   */
  write(key: string, text: string, expected: string | null): Promise<Written>;
  /**
   * Every key below `prefix` with its ETag, in no order. May lag behind writes. A store that lists in pages asks `enough`
   * after each page whether the keys so far are enough, and then leaves out the rest. Throws `StoreUnavailable`.
   */
  list(prefix: string, enough?: Enough): Promise<readonly Entry[]>;
}

/** One level of a listing. */
export interface Children {
  /** The keys directly below the prefix, in full. */
  readonly keys: readonly string[];
  /** The names of the folders directly below the prefix. A folder is the part of a key up to its next `/`. */
  readonly folders: readonly string[];
}

/** The store of records, which decide nothing: appended once, listed, and removed when they are old. */
export interface Archive {
  read(key: string): Promise<Stored | null>;
  /** Creates a record; `conflict` means that it exists. Throws `StoreUnavailable`. */
  write(key: string, text: string, expected: null): Promise<Written>;
  /** As the store's. */
  list(prefix: string, enough?: Enough): Promise<readonly Entry[]>;
  /** One level below `prefix`, which ends in `/`, in no order. May lag behind writes. Throws `StoreUnavailable`. */
  children(prefix: string): Promise<Children>;
  /** Removes a record. Throws `StoreUnavailable`. */
  remove(key: string): Promise<void>;
}

/** The store did not confirm, so nothing is known about the effect. */
export class StoreUnavailable extends Error {
  override name = "StoreUnavailable";
}

/** Why a store cannot be used as it is set up. */
export type StoreFault =
  | "STORE_WITHOUT_ETAGS"
  | "STORE_NOT_CONSISTENT"
  | "STORE_WITHOUT_CREDENTIALS"
  | "STORE_CREDENTIALS_REFUSED";

/** The store cannot be used as it is set up, so no later attempt will succeed. The message holds no secret. */
export class StoreMisconfigured extends StoreUnavailable {
  override name = "StoreMisconfigured";
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string) {
    super(`${message} (${fault})`);
    this.fault = fault;
  }
}

/** A document that does not match its schema. It is never overwritten. */
export class CorruptDocument extends Error {
  override name = "CorruptDocument";
}

/** A document of a later release. It is never overwritten. */
export class NewerDocument extends Error {
  override name = "NewerDocument";
}

/** Why a document cannot be read, from the error about it; null for any other error. */
export const unreadableReason = (error: unknown): UnreadableReason | null => {
  if (error instanceof NewerDocument) return "newer";
  return error instanceof CorruptDocument ? "corrupt" : null;
};

/** Turns documents into texts and back. `decode` throws `CorruptDocument` or `NewerDocument`. */
export interface Codec<D> {
  decode(text: string, key: string): D;
  encode(document: D): string;
  stamp(document: D, previous: D | null, by: string, now: number): D;
}
