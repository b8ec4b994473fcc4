import { describe, expect, test } from "vitest";
import { NOT_ON_PAGE, onPages, withPages } from "../../../src/core/stage/onPages.ts";
import type { Standing } from "../../../src/core/stage/stage.ts";
import { START } from "../../support/builders.ts";

const seen = (at: number) => ({ state: "seen", at }) as const;
const missing = { state: "missing", at: START } as const;
const unknown = { state: "unknown", at: START } as const;

describe("what several looks at pages say together", () => {
  test.each([
    [
      "missing where one page does not show its publish",
      [seen(1), missing, unknown, null],
      false,
      { state: "missing" },
    ],
    ["missing where another page is still to be looked at", [missing, null], true, { state: "missing" }],
    ["awaited where one page is still to be looked at", [seen(1), unknown], true, { state: "awaited" }],
    ["seen since the last page showed it", [seen(5), seen(9), seen(7)], false, { state: "seen", at: 9 }],
    ["seen where nobody can say of the other pages", [unknown, seen(5), null], false, { state: "seen", at: 5 }],
    ["nothing where nobody can say of any page", [unknown, null], false, null],
    ["nothing where no page was looked at", [], false, null],
  ])("a publish's pages say together: %s", (_what, found, isAwaited, said) => {
    expect(onPages(found, isAwaited)).toEqual(said);
  });
});

describe("the reason of a delivery that is live", () => {
  const live: Standing = { stage: "live", since: START };

  test("a live delivery says why it is not on its page, and stays live", () => {
    expect(withPages(live, { state: "missing" })).toEqual({ ...live, reason: NOT_ON_PAGE });
    expect(NOT_ON_PAGE).toBe("The deploy is live, but the page does not show this publish yet.");
  });

  test("a live delivery has no reason where its page shows it, is awaited, or nobody can say", () => {
    for (const pages of [{ state: "awaited" }, { state: "seen", at: START }, null] as const) {
      expect(withPages(live, pages)).toBe(live);
    }
  });

  test("a delivery that is not live keeps its own reason, whatever the pages show", () => {
    const failed: Standing = { stage: "failed", since: START, reason: "The build failed." };
    expect(withPages(failed, { state: "missing" })).toBe(failed);
  });
});
