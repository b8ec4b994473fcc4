import { describe, expect, test } from "vitest";
import { keepNewest } from "../../../src/dashboard/api/keepNewest.ts";
import { changeProblemFrom, problemFrom, Refused, Unreachable } from "../../../src/dashboard/api/request.ts";

describe("a request of the dashboard", () => {
  test("a change without an answer may have happened, and a read without an answer is repeated", () => {
    const lost = new Unreachable("lost");
    expect(problemFrom(lost).detail).toMatch(/reconnects automatically/);
    expect(changeProblemFrom(lost).detail).toMatch(/nothing may have happened/);
    expect(changeProblemFrom(lost).code).toBe("UNREACHABLE");
  });

  test("a change that the API refuses says why", () => {
    const problem = { title: "Changed", status: 412, detail: "Somebody else changed the layer.", code: "CHANGED" };
    expect(changeProblemFrom(new Refused(problem))).toEqual(problem);
  });

  test("only the newest answers are kept, and an answer that comes again is new", () => {
    const kept = new Map<string, number>();
    for (const [at, path] of ["a", "b", "a", "c", "d"].entries()) keepNewest(kept, 3, path, at);
    expect([...kept]).toEqual([
      ["a", 2],
      ["c", 3],
      ["d", 4],
    ]);
  });
});
