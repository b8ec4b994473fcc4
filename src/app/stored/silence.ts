import { MINUTE } from "../../core/durations.ts";

/** A tick may be late; this much later than the one before it, nobody was there (ms). */
const SILENT = 45 * MINUTE;
/** Who ticks more seldom is silent after this many of their usual intervals. */
const INTERVALS = 3;

/** What a tick leaves for the next one about the time between them. */
export interface Rhythm {
  /** The last tick (ms). */
  readonly at?: number | undefined;
  /** The usual time between two ticks (ms). */
  readonly gap?: number | undefined;
  /** The last tick before a silence after which not every layer has been asked to catch up (ms). */
  readonly silentSince?: number | undefined;
}

/** The rhythm as a tick at `now` finds it: a silence that has just ended, or one that is not made good yet. */
export const rhythmAt = ({ at, gap, silentSince }: Rhythm, now: number): Omit<Rhythm, "at"> => {
  if (at === undefined) return {};
  const since = Math.max(now - at, 0);
  if (since <= Math.max(SILENT, INTERVALS * (gap ?? 0))) return { gap: since, silentSince };
  // Who has just chosen a longer interval is taken for silent a few times, and then no more.
  return { gap: gap === undefined ? since : Math.min(since, 2 * gap), silentSince: at };
};
