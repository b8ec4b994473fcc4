import pLimit from "p-limit";
import type { UnreadableReason } from "../../core/document.ts";
import { orderedId } from "../../store/keys.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";

/** One page of a list, newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null: this is the last page. */
  readonly nextCursor: string | null;
}

/** A document that this release cannot read. It must not hide the others, and must not be left out silently. */
export interface Unreadable {
  readonly id: string;
  readonly reason: UnreadableReason;
}

/** One page of documents. `unreadable` names those on the page that cannot be read. */
export interface DocumentPage<T> extends Page<T> {
  readonly unreadable: readonly Unreadable[];
}

export interface PageRequest {
  readonly limit: number;
  /** The position after which the page begins; null: at the newest. */
  readonly cursor: string | null;
}

/**
 * Cuts a page out of positions, which sort by creation time. A cursor is a position and not a count, so an insertion or
 * deletion between two pages neither doubles nor hides an item.
 */
export const pageOf = (positions: Iterable<string>, { limit, cursor }: PageRequest): Page<string> => {
  const after = [...new Set(positions)].filter((position) => cursor === null || position < cursor).sort();
  const items = after.slice(-limit).reverse();
  return { items, nextCursor: after.length > items.length ? (items.at(-1) ?? null) : null };
};

/**
 * How many documents a page reads at a time. All at once, the longest page would open a hundred connections for one
 * request.
 */
const READ_AT_ONCE = 50;

/** The documents at the positions of a page, in their order; null where there is none. */
export const readPage = <P, T>(items: readonly P[], read: (position: P) => Promise<T>): Promise<T[]> => {
  const limit = pLimit(READ_AT_ONCE);
  return Promise.all(items.map((position) => limit(read, position)));
};

/** When a document was created (ms), read from its order marker. */
const markedAt = (position: string): number => Number(position.slice(0, position.indexOf(".")));

/**
 * One page of the documents that have a marker below `prefix`. A marker is written before its document and outlives it,
 * and an id may have been used before, so a document that was created at another time than its marker says is left out.
 * `find` returns null for a missing document. `wanted` leaves out documents that the reader may not see.
 */
export const pageByOrder = async <T extends { readonly createdAt: number }>(
  deps: Deps,
  prefix: string,
  asked: PageRequest,
  find: (id: string) => Promise<T | null>,
  wanted: (id: string) => boolean = () => true,
): Promise<DocumentPage<T>> => {
  const markers = await deps.archive.list(prefix);
  const positions = markers
    .map(({ key }) => key.slice(prefix.length))
    .filter((position) => wanted(orderedId(position)));
  const unreadable = new Map<string, UnreadableReason>();
  const readOne = async (position: string): Promise<T | null> => {
    const id = orderedId(position);
    try {
      const document = await find(id);
      return document?.createdAt === markedAt(position) ? document : null;
    } catch (error) {
      const reason = unreadableReason(error);
      if (reason === null) throw error;
      unreadable.set(id, reason);
      deps.report({
        kind: "trouble",
        where: `list of ${prefix}`,
        error: error instanceof Error ? error.message : reason,
      });
      return null;
    }
  };
  const items: T[] = [];
  let { cursor } = asked;
  // Markers of deleted documents are skipped, so that a page is full if there are enough documents.
  do {
    const page = pageOf(positions, { limit: asked.limit - items.length, cursor });
    const found = await readPage(page.items, readOne);
    items.push(...found.filter((item) => item !== null));
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < asked.limit);
  return { items, nextCursor: cursor, unreadable: [...unreadable].map(([id, reason]) => ({ id, reason })) };
};
