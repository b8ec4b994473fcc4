import type { FunctionFailed } from "../runtime/invocation.ts";

/** When Lambda runs a background call again that failed: after a minute, and once more two minutes after that failed (ms). */
const RUN_AGAIN_AFTER = [60_000, 120_000];

/** Background calls as Lambda's queue runs them. */
export interface BackgroundCalls {
  /** Runs a call, and runs it again if it fails: a thrown error, a killed process, no time left. Resolves after its last run. */
  run(call: () => Promise<FunctionFailed | null>): Promise<void>;
  /** Runs the calls that wait to be run again now. Returns how long each would have waited (ms). */
  runAgainNow(): number[];
}

export const createBackgroundCalls = (): BackgroundCalls => {
  const waiting = new Map<() => void, number>();
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms).unref();
      waiting.set(end, ms);
    });
  return {
    async run(call) {
      for (const ms of [...RUN_AGAIN_AFTER, null]) {
        if ((await call()) === null || ms === null) return;
        await wait(ms);
      }
    },
    runAgainNow() {
      const waits = [...waiting.values()];
      for (const end of [...waiting.keys()]) end();
      return waits;
    },
  };
};
