/** How often calls may begin. */
export interface Pace {
  readonly perSecond: number;
  /** So many may begin at once after a rest: races need calls that are really in flight together. */
  readonly burst: number;
}

/** What it has of time. */
export interface Watch {
  /** A clock that never jumps (ms). */
  elapsed(): number;
  sleep(ms: number): Promise<void>;
}

type Fetch = typeof globalThis.fetch;

/** A `fetch` whose calls wait for their turn, in the order in which they came. */
export const pacedFetch = (fetcher: Fetch, { perSecond, burst }: Pace, watch: Watch): Fetch => {
  const between = 1000 / perSecond;
  /** When the next call would begin if all came at this pace. */
  let next = Number.NEGATIVE_INFINITY;
  return async (input, init) => {
    const now = watch.elapsed();
    next = Math.max(next, now - burst * between) + between;
    if (next > now) await watch.sleep(next - now);
    return fetcher(input, init);
  };
};
