/** Returns the start of the day `later` days after `day` in the reader's time zone, as a UTC time. Empty for no date. */
const startOf = (day: string, later: number): string => {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + later);
  // A browser lets a person type a year of six digits, and the API reads four.
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? "" : date.toISOString();
};

/** Returns the start of a day in the reader's time zone, as a UTC time. Empty for no day, and for what is no date. */
export const dayStart = (day: string): string => startOf(day, 0);

/** Returns the end of a day in the reader's time zone, as a UTC time. Empty for no day, and for what is no date. */
export const dayEnd = (day: string): string => startOf(day, 1);
