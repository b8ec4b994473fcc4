import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { presetNames } from "../../src/core/slot/pace.ts";
import { billOf, estimateOf, RATES, RUNS } from "../../src/core/usage/credits.ts";
import { liveAt, runQueue } from "./buildQueue.ts";
import { checksBill } from "./checksBill.ts";
import { editorsMonth } from "./editorsMonth.ts";
import { liveMonth, MONTH } from "./liveMonth.ts";

describe("the model of Netlify's own queue", () => {
  test("Netlify's queue builds the first and the last request, and skips those in between", () => {
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

  test("Netlify's queue begins at once when nothing runs", () => {
    expect(runQueue([0, 2 * MINUTE], MINUTE).map(({ began }) => began)).toEqual([0, 2 * MINUTE]);
  });
});

describe("an editor's month", () => {
  test("a month of an editor has just the clicks and sittings that it is asked for, in order", () => {
    const sittings = editorsMonth(40, 12);
    expect([sittings.length, sittings.flat().length]).toEqual([12, 40]);
    expect(editorsMonth(2, 5).map((clicks) => clicks.length)).toEqual([1, 1]);
    expect(sittings.flat()).toEqual(sittings.flat().sort((a, b) => a - b));
  });

  test("forty clicks cost a site one build a sitting where nobody chose a pacing; a bare hook builds twice as often", async () => {
    const sittings = editorsMonth(40, 12);
    const { hooks } = await liveMonth(sittings, {}, { tickEvery: 15 * MINUTE });
    expect([12, 13]).toContain(runQueue(hooks, 3 * MINUTE).length);
    expect(runQueue(sittings.flat(), 3 * MINUTE).length).toBeGreaterThanOrEqual(24);
    // Nothing is left out: what was last clicked in each sitting is live in the end.
    for (const clicks of sittings)
      expect(liveAt(runQueue(hooks, 3 * MINUTE), clicks.at(-1) ?? 0)).toBeLessThan(Infinity);
  });

  test("a site with deploy notifications builds by turns: what comes meanwhile is one build more", async () => {
    const sittings = editorsMonth(40, 12);
    const takes = 3 * MINUTE;
    const { hooks } = await liveMonth(sittings, { preset: "balanced" }, { tickEvery: 15 * MINUTE, told: takes });
    for (const [index, at] of hooks.entries()) {
      if (index > 0) expect(at - (hooks[index - 1] ?? 0)).toBeGreaterThanOrEqual(takes);
    }
    expect(hooks.length).toBeLessThanOrEqual(24);
    for (const clicks of sittings) expect(liveAt(runQueue(hooks, takes), clicks.at(-1) ?? 0)).toBeLessThan(Infinity);
  });

  test("a month without a click costs less than ten credits, and a tick four calls to the store", async () => {
    const days = 2;
    const { counted, tickCalls } = await liveMonth([], {}, { tickEvery: 5 * MINUTE, length: days * DAY });
    expect((billOf({ ...counted, builds: 0 }).total * 30) / days).toBeLessThan(10);
    // Every hour the settings are read and old summaries are looked for, and each document is read every day; all other
    // ticks read the hint, list twice, write it.
    const looks = (24 + 24 + 2) * days;
    // Once a day the few logs are cut.
    const cuts = 25 * days;
    const begin = 20;
    expect(tickCalls).toBeLessThanOrEqual(4 * counted.ticks + looks + cuts + begin);
  });
});

describe("an idle system", () => {
  /** The credits of a month of ticks, each of which takes as long as is counted, or `lasts` (ms). */
  const ticking = (every: number, lasts: number = RUNS.tick): number => {
    const ticks = MONTH / every;
    const waited = ticks * (lasts - RUNS.tick);
    return billOf({ deliveries: 0, ticks, workers: 0, waitedMs: waited, builds: 0 }).total;
  };
  const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

  test("an idle system ticks every five minutes as deployed, and the intervals to choose from cost what their texts say", () => {
    const toml = read("netlify.toml");
    expect(parse(toml)).toMatchObject({ functions: { drain: { schedule: "*/5 * * * *" } } });
    const costs = [MINUTE, 5 * MINUTE, 15 * MINUTE].map((every) => Math.round(ticking(every)));
    expect([...toml.matchAll(/about (\d+)/g)].map(([, credits]) => Number(credits))).toEqual(costs);
    const [first, second, third] = costs;
    const told = read("docs/cost.md");
    expect(told).toContain(`| a tick every minute, for a month | ${first} |`);
    expect(told).toContain(`| every five minutes (the default) | ${second} |`);
    expect(told).toContain(`| every fifteen minutes | ${third} |`);
    const slow = Math.round(ticking(5 * MINUTE, 0.5 * SECOND));
    expect(told).toContain(`| every five minutes, if each takes half a second | ${slow} |`);
  });

  test("an idle system reads no document that it has seen, however many there are, except once a day", async () => {
    const [hours, layers] = [6, 20];
    // What their making owes is settled at the first ticks, which are in both.
    const short = await liveMonth([], {}, { length: hours * HOUR, layers });
    const long = await liveMonth([], {}, { length: 2 * hours * HOUR, layers });
    const ticks = long.counted.ticks - short.counted.ticks;
    // The settings once an hour; the layers and their site once a day, each at an hour of its own.
    const looks = long.tickCalls - short.tickCalls - 4 * ticks - hours;
    expect(looks).toBeGreaterThanOrEqual(0);
    expect(looks).toBeLessThanOrEqual(layers + 1);
  });
});

describe("two layers that feed one site", () => {
  test("two layers of one site cost as many builds as one that is clicked as often, and what each last clicked is live", async () => {
    const sittings = editorsMonth(40, 12);
    const lived = await Promise.all(
      [1, 2].map((layers) => liveMonth(sittings, { preset: "saver" }, { tickEvery: HOUR, layers })),
    );
    const [one, two] = lived.map(({ hooks }) => runQueue(hooks, 3 * MINUTE));
    expect(two).toHaveLength(one?.length ?? 0);
    for (const clicks of sittings) {
      for (const click of clicks.slice(-2)) expect(liveAt(two ?? [], click)).toBeLessThan(Infinity);
    }
  });
});

describe("what usage tells of a month", () => {
  test.each(presetNames)(
    "usage of a month matches the operations, paced as %s: the same deliveries, builds and ticks, our own credits within a fifth",
    async (preset) => {
      const { counted, hooks, usage } = await liveMonth(editorsMonth(40, 12), { preset }, { tickEvery: HOUR });
      expect([usage.deliveries, usage.builds, usage.ticks]).toEqual([counted.deliveries, hooks.length, counted.ticks]);
      const [told, held] = [estimateOf(usage).running, billOf({ ...counted, builds: 0 }).running];
      expect(Math.abs(told - held) / held, `${told} told, ${held} held`).toBeLessThan(0.2);
    },
  );
});

describe("the rates", () => {
  test("the rates are those that docs/cost.md gives", () => {
    const told = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    expect(told).toContain(`| a production build | ${RATES.build} |`);
    expect(told).toContain(`| a GB-hour of functions | ${RATES.gigabyteHour} |`);
    expect(told).toContain(`| 10,000 requests | ${RATES.requests * 10_000} |`);
  });

  test("the rates make the bill of a month of checks that docs/cost.md gives", () => {
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

  test("the rates make a bill of what was counted", () => {
    const counted = { deliveries: 0, ticks: 0, workers: 0, waitedMs: HOUR, builds: 2 };
    expect(billOf(counted)).toEqual({ running: 10, builds: 30, total: 40 });
    expect(billOf({ ...counted, waitedMs: 0, deliveries: 10_000 }).running).toBeCloseTo(
      2 + (0.15 * 10_000 * 10) / 3600,
    );
  });
});
