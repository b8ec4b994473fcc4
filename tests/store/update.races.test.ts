import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../support/builders.ts";
import { COUNTER, counterCodec, type Increment, increment } from "./races/counter.ts";
import { type Fault, faults } from "./races/fault.ts";
import { commitsOf, everyLaw } from "./races/portLaws.ts";
import { type Race, raceTrack, WHILE_SHRINKING } from "./races/race.ts";
import type { Sent } from "./races/scheduledFetch.ts";

const race = raceTrack();

/** Processes that each raise the counter a few times; `attempts` is how often one tries. */
const crowds = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4, size: "max" });

const raise = async (on: Race, crowd: readonly number[], attempts: number): Promise<Increment[]> => {
  const made: Increment[] = [];
  await on.schedule.play(
    crowd.map((times, index) => async () => {
      const store = on.store(`p${index}`);
      for (let n = 0; n < times; n += 1) made.push(await increment(store, `p${index}.${n}`, attempts));
    }),
  );
  return made;
};

const standing = (on: Race) => {
  const text = commitsOf(on.evidence).at(-1)?.text;
  return text === undefined ? { count: 0, ids: [] as string[] } : counterCodec.decode(text, COUNTER);
};

/** Whether a reply refuses the credentials, or is a document without an ETag that a write could expect. */
const saysMisconfigured = (told: Sent["told"]): boolean =>
  typeof told === "object" &&
  told !== null &&
  ([401, 403].includes(told.status) || (told.status === 200 && !/^"[^"]+"$/.test(told.etag ?? "")));

const inEveryRace = (
  judge: (on: Race, made: readonly Increment[]) => void,
  { attempts = 3, most = 24 }: { attempts?: number; most?: number } = {},
) =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), faults(most), crowds, async (scheduler, spoiled: readonly Fault[], crowd) => {
      const on = race(scheduler, spoiled);
      judge(on, await raise(on, crowd, attempts));
    }),
    { numRuns: 30 },
  );

describe("a counter that several processes raise through the loop", { timeout: WHILE_SHRINKING }, () => {
  test("a counter of several processes is as high as the reported successes, and the unknown ones at most", async () => {
    await inEveryRace((on, made) => {
      const { count, ids } = standing(on);
      const known = made.filter(({ outcome }) => outcome !== "unknown");
      for (const { id, outcome } of known) if (!ids.includes(id)) throw new Error(`${id} is ${outcome} and not there`);
      expect(count).toBeGreaterThanOrEqual(known.length);
      expect(count).toBeLessThanOrEqual(made.length);
    });
  });

  test("a counter of several processes counts nobody twice, and its versions follow one another without a gap", async () => {
    await inEveryRace((on) => {
      const versions = commitsOf(on.evidence).map(({ text }) => counterCodec.decode(text, COUNTER));
      for (const [index, { rev, count, ids }] of versions.entries()) {
        expect(rev).toBe(index + 1);
        expect(count).toBe(index + 1);
        expect(new Set(ids).size).toBe(count);
        expect(ids.slice(0, -1)).toEqual(versions[index - 1]?.ids ?? []);
      }
    });
  });

  test("a process that says it wrote has its own version in the history, and one that found its effect has it once", async () => {
    await inEveryRace((on, made) => {
      const by = commitsOf(on.evidence).map(({ text }) => counterCodec.decode(text, COUNTER).by);
      for (const { id, outcome } of made) {
        const mine = by.filter((stamp) => stamp === id || stamp.startsWith(`${id}.`));
        if (outcome !== "unknown") expect(mine).toHaveLength(1);
        else expect(mine.length).toBeLessThanOrEqual(1);
      }
    });
  });

  test("a counter of several processes is raised by all of them once the faults are over, if they try often enough", async () => {
    await inEveryRace(
      (on, made) => {
        // A store that seems to be set up wrongly is not tried again.
        if (on.evidence.sent.some(({ told }) => saysMisconfigured(told))) return;
        expect(made.filter(({ outcome }) => outcome === "unknown")).toEqual([]);
        expect(standing(on).count).toBe(made.length);
      },
      { attempts: 60 },
    );
  });
});

describe("every attempt", { timeout: WHILE_SHRINKING }, () => {
  test("an attempt to write has a stamp of its own: no two writes are ever alike", async () => {
    await inEveryRace(({ calls }) => {
      const texts = calls.filter(({ op }) => op === "write").map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
    });
  });

  test("an attempt to write keeps every law of the port", async () => {
    await inEveryRace(({ evidence }) => everyLaw(evidence));
  });

  test("an attempt to write rests on a read of its own, whatever came of the one before", async () => {
    await inEveryRace(({ calls }) => {
      for (const [index, call] of calls.entries()) {
        if (call.op !== "write") continue;
        const before = must(calls.slice(0, index).findLast(({ by }) => by === call.by));
        expect(before.op).toBe("read");
        const { reported } = before;
        expect(call.expected).toBe(reported.kind === "found" ? reported.etag : null);
        expect(["found", "absent"]).toContain(reported.kind);
      }
    });
  });
});
