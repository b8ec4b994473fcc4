import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayName, dayOf, dayStart, monthOf, nextDay, nextMonth } from "../../../src/core/usage/calendar.ts";

const moments = fc.integer({ min: 0, max: Date.UTC(2500, 0, 1) });

describe("days and months", () => {
  test("days and months are those of the calendar, in UTC", () => {
    fc.assert(
      fc.property(moments, (ms) => {
        const at = new Date(ms);
        const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
        expect(monthOf(ms)).toBe(year * 12 + month);
        expect(dayOf(ms)).toBe(Date.UTC(year, month, day) / 86_400_000);
        expect(dayName(ms)).toBe(at.toISOString().slice(0, 10));
        expect(dayStart(dayName(ms))).toBe(Date.UTC(year, month, day));
        expect(nextDay(ms)).toBe(Date.UTC(year, month, day + 1));
        expect(nextMonth(ms)).toBe(Date.UTC(year, month + 1, 1));
      }),
      { numRuns: 2000 },
    );
  });

  test("days and months change at midnight, in leap years and others", () => {
    for (const year of [1972, 1999, 2000, 2023, 2024, 2100, 2400]) {
      for (let month = 0; month < 12; month += 1) {
        const first = Date.UTC(year, month, 1);
        expect(monthOf(first)).toBe(year * 12 + month);
        expect(monthOf(first - 1)).toBe(year * 12 + month - 1);
        expect(nextMonth(first - 1)).toBe(first);
        expect(nextDay(first - 1)).toBe(first);
      }
    }
  });

  test("days and months change at the leap day and at the first of March of each year from 0 to 9999", () => {
    const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    const wrong = Array.from({ length: 10_000 }, (_, year) => year).filter((year) => {
      // Before the year 100, `Date.UTC` means a year of the 20th century.
      const march = new Date(0).setUTCFullYear(year, 2, 1);
      const isMonth = monthOf(march - 1) === year * 12 + 1 && monthOf(march) === year * 12 + 2;
      return !isMonth || dayName(march - 1) !== isoDay(march - 1) || dayName(march) !== isoDay(march);
    });
    expect(wrong).toEqual([]);
  });

  test("days and months with names that no calendar has are refused", () => {
    for (const name of ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "layer-one", "", "2026-01-32"]) {
      expect(dayStart(name)).toBeNull();
    }
  });
});
