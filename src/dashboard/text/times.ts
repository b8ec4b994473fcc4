const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const dayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const clockText = (ms: number): string => clock.format(ms);
export const clockSecondsText = (ms: number): string => clockSeconds.format(ms);
export const dayText = (ms: number): string => day.format(ms);
export const momentText = (ms: number): string => dayAndClock.format(ms);
export const exactText = (ms: number): string => exact.format(ms);

const dayAndClockSeconds = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** The clock with seconds, and the day unless it is today. */
export const clockOfDayText = (ms: number, now: number): string =>
  (new Date(ms).toDateString() === new Date(now).toDateString() ? clockSeconds : dayAndClockSeconds).format(ms);

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a duration with at most two units: 8 s, 3 min 20 s, 2 h. */
export const lengthText = (ms: number): string => {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1).replace(/\.0$/, "")} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  const two = (large: number, small: number, largeName: string, smallName: string): string => {
    const first = Math.floor(ms / large);
    const second = Math.floor((ms % large) / small);
    return second === 0 ? `${first} ${largeName}` : `${first} ${largeName} ${second} ${smallName}`;
  };
  if (ms < HOUR) return two(MINUTE, SECOND, "min", "s");
  if (ms < DAY) return two(HOUR, MINUTE, "h", "min");
  return two(DAY, HOUR, "d", "h");
};

const isSameYear = (one: number, other: number): boolean =>
  new Date(one).getFullYear() === new Date(other).getFullYear();

/**
 * Formats a time relative to now: just now, 4 min ago, in 20 s. Beyond six days gives the date, with the year if it
 * differs.
 */
export const relativeText = (ms: number, now: number): string => {
  const past = now - ms;
  if (Math.abs(past) < 5 * SECOND) return "just now";
  if (past > 6 * DAY || past < -6 * DAY) return isSameYear(ms, now) ? momentText(ms) : dayOfYear.format(ms);
  const size = Math.abs(past);
  const unit =
    size < MINUTE
      ? `${Math.floor(size / SECOND)} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} min`
        : size < DAY
          ? `${Math.floor(size / HOUR)} h`
          : `${Math.floor(size / DAY)} d`;
  return past > 0 ? `${unit} ago` : `in ${unit}`;
};
