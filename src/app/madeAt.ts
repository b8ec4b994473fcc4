/** When a time-ordered id was made (ms), as it says itself; null if it does not. */
export const madeAt = (id: string): number | null => {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(id) ?? [];
  return high === undefined || low === undefined ? null : Number.parseInt(`${high}${low}`, 16);
};
