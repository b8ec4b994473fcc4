import { SECOND, TRIGGER_WINDOW } from "../../core/durations.ts";
import type { HttpSource } from "../../core/layer/source.ts";
import type { Part } from "../../core/slot/slot.ts";
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

/**
 * Waits until an outgoing call may begin, or `signal` is aborted. The current renewal decides: it either confirms the
 * lease or ends all calls.
 */
export const untilSure = async (clock: Clock, mayCall: () => boolean, signal: AbortSignal): Promise<void> => {
  while (!mayCall() && !signal.aborted) await clock.sleep(SECOND, signal);
};

/**
 * How long a call waits before it leaves (ms), because a CMS may announce what it does not serve yet. Deliveries that
 * were answered from the read alone arrived up to a second after the last written one. Retries, running jobs, and calls
 * that no delivery requested do not wait.
 */
export const settleTime = ({ settleSeconds = 0 }: HttpSource, part: Part, now: number): number => {
  const { deliveredAt } = part.ask;
  if (settleSeconds === 0 || deliveredAt === undefined || part.riding || part.location !== undefined) return 0;
  const whole = settleSeconds * SECOND + TRIGGER_WINDOW;
  // By the clock that wrote the delivery, so that a clock an hour ahead does not delay the call for an hour.
  return Math.min(Math.max(deliveredAt + whole - now, 0), whole);
};

/** Waits until `settleSeconds` have passed since the newest delivery behind a call, or `signal` is aborted. */
export const settleDelivery = (clock: Clock, source: HttpSource, part: Part, signal: AbortSignal): Promise<void> =>
  pauseFor(clock, settleTime(source, part, clock.now()), signal);
