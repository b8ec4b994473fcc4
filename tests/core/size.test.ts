import { expect, test } from "vitest";
import { SOURCES } from "../../src/core/limits.ts";
import { Bench } from "../support/bench.ts";
import { ok } from "../support/builders.ts";

test("a slot holds a bounded number of open syncs while a run that carries jobs that report by themselves loses one worker after the other", () => {
  const bench = new Bench({ sources: ["slow", "a", "b"] });
  bench.accept();
  bench.claimGathered();
  bench.settle({ parked: { slow: bench.now + 24 * 3_600_000 } });
  for (let i = 0; i < 100; i += 1) {
    bench.accept({ slugs: ["a", "b"] });
    bench.settle({ outcomes: { a: ok() } });
    bench.pass(36_000).claim();
  }
  expect(Object.keys(bench.slot.open).length).toBeLessThanOrEqual(2 * SOURCES);
});
