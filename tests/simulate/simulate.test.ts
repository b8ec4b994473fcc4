import { describe, expect, test } from "vitest";
import { crowded } from "./plan.ts";
import { regressions } from "./regressions.ts";
import { runSeed } from "./run.ts";

const SEEDS = 300;

/** A failing world, with the way to see all of it. */
const told = async (seed: number): Promise<string | null> => {
  const { violation } = await runSeed(seed);
  return violation === null
    ? null
    : `${violation.law}: ${violation.detail} (npm run simulate -- --seed ${seed} shows how)`;
};

describe("a world in which everything goes wrong", () => {
  test("a world in which everything goes wrong keeps every promise, from seed to seed", {
    timeout: 120_000,
  }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) expect(await told(seed)).toBeNull();
  });

  test.each(regressions)("a world keeps every promise where it once did not: $what", async ({ seed }) => {
    expect(await told(seed)).toBeNull();
  });

  test("a worker keeps its lease against five hundred publishers in every round trip", async () => {
    const { violation, counts } = await runSeed(3, false, (plan) => crowded(plan, 500));
    expect(violation).toBeNull();
    expect(counts.get("answered accepted")).toBeGreaterThan(1500);
    expect(counts.get("taken over")).toBeUndefined();
  });

  test("a world of the same seed is the same each time", async () => {
    for (const seed of [3, 8, 23]) {
      const [first, second] = [await runSeed(seed, true), await runSeed(seed, true)];
      expect(second.lines).toEqual(first.lines);
      expect(first.lines.length).toBeGreaterThan(20);
    }
  });
});
