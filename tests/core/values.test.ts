import fc from "fast-check";
import { expect, test } from "vitest";
import { History, histories } from "../support/history.ts";
import { repetitions } from "../support/repetitions.ts";

const SOURCES = ["a", "b"];

test("a decision in memory is what a reader of the document finds, to the last field", () => {
  fc.assert(
    fc.property(histories(SOURCES, ["cancel", "remove", "add"], 40), fc.boolean(), (commands, versioned) => {
      const history = new History(SOURCES, [versioned]);
      for (const command of commands) {
        history.live(command);
        const { slot, ended } = history.bench;
        expect([slot, ended]).toStrictEqual(JSON.parse(JSON.stringify([slot, ended])));
      }
    }),
    { numRuns: repetitions(500) },
  );
});
