import { expect, test } from "vitest";
import { type Rhythm, rhythmAt } from "../../../src/app/stored/drainHint.ts";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";

/** Which of these ticks found a silence, each this long after the one before (ms). */
const silences = (...gaps: readonly number[]): boolean[] => {
  let rhythm: Rhythm = {};
  let now = DAY;
  return [0, ...gaps].map((gap) => {
    now += gap;
    const found = rhythmAt(rhythm, now);
    rhythm = { at: now, gap: found.gap };
    return found.silentSince !== undefined;
  });
};

test("a first tick and late ones find no silence, a tick after more than 45 minutes does", () => {
  expect(silences(5 * MINUTE, 45 * MINUTE, 5 * MINUTE)).toEqual([false, false, false, false]);
  expect(silences(5 * MINUTE, 45 * MINUTE + 1, 5 * MINUTE)).toEqual([false, false, true, false]);
});

test("a drain that ticks every half hour is silent after three times that", () => {
  expect(silences(30 * MINUTE, 90 * MINUTE)).toEqual([false, false, false]);
  expect(silences(30 * MINUTE, 91 * MINUTE)).toEqual([false, false, true]);
});

test("a drain changed to a tick an hour counts as silent for the first few ticks, and then no more", () => {
  const hours = Array.from({ length: 12 }, () => HOUR);
  const found = silences(5 * MINUTE, ...hours);
  expect(found.filter(Boolean).length).toBeLessThan(5);
  expect(found.slice(-6)).toEqual([false, false, false, false, false, false]);
});

test("a silence is named by the last tick before it, until it is made good", () => {
  expect(rhythmAt({ at: DAY, gap: 5 * MINUTE }, DAY + HOUR).silentSince).toBe(DAY);
  expect(rhythmAt({ at: DAY, gap: 5 * MINUTE, silentSince: 7 }, DAY + MINUTE)).toEqual({ gap: MINUTE, silentSince: 7 });
  expect(rhythmAt({ at: DAY, gap: 5 * MINUTE, silentSince: 7 }, DAY + HOUR).silentSince).toBe(DAY);
});

test("a clock that is behind the last tick's finds no silence", () => {
  expect(rhythmAt({ at: DAY + HOUR }, DAY)).toEqual({ gap: 0, silentSince: undefined });
});
