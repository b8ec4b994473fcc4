import { DAY } from "../durations.ts";

/** The UTC day of a moment, counted from 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY);

/** Days before March 1 of a year that begins in March, counted from the year 0 (proleptic Gregorian calendar). */
const daysBefore = (year: number): number =>
  365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);

/** Days from March 1 of the year 0 to 1970. */
const EPOCH = 719_468;

/** The days before each month lie on one line if the year begins in March. */
const daysInYearBefore = (month: number): number => Math.floor((153 * month + 2) / 5);

interface Civil {
  /** The year that begins in March. */
  readonly year: number;
  /** 0: March. */
  readonly month: number;
}

const civil = (day: number): Civil => {
  const days = day + EPOCH;
  // The estimate is never too high, and at most one too low: a leap day makes its year longer than the average.
  const estimate = Math.floor(days / 365.2425);
  const year = daysBefore(estimate + 1) <= days ? estimate + 1 : estimate;
  const inYear = days - daysBefore(year);
  return { year, month: Math.floor((5 * inYear + 2) / 153) };
};

/** The UTC month of a moment, counted from January of the year 0. Needs no clock or calendar of the host. */
export const monthOf = (ms: number): number => {
  const { year, month } = civil(dayOf(ms));
  return year * 12 + month + 2;
};

/** The UTC day of a moment in ISO 8601 (`2026-11-29`). Names of days in years of four digits sort by time. */
export const dayName = (ms: number): string => {
  const day = dayOf(ms);
  const { year, month } = civil(day);
  const inMonth = day + EPOCH - daysBefore(year) - daysInYearBefore(month) + 1;
  // January and February end the year that began in March.
  const name = { year: month < 10 ? year : year + 1, month: ((month + 2) % 12) + 1 };
  const digits = (number: number, length: number): string => String(number).padStart(length, "0");
  return `${digits(name.year, 4)}-${digits(name.month, 2)}-${digits(inMonth, 2)}`;
};

/** When the UTC day of this name begins (ms); null if there is no such day. */
export const dayStart = (name: string): number | null => {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(name) ?? [];
  if (year === undefined) return null;
  const start = monthStart(Number(year) * 12 + Number(month) - 1) + (Number(day) - 1) * DAY;
  return dayName(start) === name ? start : null;
};

/** When the next UTC day after a moment begins (ms). */
export const nextDay = (ms: number): number => (dayOf(ms) + 1) * DAY;

/** When a UTC month (`monthOf`) begins (ms). */
export const monthStart = (month: number): number => {
  const year = Math.floor((month - 2) / 12);
  return (daysBefore(year) + daysInYearBefore(month - 2 - year * 12) - EPOCH) * DAY;
};

/** When the next UTC month after a moment begins (ms). */
export const nextMonth = (ms: number): number => monthStart(monthOf(ms) + 1);
