import fc from "fast-check";
import { describe, test } from "vitest";
import { faults } from "./races/fault.ts";
import * as law from "./races/layerLaws.ts";
import { LayerRace } from "./races/layerRace.ts";
import { everyLaw } from "./races/portLaws.ts";
import { raceTrack, WHILE_SHRINKING } from "./races/race.ts";

const track = raceTrack();

const cast = fc.record({
  publishers: fc.array(fc.array(fc.constantFrom(null, "posts", "authors"), { minLength: 1, maxLength: 2 }), {
    minLength: 2,
    maxLength: 3,
  }),
  people: fc.integer({ min: 0, max: 1 }),
  workers: fc.integer({ min: 1, max: 2 }),
  settlers: fc.integer({ min: 0, max: 2 }),
  freezes: fc.array(fc.constantFrom(1_500, 40_000), { maxLength: 3 }),
});

const several = (many: number, make: (index: number) => () => Promise<void>) =>
  Array.from({ length: many }, (_, index) => make(index));

describe("publishers, people, workers and whoever appends records, on one layer, in every schedule", () => {
  test.each([
    ["every answered delivery is pending, or was claimed by a later revision than its own", law.deliveriesAreKept],
    ["no two claimants ever hold one fence, and none holds one that the store never had", law.fencesAreHeldAlone],
    ["a record is never written over, and nothing owed is dropped before it stands in the archive", law.recordsStay],
    ["the versions of the document follow one another, and the fence never falls", law.versionsFollow],
    ["whatever they do, every call of the port keeps its laws", ({ race }: LayerRace) => everyLaw(race.evidence)],
  ])(
    "publishers, people, workers and recorders on one layer keep every law, in every schedule: %s",
    { timeout: WHILE_SHRINKING },
    async (_name, holds) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), faults(40), cast, async (scheduler, spoiled, roles) => {
          const race = track(scheduler, spoiled);
          const on = new LayerRace(race);
          await on.begin();
          await race.schedule.play([
            ...roles.publishers.map((deliveries, index) => on.publisher(`publisher ${index}`, deliveries)),
            ...several(roles.people, (index) => on.person(`person ${index}`)),
            ...several(roles.workers, (index) => on.worker(`worker ${index}`)),
            ...several(roles.settlers, (index) => on.settler(`settler ${index}`)),
            ...roles.freezes.map((ms) => () => on.clock.freeze(ms)),
          ]);
          holds(on);
        }),
        { numRuns: 18 },
      );
    },
  );
});

test("a record appended by several at once is appended once, and is owed until then", {
  timeout: WHILE_SHRINKING,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      faults(16),
      fc.integer({ min: 1, max: 3 }),
      async (scheduler, spoiled, settlers) => {
        const race = track(scheduler, spoiled);
        const on = new LayerRace(race);
        await on.begin();
        await race.schedule.play(several(settlers, (index) => on.settler(`settler ${index}`)));
        law.recordsStay(on);
      },
    ),
    { numRuns: 60 },
  );
});

test("a worker that was frozen and taken over changes nothing of its successor's run", {
  timeout: WHILE_SHRINKING,
}, async () => {
  const freezes = fc.integer({ min: 2, max: 4 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), faults(12), freezes, async (scheduler, spoiled, frozen) => {
      const race = track(scheduler, spoiled);
      const on = new LayerRace(race);
      await on.begin();
      // A tick finds the lease over, whatever its claimant was doing when time stood still for it.
      const tick = (by: string) => async () => {
        await on.clock.freeze(40_000);
        await on.worker(by)();
      };
      await race.schedule.play([on.worker("worker"), ...several(frozen, (index) => tick(`tick ${index}`))]);
      law.runsBelongToTheirClaimant(on);
      law.fencesAreHeldAlone(on);
    }),
    { numRuns: 60 },
  );
});
