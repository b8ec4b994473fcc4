import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** The index entry of a stored blob. `metadata` is the client's header, unchanged. */
export interface BlobEntry {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly metadata: string | null;
  readonly modifiedAt: string;
}

export interface Blob extends BlobEntry {
  readonly body: Buffer;
}

export interface BlobDirectory {
  get(store: string, key: string): Blob | undefined;
  head(store: string, key: string): BlobEntry | undefined;
  /**
   * Writes the blob. A kill of the process after the return does not lose it, nor does a loss of power if the directory was
   * opened as durable. Throws the disk's error.
   */
  put(store: string, key: string, body: Uint8Array, metadata: string | null): BlobEntry;
  /** Deletes the blob and returns whether it existed. */
  delete(store: string, key: string): boolean;
  /** The keys of a store in code unit order. */
  keys(store: string): readonly string[];
  stores(): string[];
}

interface Header extends BlobEntry {
  readonly store: string;
}

interface Store {
  readonly entries: Map<string, BlobEntry>;
  sorted: readonly string[] | undefined;
}

const TEMPORARY = ".tmp";
const NEWLINE = 0x0a;

/** Waits until a file and its name are on the disk: the file system's journal takes a rename along with the file. */
const syncToDisk = (path: string): void => {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/**
 * Opens the blobs in `directory` (created if missing) and indexes them. Incomplete files are reported through `report`
 * and stay in place. With `durable` each write waits for the disk.
 *
 * Every file operation is synchronous: a check and the write that depends on it happen in one turn of the event loop,
 * and no read handle is ever open while a rename replaces the file, which Windows refuses.
 */
export function openBlobDirectory(
  directory: string,
  report: (problem: string) => void,
  durable = false,
): BlobDirectory {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stores = new Map<string, Store>();

  const storeOf = (name: string): Store => {
    let store = stores.get(name);
    if (store === undefined) {
      store = { entries: new Map(), sorted: undefined };
      stores.set(name, store);
    }
    return store;
  };
  const remember = (storeName: string, entry: BlobEntry): void => {
    const store = storeOf(storeName);
    if (!store.entries.has(entry.key)) store.sorted = undefined;
    store.entries.set(entry.key, entry);
  };
  const forget = (storeName: string, key: string): void => {
    const store = stores.get(storeName);
    if (store?.entries.delete(key) === true) store.sorted = undefined;
    if (store?.entries.size === 0) stores.delete(storeName);
  };
  const pathOf = (store: string, key: string): string => join(directory, fileName(store, key));

  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith(TEMPORARY)) {
      rmSync(path, { force: true });
      continue;
    }
    try {
      const { store, ...entry } = parse(readFileSync(path)).header;
      if (fileName(store, entry.key) !== name) throw new Error("its name does not belong to its key");
      remember(store, entry);
    } catch (error) {
      report(`${path} is not a whole blob and is skipped: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    get(store, key) {
      if (stores.get(store)?.entries.has(key) !== true) return undefined;
      try {
        const { header, body } = parse(readFileSync(pathOf(store, key)));
        return { ...header, body };
      } catch (error) {
        // Somebody emptied the directory while the server runs, so the blob no longer exists.
        if (isMissing(error)) {
          forget(store, key);
          return undefined;
        }
        throw error;
      }
    },
    head: (store, key) => stores.get(store)?.entries.get(key),
    put(store, key, body, metadata) {
      const modifiedAt = new Date().toISOString();
      const entry: BlobEntry = { key, etag: etagOf(body), size: body.byteLength, metadata, modifiedAt };
      const header: Header = { store, ...entry };
      const path = pathOf(store, key);
      const temporary = `${path}.${randomBytes(6).toString("hex")}${TEMPORARY}`;
      try {
        const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
        // A blob can hold webhook ids, which are secrets.
        writeFileSync(temporary, content, { mode: 0o600 });
        renameSync(temporary, path);
        if (durable) syncToDisk(path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      remember(store, entry);
      return entry;
    },
    delete(store, key) {
      const existed = stores.get(store)?.entries.has(key) === true;
      if (existed) {
        rmSync(pathOf(store, key), { force: true });
        forget(store, key);
      }
      return existed;
    },
    keys(name) {
      const store = stores.get(name);
      if (store === undefined) return [];
      store.sorted ??= [...store.entries.keys()].sort((a, b) => (a < b ? -1 : 1));
      return store.sorted;
    },
    stores: () => [...stores.keys()].sort(),
  };
}

/**
 * Hashes a key into a file name. Keys may differ only in case, be reserved names (`con`), be parents of other keys or
 * have 600 bytes, and no disk accepts all of them.
 */
function fileName(store: string, key: string): string {
  return createHash("sha256").update(`${store}\0${key}`).digest("hex");
}

function etagOf(body: Uint8Array): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function parse(file: Buffer): { header: Header; body: Buffer } {
  const end = file.indexOf(NEWLINE);
  if (end < 0) throw new Error("no header line");
  const header: unknown = JSON.parse(file.toString("utf8", 0, end));
  if (!isHeader(header)) throw new Error("an unknown header line");
  const body = file.subarray(end + 1);
  if (etagOf(body) !== header.etag) throw new Error("the content does not match its etag");
  return { header, body };
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== "object" || value === null) return false;
  const text = (name: string): boolean => typeof Reflect.get(value, name) === "string";
  const metadata: unknown = Reflect.get(value, "metadata");
  return (
    ["store", "key", "etag", "modifiedAt"].every(text) &&
    typeof Reflect.get(value, "size") === "number" &&
    (metadata === null || typeof metadata === "string")
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
