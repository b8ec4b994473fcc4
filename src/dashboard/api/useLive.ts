import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { problemFrom, request } from "./request.ts";
import type { Resource } from "./resources.ts";
import type { Problem } from "./types.ts";

/** How often a view asks while something runs, and otherwise (ms). A hidden tab asks for nothing. */
const BUSY = 2_000;
const CALM = 30_000;

export interface Live<T> {
  /** The last answer; undefined until there was one. */
  readonly data: T | undefined;
  /** Its version, for a change that is to fail if somebody else's came between. */
  readonly etag: string | null;
  /** Why the last attempt gave none; undefined while all is well. */
  readonly problem: Problem | undefined;
  /** Asks at once, after a change of one's own. */
  readonly refresh: () => Promise<void>;
}

/** The last answer of each path: whoever comes back to a view sees it at once, and asks only whether it has changed. */
const kept = new Map<string, { readonly text: string; readonly etag: string | null }>();

/** Nothing of one person is left for the next. */
export const forgetAnswers = (): void => kept.clear();

const keptOf = <T>({ path }: Resource<T>): T | undefined => {
  const found = kept.get(path);
  return found === undefined ? undefined : JSON.parse(found.text);
};

interface State<T> {
  readonly path: string;
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
}

/**
 * Reads a resource and keeps it fresh: every two seconds while `isBusy` says that something runs, every thirty
 * (`calm`, ms) otherwise, never while the tab is hidden, at once when it is seen again. Unchanged answers cost no body.
 */
export const useLive = <T>(
  resource: Resource<T>,
  isBusy: (value: T) => boolean = () => false,
  calm: number = CALM,
): Live<T> => {
  const { path, moves } = resource;
  const begin = (): State<T> => ({ path, data: keptOf(resource), problem: undefined });
  const [state, setState] = useState<State<T>>(begin);
  const busy = useRef(isBusy);
  busy.current = isBusy;
  const again = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running: AbortController | undefined;
    let now = begin();
    const show = (next: State<T>): void => {
      now = next;
      setState(next);
    };
    const plan = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") return;
      timer = setTimeout(() => void look(), now.data !== undefined && busy.current(now.data) ? BUSY : calm);
    };
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      running?.abort();
      const mine = new AbortController();
      running = mine;
      try {
        // Without the body at hand a 304 would say nothing.
        const etag = now.data === undefined || moves === true ? undefined : kept.get(path)?.etag;
        const answered = await request<T>("GET", path, { etag, signal: mine.signal });
        if (mine.signal.aborted) return;
        if (answered.kind === "answered") {
          kept.set(path, { text: answered.text, etag: answered.etag });
          show({ path, data: answered.value, problem: undefined });
        } else if (now.problem !== undefined) show({ ...now, problem: undefined });
      } catch (error) {
        if (mine.signal.aborted) return;
        const problem = problemFrom(error);
        // What is gone is not shown any longer; what cannot be asked for just now is.
        const gone = problem.status === 404 || problem.status === 401;
        if (gone) kept.delete(path);
        show({ path, data: gone ? undefined : now.data, problem });
      }
      plan();
    };
    const seen = (): void => {
      if (document.visibilityState === "hidden") clearTimeout(timer);
      else void look();
    };
    const online = (): void => void look();

    again.current = look;
    setState(now);
    void look();
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", online);
    return () => {
      clearTimeout(timer);
      running?.abort();
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", online);
    };
  }, [path, moves]);

  const refresh = useCallback(() => again.current(), []);
  const { data, problem } = state.path === path ? state : begin();
  return { data, etag: kept.get(path)?.etag ?? null, problem, refresh };
};
