const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How far the timeline looks back. `hours` is what the API is asked for. */
export const ranges = [
  { name: "10min", text: "10 minutes", ms: 10 * MINUTE, hours: 1 },
  { name: "hour", text: "Hour", ms: HOUR, hours: 1 },
  { name: "day", text: "Day", ms: 24 * HOUR, hours: 24 },
  { name: "week", text: "Week", ms: 168 * HOUR, hours: 168 },
] as const;
export type Range = (typeof ranges)[number];

/** The range of this name; undefined: the viewer has chosen none. */
export const rangeOf = (name: string): Range | undefined => ranges.find((range) => range.name === name);

interface Queued {
  readonly queuedAt: string;
}

/** When the events of an activity began. */
interface Begun {
  readonly arrived: readonly { readonly at: string }[];
  readonly syncs: readonly Queued[];
  readonly sites: readonly { readonly builds: readonly Queued[] }[];
}

/** The range before a viewer chooses: the hour, or ten minutes if nothing in the hour is older than that. */
export const firstRange = ({ arrived, syncs, sites }: Begun, now: number): Range => {
  const times = [
    ...arrived.map(({ at }) => at),
    ...[...syncs, ...sites.flatMap(({ builds }) => builds)].map(({ queuedAt }) => queuedAt),
  ]
    .map(Date.parse)
    .filter((at) => at >= now - HOUR);
  const [short, hour] = ranges;
  return times.length > 0 && Math.min(...times) >= now - short.ms ? short : hour;
};
