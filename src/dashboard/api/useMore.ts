import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, problemFrom } from "./request.ts";
import type { Resource } from "./resources.ts";
import type { Problem } from "./types.ts";
import type { Live } from "./useLive.ts";
import { useLive } from "./useLive.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface More<T, P extends Page<T> = Page<T>> {
  readonly live: Live<P>;
  /** The items of the first page and of the pages loaded below it. */
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly problem: Problem | undefined;
  readonly load: () => Promise<void>;
  /** Drops the pages loaded below the first one, after a change of one of their items. */
  readonly reset: () => void;
}

/**
 * Reads a list. The first page is live, and `load` adds the next page. An item that moves from the first page to the
 * second is shown once, by its id (`idOf`).
 */
export const useMore = <T, P extends Page<T> = Page<T>>(
  at: (cursor: string | null) => Resource<P>,
  idOf: (item: T) => string,
  dueOf?: (page: P) => number | false,
  calm?: number,
): More<T, P> => {
  const first = at(null);
  const live = useLive<P>(first, dueOf, calm);
  const [below, setBelow] = useState<{ items: readonly T[]; next: string | null | undefined }>({
    items: [],
    next: undefined,
  });
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const path = useRef(first.path);
  path.current = first.path;
  const reset = useCallback(() => {
    setBelow({ items: [], next: undefined });
    setProblem(undefined);
  }, []);
  useEffect(reset, [first.path]);
  const next = below.next === undefined ? (live.data?.nextCursor ?? null) : below.next;
  const load = useCallback(async () => {
    if (next === null) return;
    setLoading(true);
    setProblem(undefined);
    try {
      const page = await ask<Page<T>>("GET", at(next).path);
      // The list has other filters by now.
      if (path.current !== first.path) return;
      // Keep the items of the first page as it was at this load, because newer items may push them off it.
      setBelow((before) => ({
        items: [...(before.next === undefined ? (live.data?.items ?? []) : before.items), ...page.items],
        next: page.nextCursor,
      }));
    } catch (error) {
      setProblem(problemFrom(error));
    } finally {
      setLoading(false);
    }
  }, [next, first.path, live.data]);
  const top = live.data?.items ?? [];
  const seen = new Set(top.map(idOf));
  const items = [...top, ...below.items.filter((item) => !seen.has(idOf(item)))];
  return { live, items, hasMore: next !== null, loading, problem, load, reset };
};
