import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR } from "../../src/core/durations.ts";
import { stripped, withFutureFields } from "../support/future.ts";
import { type Command, History, histories, type Kind } from "../support/history.ts";
import { repetitions } from "../support/repetitions.ts";

const SOURCES = ["a", "b", "c"];
const RUNS = { numRuns: repetitions(4000) };
const people: readonly Kind[] = ["cancel", "cancel", "remove", "add"];
const versions = fc.array(fc.boolean(), { minLength: SOURCES.length, maxLength: SOURCES.length });

const live = (commands: readonly Command[], versioned: readonly boolean[]): History => {
  const history = new History(SOURCES, versioned);
  for (const command of commands) history.live(command);
  return history;
};

describe("whatever happens to a slot", () => {
  test("a slot's registers, fences and open syncs agree after every command, and everything promised is kept in the end", () => {
    fc.assert(
      fc.property(histories(SOURCES, people, 60), versions, (commands, versioned) => {
        const history = live(commands, versioned);
        expect(history.rest()).toBeLessThan(60);
        expect(Object.keys(history.bench.slot.open)).toEqual([]);
        expect(history.broken()).toEqual([]);
      }),
      RUNS,
    );
  });

  test("a change that any call made is on the sites once nothing is left to do", () => {
    fc.assert(
      fc.property(histories(SOURCES, [], 60), versions, (commands, versioned) => {
        const history = live(commands, versioned);
        history.rest();
        if (!history.interfered && !history.gaveUp) expect(history.unbuilt()).toEqual([]);
      }),
      RUNS,
    );
  });

  test("a slot brings every change to the sites with the next sync that succeeds after cancelled ones", () => {
    fc.assert(
      fc.property(histories(SOURCES, ["cancel"], 60), versions, (commands, versioned) => {
        const history = live(commands, versioned);
        history.rest();
        history.live({ do: "pass", ms: HOUR });
        history.live({ do: "ask", names: [], by: "person" });
        history.rest();
        expect(history.unbuilt()).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe("what a later release wrote", () => {
  test("a field that is not known here survives every command, at any depth", () => {
    fc.assert(
      fc.property(histories(SOURCES, people, 40), versions, (commands, versioned) => {
        const history = new History(SOURCES, versioned);
        for (const command of commands) {
          const before = withFutureFields(history.bench.slot);
          history.bench.slot = before;
          const ended = history.bench.ended.length;
          history.live(command);
          expect(stripped(before, history.bench.slot, history.bench.ended.slice(ended))).toEqual([]);
        }
      }),
      { numRuns: repetitions(1000) },
    );
  });
});
