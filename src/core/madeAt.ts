/** When a time-ordered id was created (ms), read from the id; null if the id holds no time. */
export const madeAt = (id: string): number | null => {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(id) ?? [];
  return high === undefined || low === undefined ? null : Number.parseInt(`${high}${low}`, 16);
};

/** The lowest time-ordered id that can be created at a time (ms) or later. */
export const lowestIdAt = (ms: number): string => {
  const hex = Math.max(ms, 0).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};
