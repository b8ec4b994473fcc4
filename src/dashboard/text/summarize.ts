interface Begun {
  readonly startedAt: string | null;
}

/** Of an activity, what counts here. */
export interface Lived {
  readonly arrived: readonly { readonly at: string }[];
  readonly syncs: readonly Begun[];
  readonly sites: readonly { readonly builds: readonly Begun[] }[];
}

export interface Summary {
  readonly deliveries: number;
  readonly syncs: number;
  readonly builds: number;
  /** About so many credits fewer than if every sync had built every site. */
  readonly saved: number;
}

const BUILD_CREDITS = 15;

/** What came and what it became, since a time (ms). What only waits has cost nothing yet. */
export const summarize = ({ arrived, syncs, sites }: Lived, since: number): Summary => {
  const begun = (items: readonly Begun[]): number =>
    items.filter(({ startedAt }) => startedAt !== null && Date.parse(startedAt) >= since).length;
  const deliveries = arrived.filter(({ at }) => Date.parse(at) >= since).length;
  const syncCount = begun(syncs);
  const builds = sites.reduce((sum, site) => sum + begun(site.builds), 0);
  // The sites' builds are shared with other layers, which can make them more than this layer asked for.
  const saved = Math.max(0, syncCount * sites.length - builds) * BUILD_CREDITS;
  return { deliveries, syncs: syncCount, builds, saved };
};
