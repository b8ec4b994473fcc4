const monthAndYear = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const dayOfMonth = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });

/** Names a UTC month such as `2026-11`: November 2026. */
export const monthText = (month: string): string => monthAndYear.format(Date.parse(`${month}-01T00:00:00Z`));

/** Names a day of a UTC month, counted from 1: Nov 3. */
export const dayText = (month: string, day: number): string =>
  dayOfMonth.format(Date.parse(`${month}-${String(day).padStart(2, "0")}T00:00:00Z`));

/** The number of days of a UTC month. */
export const daysOf = (month: string): number => {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year ?? 0, number ?? 1, 0)).getUTCDate();
};

/** The newest months that the system counts, as `2026-11`, newest first. */
export const newestMonths = (now: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, back) => {
    const at = new Date(now);
    return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
  });
