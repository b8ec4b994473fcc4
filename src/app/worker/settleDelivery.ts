import { SECOND, TRIGGER_WINDOW } from "../../core/durations.ts";
import type { HttpSource } from "../../core/layer/source.ts";
import type { Part } from "../../core/slot/slot.ts";
import type { Clock } from "../deps.ts";
import { pauseFor } from "./pauseFor.ts";

/**
 * How long a call waits before it leaves (ms): a CMS may announce what it does not serve yet. Deliveries that were
 * answered from the read alone arrived up to a second after the last one that was written. A retry, a job that runs already and what
 * no delivery asked for do not wait.
 */
export const settleTime = ({ settleSeconds = 0 }: HttpSource, part: Part, now: number): number => {
  const { deliveredAt } = part.ask;
  if (settleSeconds === 0 || deliveredAt === undefined || part.riding || part.location !== undefined) return 0;
  const whole = settleSeconds * SECOND + TRIGGER_WINDOW;
  // By the clock of whoever wrote the delivery: one that is an hour ahead must not put the call off for an hour.
  return Math.min(Math.max(deliveredAt + whole - now, 0), whole);
};

/** Waits until the newest delivery that a call stands for has settled, or `signal` is aborted. */
export const settleDelivery = (clock: Clock, source: HttpSource, part: Part, signal: AbortSignal): Promise<void> =>
  pauseFor(clock, settleTime(source, part, clock.now()), signal);
