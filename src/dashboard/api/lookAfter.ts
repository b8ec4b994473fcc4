const SECOND = 1000;

/** For so long after the last sign of a person a page counts as watched (ms). */
export const WATCHED = 5 * 60 * SECOND;
/** How long a page waits for its next look: while it is watched, at home, and while something runs (ms). */
const LIVELY = 1.5 * SECOND;
const AT_HOME = 0.7 * SECOND;
const BUSY = 2 * SECOND;
const BUSY_UNWATCHED = 5 * SECOND;
/** The shortest calm wait of a page that nobody watches, and the longest wait for a site that does not answer (ms). */
const CALM_UNWATCHED = 30 * SECOND;
const FAILING = 60 * SECOND;
/** The time that a change takes to be stored, after it was due (ms). */
const STORED = 0.5 * SECOND;

/** The time of the next change of what changes only if somebody changes it. */
export const NEVER = Number.POSITIVE_INFINITY;

/** What the time of the next look depends on. */
export interface Watching {
  readonly now: number;
  /** The last sign of a person (ms): the page was opened, focused or used. */
  readonly usedAt: number;
  /** When what is shown may change by itself (ms); in the past: it changes now. */
  readonly due: number;
  /** Whether the answer says cheaply that nothing has changed. Otherwise the page is lively only while something runs. */
  readonly isLight: boolean;
  /** How long the page waits while nothing happens (ms). */
  readonly calm: number;
  /** Whether the page comes from this machine, where a request costs nothing. */
  readonly isLocal: boolean;
  /** How many requests in a row the site has failed to answer. */
  readonly failures: number;
}

/** How long a page waits before it looks again (ms). The wait doubles while the site does not answer. */
export const lookAfter = ({ now, usedAt, due, isLight, calm, isLocal, failures }: Watching): number => {
  if (failures > 0) return Math.min(BUSY * 2 ** (failures - 1), FAILING);
  const isWatched = now - usedAt < WATCHED;
  if (isLight && isWatched) return isLocal ? AT_HOME : LIVELY;
  if (due <= now) return isWatched ? BUSY : BUSY_UNWATCHED;
  return Math.min(isWatched ? calm : Math.max(calm, CALM_UNWATCHED), Math.max(due - now + STORED, BUSY));
};
