interface Start {
  readonly startedAt: string | null;
}

/** The part of an activity that a summary needs. */
export interface Counted {
  readonly arrived: readonly { readonly at: string }[];
  readonly syncs: readonly Start[];
  readonly sites: readonly { readonly builds: readonly Start[] }[];
}

export interface Summary {
  readonly deliveries: number;
  readonly syncs: number;
  readonly builds: number;
}

/**
 * Counts deliveries, syncs and builds since a time (ms). A sync or build that has not started costs nothing and does
 * not count.
 */
export const summarize = ({ arrived, syncs, sites }: Counted, since: number): Summary => {
  const countStarted = (items: readonly Start[]): number =>
    items.filter(({ startedAt }) => startedAt !== null && Date.parse(startedAt) >= since).length;
  const deliveries = arrived.filter(({ at }) => Date.parse(at) >= since).length;
  const syncCount = countStarted(syncs);
  const builds = sites.reduce((sum, site) => sum + countStarted(site.builds), 0);
  return { deliveries, syncs: syncCount, builds };
};
