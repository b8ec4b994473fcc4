import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { liveAt, runQueue } from "./buildQueue.ts";
import { editorsMonth } from "./editorsMonth.ts";
import { liveMonth } from "./liveMonth.ts";
import { billOf, checksBill, RATES } from "./rates.ts";

describe("the model of Netlify's own queue", () => {
  test("builds the first and the last of what is asked for, and skips what comes between", () => {
    const ran = runQueue(
      [0, 10, 20, 30].map((s) => s * SECOND),
      MINUTE,
    );
    expect(ran).toEqual([
      { began: 0, ended: MINUTE },
      { began: MINUTE, ended: 2 * MINUTE },
    ]);
    expect(liveAt(ran, 0)).toBe(MINUTE);
    expect(liveAt(ran, 10 * SECOND)).toBe(2 * MINUTE);
    expect(liveAt(ran, 3 * MINUTE)).toBe(Number.POSITIVE_INFINITY);
  });

  test("begins at once when nothing runs", () => {
    expect(runQueue([0, 2 * MINUTE], MINUTE).map(({ began }) => began)).toEqual([0, 2 * MINUTE]);
  });
});

describe("an editor's month", () => {
  test("has just the clicks and sittings that it is asked for, in order", () => {
    const sittings = editorsMonth(40, 12);
    expect([sittings.length, sittings.flat().length]).toEqual([12, 40]);
    expect(sittings.flat()).toEqual(sittings.flat().sort((a, b) => a - b));
  });

  test("of forty clicks costs a saving site one build a sitting; a bare hook builds twice as often", async () => {
    const sittings = editorsMonth(40, 12);
    const { hooks } = await liveMonth(sittings, { preset: "saver" }, { tickEvery: 15 * MINUTE });
    expect(runQueue(hooks, 3 * MINUTE)).toHaveLength(12);
    expect(runQueue(sittings.flat(), 3 * MINUTE).length).toBeGreaterThanOrEqual(24);
    // Nothing is left out: what was last clicked in each sitting is live in the end.
    for (const clicks of sittings)
      expect(liveAt(runQueue(hooks, 3 * MINUTE), clicks.at(-1) ?? 0)).toBeLessThan(Infinity);
  });

  test("without a click costs less than ten credits, and a tick four calls to the store", async () => {
    const days = 2;
    const { counted, tickCalls } = await liveMonth([], {}, { tickEvery: 5 * MINUTE, length: days * DAY });
    expect((billOf({ ...counted, builds: 0 }).whole * 30) / days).toBeLessThan(10);
    // Every hour each document is looked at once; all other ticks read the hint, list twice and write the hint.
    const looks = 2 * 24 * days;
    const begin = 20;
    expect(tickCalls).toBeLessThanOrEqual(4 * counted.ticks + looks + begin);
  });
});

describe("the rates", () => {
  test("are those that docs/cost.md gives", () => {
    const told = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    expect(told).toContain(`| a production build | ${RATES.build} |`);
    expect(told).toContain(`| a GB-hour of functions | ${RATES.gigabyteHour} |`);
    expect(told).toContain(`| 10,000 requests | ${RATES.requests * 10_000} |`);
  });

  test("make the bill of a month of checks that docs/cost.md gives", () => {
    const told = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    for (const [every, hours] of [
      ["15 minutes", 0.25],
      ["hour", 1],
      ["6 hours", 6],
      ["24 hours", 24],
    ] as const) {
      expect(told).toContain(`| a check every ${every}, for a month | ${checksBill((30 * 24) / hours).toFixed(1)} |`);
    }
  });

  test("make a bill of what was counted", () => {
    const counted = { deliveries: 0, ticks: 0, workers: 0, waited: HOUR, builds: 2 };
    expect(billOf(counted)).toEqual({ running: 10, builds: 30, whole: 40 });
    expect(billOf({ ...counted, waited: 0, deliveries: 10_000 }).running).toBeCloseTo(2 + (0.15 * 10_000 * 10) / 3600);
  });
});
