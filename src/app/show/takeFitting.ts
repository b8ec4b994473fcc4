import { utf8Bytes } from "../../core/bytes.ts";

/** The bytes of a view in an answer. */
export const bytesOf = (view: unknown): number => utf8Bytes(JSON.stringify(view));

/**
 * The first items, at most `limit` (null: any number), that together have at most `bytes`. At least one is taken, so that
 * every page leads on. `sizeOf` is asked once for each item, in order, up to the first that does not fit.
 */
export const takeFitting = <T>(
  items: readonly T[],
  limit: number | null,
  bytes: number,
  sizeOf: (item: T) => number,
): readonly T[] => {
  const taken: T[] = [];
  let left = bytes;
  for (const item of limit === null ? items : items.slice(0, limit)) {
    left -= sizeOf(item);
    if (left < 0 && taken.length > 0) break;
    taken.push(item);
  }
  return taken;
};
