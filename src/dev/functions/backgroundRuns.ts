import pLimit from "p-limit";
import { FunctionError } from "./functionError.ts";
import type { FunctionRequest, MatchedFunction } from "./functions.ts";

export interface BackgroundRuns {
  /** Starts a run and returns at once. */
  start(matched: MatchedFunction, request: FunctionRequest): void;
  /** Drops waiting retries. */
  close(): void;
}

const CONCURRENT = 32;
const RETRY_AFTER_MS = [60_000, 120_000];

/**
 * Runs background functions as the platform does. The caller already has its 202, and the function's answer is dropped.
 * A run that fails (an unhandled exception, a crash, a timeout) is repeated after one and then two minutes.
 */
export function createBackgroundRuns(
  report: (line: string) => void,
  retryAfterMs: readonly number[] = RETRY_AFTER_MS,
): BackgroundRuns {
  const limit = pLimit(CONCURRENT);
  const waiting = new Set<NodeJS.Timeout>();

  const attempt = async (matched: MatchedFunction, request: FunctionRequest, retries: number): Promise<void> => {
    try {
      await limit(() => matched.invoke(request).ended);
    } catch (error) {
      if (error instanceof FunctionError && error.reason === "closed") return;
      const delay = retryAfterMs[retries];
      const then = delay === undefined ? "no retry" : `retry in ${delay / 1000} s`;
      report(`The background function ${matched.name} failed, ${then}: ${String(error)}`);
      if (delay === undefined) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        void attempt(matched, request, retries + 1);
      }, delay);
      waiting.add(timer);
    }
  };

  return {
    start: (matched, request) => void attempt(matched, request, 0),
    close: () => {
      limit.clearQueue();
      for (const timer of waiting) clearTimeout(timer);
    },
  };
}
