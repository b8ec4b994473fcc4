import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { presetNames } from "../../src/core/slot/pace.ts";
import { debounced, fewestBuilds } from "./compare.ts";
import { editorsMonth } from "./editorsMonth.ts";
import { liveMonth, MONTH } from "./liveMonth.ts";
import { profiles } from "./profiles.ts";
import { siteMonth } from "./siteMonth.ts";

describe("the months of npm run cost", () => {
  test.each(["standard", "balanced", "instant"] as const)(
    "a month of npm run cost starts the builds that the use cases start, paced as %s",
    async (preset) => {
      const sittings = editorsMonth(12, 4).map((clicks) => clicks.map((at) => at + 1));
      const length = 28 * 24 * HOUR;
      const pacing = preset === "standard" ? {} : { preset };
      const real = await liveMonth(sittings, pacing, { tickEvery: HOUR, length });
      const modelled = siteMonth(sittings.flat(), pacing, { tickEvery: HOUR, length });
      expect(modelled.hooks).toHaveLength(real.hooks.length);
      for (const [index, at] of modelled.hooks.entries()) {
        expect(Math.abs(at - (real.hooks[index] ?? 0))).toBeLessThanOrEqual(2 * SECOND);
      }
    },
  );

  test("each profile has the same publishes for the same seed, in order, within the month", () => {
    for (const { name, publishes } of profiles) {
      const { at, awaited } = publishes(3);
      expect([name, publishes(3)]).toMatchObject([name, { at, awaited }]);
      expect([name, at]).toEqual([name, [...at].sort((a, b) => a - b)]);
      expect(at.at(-1), name).toBeLessThan(MONTH);
      expect(at, name).toEqual(expect.arrayContaining(awaited.slice(0, 20)));
    }
  });
});

describe("the rules beside the presets", () => {
  test("the optimum has as few builds as any choice of moments in which no publish waits too long", () => {
    const longest = 10;
    /** The fewest moments that serve all publishes, by trying every set of them. */
    const fewest = (publishes: readonly number[]): number => {
      const moments = publishes.map((at) => at + longest);
      const serves = (chosen: readonly number[]) =>
        publishes.every((at) => chosen.some((moment) => moment >= at && moment <= at + longest));
      const sets = Array.from({ length: 2 ** moments.length }, (_, bits) =>
        moments.filter((_at, i) => bits & (1 << i)),
      );
      return Math.min(...sets.filter(serves).map((chosen) => chosen.length));
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 7 }), (times) => {
        const publishes = [...times].sort((a, b) => a - b);
        const builds = fewestBuilds(publishes, longest);
        expect(builds).toHaveLength(fewest(publishes));
        for (const at of publishes) expect(builds.some((build) => build >= at && build <= at + longest)).toBe(true);
      }),
    );
  });

  test("a debounce builds when nothing came for its time, and once for all before", () => {
    expect(debounced([0, 30, 200], 60)).toEqual([90, 260]);
    expect(debounced([], 60)).toEqual([]);
  });
});

const rowSchema = z.strictObject({
  name: z.enum(["hook", "debounce", "optimum", ...presetNames]),
  default: z.literal(true).optional(),
  builds: z.int().min(0),
  credits: z.int().min(0),
  monthCredits: z.int().min(0),
  liveP50: z.int().min(0),
  liveP95: z.int().min(0),
  liveWorst: z.int().min(0),
});
const comparedSchema = z.strictObject({
  profiles: z.array(z.strictObject({ name: z.string(), machine: z.boolean(), rows: z.array(rowSchema) })).min(7),
});

test(
  "npm run cost -- --json prints the profiles with a row for each rule, one of them the default, and nothing else",
  () => {
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [main, "--json", "--seeds", "1"], { encoding: "utf8" });
    expect(status).toBe(0);
    for (const { rows } of comparedSchema.parse(JSON.parse(stdout)).profiles) {
      expect(rows.map(({ name }) => name)).toEqual(["hook", "debounce", "optimum", ...presetNames]);
      expect(rows.filter((row) => row.default).map(({ name }) => name)).toEqual(["standard"]);
    }
  },
  4 * MINUTE,
);
