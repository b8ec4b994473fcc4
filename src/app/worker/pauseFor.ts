import { SECOND } from "../../core/durations.ts";
import type { Clock } from "../deps.ts";

/**
 * Pauses by the clock that never jumps, in slices, so that a process that was frozen meanwhile sees that the time is
 * over. Returns early when `signal` is aborted. (`ms` may be negative.)
 */
export const pauseFor = async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  const until = clock.elapsed() + ms;
  for (let left = ms; left > 0 && !signal.aborted; left = until - clock.elapsed()) {
    await clock.sleep(Math.min(left, SECOND), signal);
  }
};
