import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { lastUse, noteUse, onReturn } from "./attention.ts";
import { keepNewest } from "./keepNewest.ts";
import { lookAfter, NEVER } from "./lookAfter.ts";
import { type Answer, problemFrom, request, type Unchanged } from "./request.ts";
import type { Resource } from "./resources.ts";
import type { Problem } from "./types.ts";

/** How often a resource is read while nothing happens (ms). */
const CALM = 30_000;
const isLocal = /^(?:localhost|127\.|\[::1\])/.test(location.hostname);

export interface Live<T> {
  /** The last answer. Undefined until the first one. */
  readonly data: T | undefined;
  /** The ETag of the last answer. A change sent with it fails if somebody else changed the resource since. */
  readonly etag: string | null;
  /** Why the last request failed. Undefined after a success. */
  readonly problem: Problem | undefined;
  /** Reads the resource now, for example after a change. */
  readonly refresh: () => Promise<void>;
}

/** How many answers are kept. Each text of a search and each page of a list has its own. */
const MOST_ANSWERS = 50;
/** The last answer of each path. A view that opens again shows it at once and asks only for changes. */
const lastAnswers = new Map<string, { readonly text: string; readonly etag: string | null }>();

/** Forgets all answers, so that the next person to sign in sees none of them. */
export const forgetAnswers = (): void => lastAnswers.clear();

/** The requests of the last second that several parts of a page share, by their paths. */
const shared = new Map<string, { readonly at: number; readonly answer: Promise<Answer<unknown> | Unchanged> }>();

const share = async <T>(path: string, ask: () => Promise<Answer<T> | Unchanged>): Promise<Answer<T> | Unchanged> => {
  const found = shared.get(path);
  if (found === undefined || Date.now() - found.at > 1000) {
    const answer = ask();
    shared.set(path, { at: Date.now(), answer });
    return answer;
  }
  const answer = await found.answer;
  return answer.kind === "unchanged" ? answer : { ...answer, value: JSON.parse(answer.text) };
};

const lastAnswerOf = <T>({ path }: Resource<T>): T | undefined => {
  const found = lastAnswers.get(path);
  return found === undefined ? undefined : JSON.parse(found.text);
};

/** Whether a problem is none that the API decided: the site did not answer, failed, or has too many requests. */
const isFailure = ({ status }: Problem): boolean => status === 0 || status === 429 || status >= 500;

interface State<T> {
  readonly path: string;
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
}

/**
 * Reads a resource, and reads it again: within two seconds while somebody watches or something runs, later otherwise.
 * `dueOf` returns when what is shown may change by itself (ms); false: it does not. `calm`: how often a resource is read that need
 * not be lively. A hidden tab asks for nothing, and a tab that becomes visible reads at once. An unchanged answer has no
 * body.
 */
export const useLive = <T>(
  resource: Resource<T>,
  dueOf: (value: T) => number | false = () => false,
  calm?: number,
): Live<T> => {
  const { path, moves, light } = resource;
  const isShared = resource.shared === true;
  const isLight = light === true && calm === undefined;
  const begin = (): State<T> => ({ path, data: lastAnswerOf(resource), problem: undefined });
  const [state, setState] = useState<State<T>>(begin);
  const due = useRef(dueOf);
  due.current = dueOf;
  const again = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running: AbortController | undefined;
    let now = begin();
    let failures = 0;
    const show = (next: State<T>): void => {
      now = next;
      setState(next);
    };
    const plan = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") return;
      const next = now.data === undefined ? false : due.current(now.data);
      const watching = { now: Date.now(), usedAt: lastUse(), isLight, calm: calm ?? CALM, isLocal, failures };
      timer = setTimeout(() => void look(), lookAfter({ ...watching, due: next === false ? NEVER : next }));
    };
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      running?.abort();
      const mine = new AbortController();
      running = mine;
      try {
        // Send the ETag only if its answer is at hand, because a 304 brings no body.
        const etag = now.data === undefined || moves === true ? undefined : lastAnswers.get(path)?.etag;
        const answer = isShared
          ? await share(path, () => request<T>("GET", path, { etag }))
          : await request<T>("GET", path, { etag, signal: mine.signal });
        if (mine.signal.aborted) return;
        failures = 0;
        if (answer.kind === "answer") {
          keepNewest(lastAnswers, MOST_ANSWERS, path, { text: answer.text, etag: answer.etag });
          show({ path, data: answer.value, problem: undefined });
        } else {
          const last = lastAnswers.get(path);
          // Something else has changed: the answer is the same by a new name.
          if (last !== undefined)
            keepNewest(lastAnswers, MOST_ANSWERS, path, { ...last, etag: answer.etag ?? last.etag });
          if (now.problem !== undefined) show({ ...now, problem: undefined });
        }
      } catch (error) {
        if (mine.signal.aborted) return;
        const problem = problemFrom(error);
        // The app asks the person to sign in again. The view stays as it is, with what was typed, and then goes on.
        if (problem.status === 401) return;
        // Stop showing a resource that no longer exists. After other errors keep the last answer.
        const gone = problem.status === 404;
        failures = isFailure(problem) ? failures + 1 : 0;
        if (gone) lastAnswers.delete(path);
        show({ path, data: gone ? undefined : now.data, problem });
      }
      plan();
    };
    const seen = (): void => {
      if (document.visibilityState === "hidden") {
        clearTimeout(timer);
        return;
      }
      noteUse();
      void look();
    };
    const online = (): void => void look();

    again.current = look;
    setState(now);
    noteUse();
    void look();
    const endReturn = onReturn(online);
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", online);
    return () => {
      clearTimeout(timer);
      running?.abort();
      endReturn();
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", online);
    };
  }, [path, moves, isLight, isShared, calm]);

  const refresh = useCallback(() => {
    noteUse();
    return again.current();
  }, []);
  const { data, problem } = state.path === path ? state : begin();
  return { data, etag: lastAnswers.get(path)?.etag ?? null, problem, refresh };
};
