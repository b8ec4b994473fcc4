import { SECOND } from "../../core/durations.ts";
import type { Clock } from "../deps.ts";

/**
 * Waits until an outgoing call may begin, or `signal` is aborted. The renewal that is under way decides which: it either
 * makes the lease sure again, or all calls end.
 */
export const untilSure = async (clock: Clock, mayCall: () => boolean, signal: AbortSignal): Promise<void> => {
  while (!mayCall() && !signal.aborted) await clock.sleep(SECOND, signal);
};
