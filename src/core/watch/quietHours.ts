import { HOUR } from "../durations.ts";

/** Quiet hours: the hour in which they begin and the one in which they end, in UTC (`22-7`). */
export const QUIET_HOURS = /^([01]?\d|2[0-3])-([01]?\d|2[0-3])$/;

/** What is known of a layer's quiet hours. */
interface Quiet {
  readonly quietHours?: string | null | undefined;
}

/** When a message may be sent that is owed at `now`: at once, or when the layer's quiet hours are over (ms). */
export const toldAt = ({ quietHours }: Quiet, now: number): number => {
  const [, begin, end] = QUIET_HOURS.exec(quietHours ?? "") ?? [];
  if (begin === undefined || end === undefined) return now;
  const [from, until] = [Number(begin), Number(end)];
  const hour = Math.floor(now / HOUR) % 24;
  const isQuiet = from < until ? from <= hour && hour < until : hour >= from || hour < until;
  return isQuiet ? (Math.floor(now / HOUR) + ((until - hour + 24) % 24)) * HOUR : now;
};
