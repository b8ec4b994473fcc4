import { useEffect, useState } from "preact/hooks";
import { ask, problemFrom } from "../../api/request.ts";
import { layersAt } from "../../api/resources.ts";
import type { Overview, Problem } from "../../api/types.ts";
import { type Live, useLive } from "../../api/useLive.ts";
import { joinOverviews } from "../../api/useWhole.ts";
import { nextChangeIn } from "../chain/nextChange.ts";

/** Which layers are wanted. An empty text is no filter. */
export interface LayerFilter {
  readonly q: string;
  readonly status: string;
}

const NONE: LayerFilter = { q: "", status: "" };

export interface Layers {
  readonly live: Live<Overview>;
  /** Whether the server searches and filters, because the page does not have all layers. */
  readonly isFiltered: boolean;
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly problem: Problem | undefined;
  readonly load: () => Promise<void>;
}

/**
 * Reads the layers page by page, those that need attention first. The first page is live, and `load` adds the next one.
 * While everything fits into the first page, nothing is filtered here.
 */
export const useLayers = (filter: LayerFilter): Layers => {
  const [isLarge, setLarge] = useState(false);
  const at = isLarge ? filter : NONE;
  const { path } = layersAt(at);
  const first = useLive(layersAt(at), nextChangeIn);
  const [below, setBelow] = useState<{ readonly path: string; readonly pages: Overview }>();
  const [last, setLast] = useState<Overview>();
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const { data } = first;
  useEffect(() => {
    if (data === undefined) return;
    setLast(data);
    // A filtered page tells nothing of all.
    if (at === NONE) setLarge(data.nextCursor !== null);
  }, [data]);
  useEffect(() => setProblem(undefined), [path]);
  const pages = below?.path === path ? below.pages : undefined;
  // What is below the first page stays as it was loaded, and the first page counts where both have a layer.
  const joined =
    data === undefined || pages === undefined
      ? data
      : { ...joinOverviews(pages, data), totals: data.totals, left: data.left, nextCursor: pages.nextCursor };
  const load = async (): Promise<void> => {
    if (joined === undefined || joined.nextCursor === null) return;
    setLoading(true);
    try {
      const page = await ask<Overview>("GET", layersAt(at, joined.nextCursor).path);
      setBelow({ path, pages: joinOverviews(joined, page) });
      setProblem(undefined);
    } catch (error) {
      setProblem(problemFrom(error));
    } finally {
      setLoading(false);
    }
  };
  return {
    // The page stays while the answer to another filter is on its way.
    live: { ...first, data: joined ?? last },
    isFiltered: isLarge,
    hasMore: (joined?.nextCursor ?? null) !== null,
    loading,
    problem,
    load,
  };
};
