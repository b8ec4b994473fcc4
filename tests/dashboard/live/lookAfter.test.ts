import { describe, expect, test } from "vitest";
import { lookAfter, NEVER, type Watching } from "../../../src/dashboard/api/lookAfter.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How often a page looks in the minute that begins `from` ms after its last use, if each look takes no time. */
const looksInMinute = (watching: Partial<Watching>, from = 0): number => {
  let looks = 0;
  for (let now = from; ; looks += 1) {
    now += lookAfter({
      now,
      usedAt: 0,
      due: NEVER,
      isLight: true,
      calm: 30_000,
      isLocal: false,
      failures: 0,
      ...watching,
    });
    if (now > from + MINUTE) return looks;
  }
};

describe("how often a page looks", () => {
  test.each([
    ["it is watched and nothing happens", {}, 0, 40],
    ["it is watched and something runs", { due: 0 }, 0, 40],
    ["it is watched on this machine", { isLocal: true }, 0, 85],
    ["its answer is not light and nothing happens", { isLight: false }, 0, 2],
    ["its answer is not light and something runs", { isLight: false, due: 0 }, 0, 30],
    ["nobody used it for six minutes and nothing happens", {}, 6 * MINUTE, 2],
    ["nobody used it for six minutes and something runs", { due: 0 }, 6 * MINUTE, 12],
    ["nobody used it for six minutes and something waits for an hour", { due: HOUR }, 6 * MINUTE, 2],
    ["it asks every two seconds while a person watches", { isLight: false, calm: 2000 }, 0, 30],
    ["it asks every two seconds, and nobody used it for six minutes", { isLight: false, calm: 2000 }, 6 * MINUTE, 2],
    ["its settings seldom change", { isLight: false, calm: 10 * MINUTE }, 0, 0],
  ] as const)("a page looks so often in a minute while %s", (_, watching, from, looks) => {
    expect(looksInMinute(watching, from)).toBe(looks);
  });

  test("a page shows a publish within two seconds while it is watched, which is five minutes after each use", () => {
    const wait = (sinceUse: number) =>
      lookAfter({ now: sinceUse, usedAt: 0, due: NEVER, isLight: true, calm: 30_000, isLocal: false, failures: 0 });
    expect(wait(5 * MINUTE - 1)).toBeLessThan(2000);
    expect(wait(5 * MINUTE)).toBe(30_000);
  });

  test("a page looks next when what waits is due, and not before", () => {
    const now = 10 * MINUTE;
    const wait = (due: number) =>
      lookAfter({ now, usedAt: 0, due, isLight: true, calm: 30_000, isLocal: false, failures: 0 });
    expect(wait(now + 12_000)).toBe(12_500);
    expect(wait(now + 100)).toBe(2000);
    expect(wait(now + HOUR)).toBe(30_000);
    expect(wait(now - 1)).toBe(5000);
  });

  test("a page asks a site that does not answer less and less often, at last every minute", () => {
    const wait = (failures: number, calm: number) =>
      lookAfter({ now: 0, usedAt: 0, due: NEVER, isLight: true, calm, isLocal: false, failures });
    expect([1, 2, 3, 4, 5, 6, 60].map((failures) => wait(failures, 30_000) / 1000)).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(wait(1, 10 * MINUTE)).toBe(2000);
  });
});
