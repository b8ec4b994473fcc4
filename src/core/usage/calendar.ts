import { DAY } from "../durations.ts";

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

/** The UTC day of a moment, as ISO 8601 writes it (`2026-11-29`). Of a year of four digits names sort as their days do. */
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

/** When the UTC day after that of a moment begins (ms). */
export const nextDay = (ms: number): number => (dayOf(ms) + 1) * DAY;

/** When a UTC month (`monthOf`) begins (ms). */
export const monthStart = (month: number): number => {
  const year = Math.floor((month - 2) / 12);
  return (daysBefore(year) + daysInYearBefore(month - 2 - year * 12) - EPOCH) * DAY;
};

/** When the UTC month after that of a moment begins (ms). */
export const nextMonth = (ms: number): number => monthStart(monthOf(ms) + 1);
