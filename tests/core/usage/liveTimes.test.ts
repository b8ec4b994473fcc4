import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIVE_BOUNDS, liveTime, timeOfShare } from "../../../src/core/usage/liveTimes.ts";
import { addLists } from "../../../src/core/usage/usage.ts";

const LAST = LIVE_BOUNDS.length;
const seconds = fc.integer({ min: 0, max: 10_000 });
const histogramOf = (times: readonly number[]): number[] => times.map(liveTime).reduce(addLists, []);

describe("times from a publish to live", () => {
  test("a time counts once, in the first class whose bound it does not pass", () => {
    fc.assert(
      fc.property(seconds, (time) => {
        const histogram = liveTime(time);
        const at = histogram.length - 1;
        expect(histogram).toEqual([...Array.from({ length: at }, () => 0), 1]);
        expect(time).toBeLessThanOrEqual(LIVE_BOUNDS[at] ?? Number.POSITIVE_INFINITY);
        expect(at === 0 || time > (LIVE_BOUNDS[at - 1] ?? 0)).toBe(true);
      }),
    );
    for (const [index, bound] of LIVE_BOUNDS.entries()) {
      expect([liveTime(bound).length, liveTime(bound + 1).length]).toEqual([index + 1, index + 2]);
    }
    expect([...LIVE_BOUNDS].sort((a, b) => a - b)).toEqual(LIVE_BOUNDS);
  });

  test("a sum of histograms has every count of both, whichever is longer", () => {
    expect(addLists([1, 2], [3, 4, 5])).toEqual([4, 6, 5]);
    expect(addLists([3, 4, 5], [1, 2])).toEqual([4, 6, 5]);
    expect([addLists([], []), addLists([1], [])]).toEqual([[], [1]]);
  });

  test("a share of publishes took no longer than the bound of the class that completes the share", () => {
    fc.assert(
      fc.property(
        fc.array(seconds, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 100 }),
        (times, percent) => {
          const share = percent / 100;
          const needed = [...times].sort((a, b) => a - b)[Math.max(Math.ceil(times.length * share - 1e-9), 1) - 1] ?? 0;
          const bound = LIVE_BOUNDS.find((one) => needed <= one) ?? null;
          expect(timeOfShare(histogramOf(times), share)).toBe(bound);
        },
      ),
    );
    expect(timeOfShare([1, 1, 1, 1], 0.5)).toBe(30);
    expect(timeOfShare([1, 1, 1, 1], 0.75)).toBe(45);
  });

  test("a share of no publishes took no time, and one of publishes without a bound took an unknown time", () => {
    expect(timeOfShare([], 0.5)).toBeNull();
    expect(timeOfShare([0, 0], 0.5)).toBeNull();
    const slow = [...Array.from({ length: LAST }, () => 0), 1];
    expect([liveTime(7201), timeOfShare(slow, 0.5)]).toEqual([slow, null]);
  });
});
