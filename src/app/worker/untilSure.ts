import { SECOND } from "../../core/durations.ts";
import type { Clock } from "../deps.ts";

/**
 * Waits until an outgoing call may begin, or `signal` is aborted. The current renewal decides: it either confirms the
 * lease or ends all calls.
 */
export const untilSure = async (clock: Clock, mayCall: () => boolean, signal: AbortSignal): Promise<void> => {
  while (!mayCall() && !signal.aborted) await clock.sleep(SECOND, signal);
};
