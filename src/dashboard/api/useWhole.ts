import { useEffect, useRef, useState } from "preact/hooks";
import { ask, problemFrom } from "./request.ts";
import type { Resource } from "./resources.ts";
import type { Overview, Problem, Usage } from "./types.ts";
import { type Live, useLive } from "./useLive.ts";

interface Part {
  readonly nextCursor: string | null;
}
/** Puts the part behind a cursor to what came before it. */
type Join<T> = (before: T, part: T) => T;

const withoutRepeats = <T>(items: readonly T[], idOf: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [idOf(item), item])).values(),
];

/** The parts of an overview as one. A site is on each page with a layer that connects it. */
export const joinOverviews: Join<Overview> = (before, part) => ({
  ...before,
  dataLayers: withoutRepeats([...before.dataLayers, ...part.dataLayers], ({ id }) => id),
  sites: withoutRepeats([...before.sites, ...part.sites], ({ id }) => id),
  nextCursor: part.nextCursor,
});

export const joinUsages: Join<Usage> = (before, part) => ({
  ...before,
  dataLayers: [...before.dataLayers, ...part.dataLayers],
  sites: [...before.sites, ...part.sites],
  nextCursor: part.nextCursor,
});

/** The path of the part behind a cursor. */
export const pathBehind = (path: string, cursor: string): string =>
  `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams({ cursor })}`;

/** Reads the parts behind a first one. Throws `Refused` or `Unreachable`. */
export const readWhole = async <T extends Part>(path: string, first: T, join: Join<T>): Promise<T> => {
  let whole = first;
  while (whole.nextCursor !== null) whole = join(whole, await ask<T>("GET", pathBehind(path, whole.nextCursor)));
  return whole;
};

/**
 * Reads a resource that is one answer if it fits. A longer one is there once all its parts are, and its parts are read
 * again after the first part has changed.
 */
export const useWhole = <T extends Part>(
  { path, ...resource }: Resource<T>,
  join: Join<T>,
  dueOf?: (value: T) => number | false,
  calm?: number,
): Live<T> => {
  const live = useLive<T>({ path, ...resource }, dueOf, calm);
  const [whole, setWhole] = useState<{ readonly path: string; readonly data: T }>();
  const [problem, setProblem] = useState<Problem>();
  const reading = useRef<string>();
  const { data: first } = live;
  useEffect(() => {
    if (first === undefined || first.nextCursor === null || reading.current === path) return;
    reading.current = path;
    const read = async (): Promise<void> => {
      try {
        setWhole({ path, data: await readWhole(path, first, join) });
        setProblem(undefined);
      } catch (error) {
        setProblem(problemFrom(error));
      } finally {
        reading.current = undefined;
      }
    };
    void read();
  }, [first, path]);
  if (first === undefined || first.nextCursor === null) return live;
  return { ...live, data: whole?.path === path ? whole.data : undefined, problem: live.problem ?? problem };
};
