import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Fault, faults } from "./races/fault.ts";
import { perform, programmes } from "./races/port.ts";
import * as law from "./races/portLaws.ts";
import { raceTrack, WHILE_SHRINKING } from "./races/race.ts";

const race = raceTrack();

describe("in every schedule of writers, readers and faults", () => {
  test.each([
    ["of writers that expect one version at most one wins", law.oneWins],
    ["what was reported as written stands in the store's history exactly once, under its condition", law.writtenStands],
    ["a failure is never taken for success, for a lost race or for an absent document", law.failuresAreFailures],
    ["a read gives what stands there, with an ETag that can be expected", law.readsAreTrue],
    ["no write leaves without a condition that can hold", law.writesAreConditional],
    ["no read is content with a cache", law.readsAreStrong],
    [
      "a write is one request, any other call is sent once more after a passing failure, and each has a deadline",
      law.boundedRequests,
    ],
  ])(
    "a store keeps its law in every schedule of writers, readers and faults: %s",
    { timeout: WHILE_SHRINKING },
    async (_name, holds) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), faults(24), programmes, async (scheduler, spoiled, acts) => {
          const on = race(scheduler, spoiled);
          const processes = acts.map(
            (programme, index) => () => perform(on.store(`p${index}`), `p${index}`, programme),
          );
          await on.schedule.play(processes);
          holds(on.evidence);
        }),
        { numRuns: 45 },
      );
    },
  );
});

test("a run is a function of its seed: it can be replayed", async () => {
  const met = new Set<Fault["kind"]>();
  const traces: string[][] = [];
  const replay = () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), faults(24), programmes, async (scheduler, spoiled, acts) => {
        const on = race(scheduler, spoiled);
        await on.schedule.play(
          acts.map((programme, index) => () => perform(on.store(`p${index}`), `p${index}`, programme)),
        );
        law.everyLaw(on.evidence);
        for (const kind of on.network.met) met.add(kind);
        traces.push([...on.schedule.passed, ...on.calls.map((call) => JSON.stringify(call))]);
      }),
      { numRuns: 30, seed: 20260101 },
    );
  await replay();
  const first = traces.splice(0);
  await replay();
  expect(traces).toEqual(first);
  expect([...met].sort()).toHaveLength(12);
});
