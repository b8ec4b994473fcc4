import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { heldFor, holdAgain } from "../../../src/core/usage/held.ts";
import { START } from "../../support/builders.ts";

describe("a slot that Netlify builds nothing for", () => {
  test("a hold lasts a quarter of an hour at first, and twice as long after each further refusal, up to a day", () => {
    let held = holdAgain(undefined, "credits", START);
    expect(held).toEqual({ for: "credits", since: START, until: START + 15 * MINUTE, times: 1 });
    const pauses: number[] = [];
    for (let times = 2; times <= 9; times += 1) {
      held = holdAgain({ ...held, more: 1 }, "credits", START + times);
      pauses.push(held.until - START - times);
      expect(held).toMatchObject({ since: START, times, more: 1 });
    }
    expect(pauses).toEqual([30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]);
  });

  test("a hold for another reason begins anew, with the longer pause", () => {
    const held = holdAgain(holdAgain(undefined, "credits", START), "builds-stopped", START + 1);
    expect(held).toEqual({ for: "builds-stopped", since: START + 1, until: START + 1 + 30 * MINUTE, times: 2 });
  });

  test("a hold for a reason of a later release counts as stopped builds", () => {
    const of = (why: string) => heldFor({ for: why, since: START, until: START, times: 1 });
    expect(["credits", "builds-stopped", "later"].map(of)).toEqual(["credits", "builds-stopped", "builds-stopped"]);
  });
});
