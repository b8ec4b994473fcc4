import type { BlobDirectory } from "./blobDirectory.ts";

export interface BlobListing {
  blobs: { key: string; etag: string; size: number; last_modified: string }[];
  directories: string[];
  next_cursor?: string;
}

export interface ListingQuery {
  readonly prefix: string;
  /** Lists keys with another `/` after the prefix as one directory, named without the slash. */
  readonly directories: boolean;
  readonly cursor: string | null;
}

const PAGE = 1000;

/** Returns one page of a store's keys. A directory counts as one key. A cursor from another query does no harm. */
export function listBlobs(blobs: BlobDirectory, store: string, query: ListingQuery): BlobListing {
  const listing: BlobListing = { blobs: [], directories: [] };
  const after = query.cursor === null ? undefined : Buffer.from(query.cursor, "base64url").toString();
  const keys = blobs.keys(store);
  const start = after !== undefined && after > query.prefix ? after : query.prefix;
  let directory: string | undefined;
  let last: string | undefined;
  for (let index = firstIndex(keys, start); index < keys.length; index += 1) {
    const key = keys[index];
    if (key === undefined || !key.startsWith(query.prefix)) break;
    if (after !== undefined && key <= after) continue;
    const slash = query.directories ? key.indexOf("/", query.prefix.length) : -1;
    const folded = slash < 0 ? undefined : key.slice(0, slash);
    if (folded === undefined || folded !== directory) {
      if (listing.blobs.length + listing.directories.length === PAGE) {
        if (last !== undefined) listing.next_cursor = Buffer.from(last).toString("base64url");
        break;
      }
      const entry = folded === undefined ? blobs.head(store, key) : undefined;
      if (folded !== undefined) listing.directories.push(folded);
      else if (entry) listing.blobs.push({ key, etag: entry.etag, size: entry.size, last_modified: entry.modifiedAt });
      directory = folded;
    }
    // If a directory ends the page, skip the rest of its keys, or the next page would list the directory again.
    last = key;
  }
  return listing;
}

function firstIndex(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const key = keys[middle];
    if (key !== undefined && key < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
