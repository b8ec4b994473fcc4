import { DAY } from "./durations.ts";

/** The UTC day of a moment, counted from 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY);

/** Days before the first of March of a year that begins in March, counted from the year 0 (Gregorian for ever). */
const daysBefore = (year: number): number =>
  365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);

/** Days from the year 0's first of March to 1970. */
const EPOCH = 719_468;

/** Of a year that begins in March: the days before each of its months follow one line. */
const daysInYearBefore = (month: number): number => Math.floor((153 * month + 2) / 5);

interface Civil {
  /** The year that begins in March. */
  readonly year: number;
  /** 0: March. */
  readonly month: number;
}

const civil = (day: number): Civil => {
  const days = day + EPOCH;
  // Never too high, and at most one too low: leap days make a year longer than the average at its end.
  let year = Math.floor(days / 365.2425);
  if (daysBefore(year + 1) <= days) year += 1;
  if (daysBefore(year) > days) year -= 1;
  const inYear = days - daysBefore(year);
  return { year, month: Math.floor((5 * inYear + 2) / 153) };
};

/** The UTC month of a moment, counted from January of the year 0. Without a clock or a calendar of the host. */
export const monthOf = (ms: number): number => {
  const { year, month } = civil(dayOf(ms));
  return year * 12 + month + 2;
};

/** When the UTC day after that of a moment begins (ms). */
export const nextDay = (ms: number): number => (dayOf(ms) + 1) * DAY;

/** When a UTC month (`monthOf`) begins (ms). */
export const monthStart = (month: number): number => {
  const year = Math.floor((month - 2) / 12);
  return (daysBefore(year) + daysInYearBefore(month - 2 - year * 12) - EPOCH) * DAY;
};

/** When the UTC month after that of a moment begins (ms). */
export const nextMonth = (ms: number): number => monthStart(monthOf(ms) + 1);
