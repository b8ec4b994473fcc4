/** The upper bounds of the classes of a histogram of times from a publish to live (s); the last class has no bound. */
export const LIVE_BOUNDS = [15, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1800, 3600, 7200] as const;

/** A time as a histogram with one count (s). */
export const liveTime = (seconds: number): number[] => {
  const found = LIVE_BOUNDS.findIndex((bound) => seconds <= bound);
  const at = found < 0 ? LIVE_BOUNDS.length : found;
  return Array.from({ length: at + 1 }, (_, index) => (index === at ? 1 : 0));
};

/**
 * The time that a share of the publishes took at most (s): the upper bound of their class. Null: there were none, or they
 * are in the class without a bound.
 */
export const timeOfShare = (times: readonly number[], share: number): number | null => {
  const all = times.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [at, count] of times.entries()) {
    seen += count;
    if (all > 0 && seen >= all * share) return LIVE_BOUNDS[at] ?? null;
  }
  return null;
};
