const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How far the timeline looks back. `hours` is what the API is asked for. */
export const ranges = [
  { name: "10min", text: "10 minutes", ms: 10 * MINUTE, hours: 1 },
  { name: "", text: "Hour", ms: HOUR, hours: 1 },
  { name: "day", text: "Day", ms: 24 * HOUR, hours: 24 },
  { name: "week", text: "Week", ms: 168 * HOUR, hours: 168 },
] as const;
export type Range = (typeof ranges)[number];

/** The range of this name; the hour if there is none. */
export const rangeOf = (name: string): Range => ranges.find((range) => range.name === name) ?? ranges[1];
