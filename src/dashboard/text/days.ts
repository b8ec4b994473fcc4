/** Returns the start of a day in the reader's time zone, as a UTC time. Empty for no day. */
export const dayStart = (day: string): string => (day === "" ? "" : new Date(`${day}T00:00:00`).toISOString());

/** Returns the end of a day in the reader's time zone, as a UTC time. Empty for no day. */
export const dayEnd = (day: string): string => {
  if (day === "") return "";
  const next = new Date(`${day}T00:00:00`);
  next.setDate(next.getDate() + 1);
  return next.toISOString();
};
