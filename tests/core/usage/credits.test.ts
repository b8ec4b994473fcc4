import { describe, expect, test } from "vitest";
import { DAY, HOUR, SECOND } from "../../../src/core/durations.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import {
  affordableBuilds,
  billOf,
  estimateOf,
  forecastOf,
  PLANS,
  RATES,
  RUNS,
} from "../../../src/core/usage/credits.ts";

const nothing = { deliveries: 0, ticks: 0, workers: 0, waitedMs: 0, builds: 0 };

describe("what a month costs", () => {
  test("a month costs 15 credits a build, or what a build costs on another plan", () => {
    expect(billOf({ ...nothing, builds: 4 })).toEqual({ running: 0, builds: 60, total: 60 });
    expect(billOf({ ...nothing, builds: 4 }, 5)).toEqual({ running: 0, builds: 20, total: 20 });
  });

  test("a month costs ten credits for an hour that a worker waits", () => {
    expect(billOf({ ...nothing, waitedMs: 3 * HOUR }).running).toBeCloseTo(30);
  });

  test.each([
    ["deliveries", RUNS.delivery],
    ["ticks", RUNS.tick],
    ["workers", RUNS.worker],
  ] as const)("a month of %s costs the time each runs, and a request each", (what, runs) => {
    const ten = billOf({ ...nothing, [what]: 10_000 }).running;
    expect(ten).toBeCloseTo((10_000 * runs * RATES.gigabyteHour) / HOUR + 2);
    expect(ten).toBeGreaterThan(2);
  });

  test("a month costs the sum of all of it", () => {
    const {
      running,
      builds,
      total: whole,
    } = billOf({
      deliveries: 3600,
      ticks: 3600,
      workers: 3600,
      waitedMs: HOUR,
      builds: 2,
    });
    // 0.15 s, 0.3 s and 1 s, an hour of each 3600 times, and an hour waited.
    expect(running).toBeCloseTo(14.5 + 10 + 3 * 0.72);
    expect([builds, whole]).toEqual([30, running + 30]);
  });

  test("a month's cost is estimated from counts, each start as a worker of its own", () => {
    const counts = { asked: 9, deliveries: 5, ticks: 4, started: 3, worked: 7 * SECOND, builds: 2, coalesced: 1 };
    expect(estimateOf(counts)).toEqual(
      billOf({ deliveries: 5, ticks: 4, workers: 3, waitedMs: 7 * SECOND, builds: 2 }),
    );
    expect(estimateOf({}).total).toBe(0);
  });
});

describe("what a plan pays", () => {
  test("a Free plan pays 18 builds beside its visitors, and fewer the more our own functions take", () => {
    expect(affordableBuilds(PLANS.free, 0)).toBe(18);
    expect(affordableBuilds(PLANS.free, 9)).toBe(17);
    expect(affordableBuilds(PLANS.free, 400)).toBe(0);
  });

  test("a forecast counts whole days, one at least, and says when the plan is used up", () => {
    const begin = Date.UTC(2026, 10, 1);
    const month = monthOf(begin);
    expect(forecastOf(100, begin + 10 * DAY, month, 300)).toEqual({ credits: 300, goneAt: null });
    expect(forecastOf(10, begin + HOUR, month, 300)).toEqual({ credits: 300, goneAt: null });
    expect(forecastOf(120, begin + 10 * DAY, month, 300)).toEqual({ credits: 360, goneAt: begin + 25 * DAY });
    expect(forecastOf(620, begin + 10 * DAY, month, 300).goneAt).toBe(begin + 5 * DAY);
    expect(monthStart(month)).toBe(begin);
  });

  test("a plan was used up on the day on which its last credits were spent, and a day without builds is not named for them", () => {
    const begin = Date.UTC(2026, 10, 1);
    const [first, last] = [begin, begin + 29 * DAY + 18 * HOUR];
    const goneAt = (spent: number, byDay: number[], now = last) =>
      forecastOf(spent, now, monthOf(begin), 300, byDay).goneAt;
    const onDay = (day: number, builds: number) => [...Array.from({ length: day }, () => 0), builds];
    expect(goneAt(301, onDay(29, 20))).toBe(begin + 29 * DAY);
    expect(goneAt(525, onDay(29, 35))).toBe(begin + 29 * DAY);
    expect(goneAt(525, onDay(3, 35))).toBe(begin + 3 * DAY);
    expect(goneAt(300, onDay(0, 20), first)).toBe(begin);
    // 150 credits by builds and 300 of no known day, ten a day.
    expect(goneAt(450, onDay(9, 10))).toBe(begin + 14 * DAY);
  });

  test("a plan with credits left is used up no earlier than today, and one without was used up before", () => {
    const begin = Date.UTC(2026, 10, 1);
    const now = begin + 10 * DAY + 23 * HOUR;
    const goneAt = (spent: number) => forecastOf(spent, now, monthOf(begin), 300).goneAt;
    expect(goneAt(299)).toBeCloseTo(begin + 10 * DAY + (20 * DAY) / (897 - 299), -1);
    expect(goneAt(299)).toBe(forecastOf(299, begin + 10 * DAY, monthOf(begin), 300).goneAt);
    expect(goneAt(300)).toBe(begin + 10 * DAY);
    expect(goneAt(600)).toBe(begin + 5 * DAY);
  });
});
