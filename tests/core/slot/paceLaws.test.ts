import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import {
  type Habit,
  noteRequest,
  opening,
  PAUSE,
  type Pace,
  PRESETS,
  quietOf,
  type Spent,
  spend,
} from "../../../src/core/slot/pace.ts";

/** The first of a month of thirty days. */
const FIRST = Date.UTC(2026, 10, 1);
const MONTH = 30 * DAY;
const standard: Pace = { ...PRESETS.standard, monthly: 18, brakes: true };
const rich: Pace = { ...standard, monthly: 100_000 };

interface Start {
  readonly at: number;
  readonly filledAt: number;
  readonly askedAt: number;
  readonly waitingFor: string | null;
}

interface Waiting {
  readonly filledAt: number;
  readonly at: number;
  readonly notBefore: number;
  readonly causes: readonly { readonly likeness: number | undefined }[];
}

interface History {
  readonly starts: readonly Start[];
  readonly spent: Spent | undefined;
  readonly habit: Habit | undefined;
}

/**
 * Lets requests come at these times (ms since the first of the month), all with bodies like this, and starts each build as
 * soon as it may.
 */
const lived = (pace: Pace, asked: readonly number[], likeness?: number): History => {
  let spent: Spent | undefined;
  let habit: Habit | undefined;
  let pending: Waiting | null = null;
  const starts: Start[] = [];
  const startUntil = (now: number): void => {
    if (pending === null) return;
    const { at, waitingFor } = opening(pending, { spent, habit }, pace);
    if (at > now) return;
    starts.push({ at, filledAt: pending.filledAt, askedAt: pending.at, waitingFor });
    spent = spend(spent, at, pending);
    pending = null;
  };
  for (const time of asked) {
    const now = FIRST + time;
    startUntil(now);
    habit = noteRequest(habit, now);
    const waiting: Waiting = pending ?? { filledAt: now, at: now, notBefore: now + SECOND, causes: [{ likeness }] };
    pending = { ...waiting, at: now };
  }
  startUntil(Number.POSITIVE_INFINITY);
  return { starts, spent, habit };
};

const timesOf = (gaps: readonly number[]): number[] => {
  let at = 0;
  return gaps.map((gap) => {
    at += gap;
    return at;
  });
};
const every = (gap: number, count: number): number[] => timesOf(Array.from({ length: count }, () => gap));

const gaps = fc.array(
  fc.oneof(
    fc.integer({ min: SECOND, max: 3 * MINUTE }),
    fc.integer({ min: MINUTE, max: 20 * MINUTE }),
    fc.integer({ min: HOUR, max: 2 * DAY }),
  ),
  { minLength: 1, maxLength: 80 },
);
const budgets = fc.integer({ min: 1, max: 60 });

const perDay = (starts: readonly Start[]): number[] => {
  const days = new Map<number, number>();
  for (const { at } of starts) days.set(Math.floor(at / DAY), (days.get(Math.floor(at / DAY)) ?? 0) + 1);
  return [...days.values()];
};

describe("a pace that adapts", () => {
  test("a build starts at most ten minutes after its first request, unless budget or brake say so", () => {
    fc.assert(
      fc.property(gaps, budgets, (between, monthly) => {
        for (const { at, filledAt, waitingFor } of lived({ ...standard, monthly }, timesOf(between)).starts) {
          if (waitingFor === "budget" || waitingFor === "brake") continue;
          expect(at - filledAt).toBeLessThanOrEqual(standard.maxWait);
        }
      }),
    );
  });

  test("a pace never starts more builds in a month than its budget, and keeps a fifth of it for the last days", () => {
    fc.assert(
      fc.property(gaps, budgets, (between, monthly) => {
        const { starts } = lived({ ...standard, monthly }, timesOf(between));
        const first = starts.filter(({ at }) => at < FIRST + MONTH);
        expect(first.length).toBeLessThanOrEqual(monthly);
        const early = first.filter(({ at }) => at < FIRST + 0.8 * MONTH);
        expect(early.length).toBeLessThanOrEqual(monthly - Math.floor(monthly / 5));
      }),
    );
  });

  test("a budget that is wanted every hour lasts for the month, with at least a fifth of it in the last six days", () => {
    const { starts } = lived(standard, every(HOUR, 30 * 24));
    const days = starts.map(({ at }) => (at - FIRST) / DAY).filter((day) => day < 30);
    expect([days.length, days.filter((day) => day < 24).length]).toEqual([18, 14]);
  });

  test("a larger budget never makes a build wait longer", () => {
    fc.assert(
      fc.property(gaps, budgets, fc.integer({ min: 1, max: 40 }), (between, monthly, more) => {
        const { spent, habit } = lived({ ...standard, monthly }, timesOf(between));
        const now = (spent?.lastAt ?? FIRST) + MINUTE;
        const pending = { filledAt: now, at: now, notBefore: now + SECOND };
        const smaller = opening(pending, { spent, habit }, { ...standard, monthly });
        const larger = opening(pending, { spent, habit }, { ...standard, monthly: monthly + more });
        expect(larger.at).toBeLessThanOrEqual(smaller.at);
      }),
    );
  });

  test("a build that waits for its share of the month waits longer the further builds run ahead of the calendar", () => {
    const now = FIRST + DAY;
    const pending = { filledAt: now, at: now, notBefore: now + SECOND };
    const waits = Array.from({ length: 15 }, (_, thisMonth) => {
      const spent = { ...spend(undefined, now - HOUR), thisMonth };
      return (opening(pending, { spent }, standard).at - now) / HOUR;
    });
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[3]).toBeLessThan(1);
    // The first wait is short, and no wait for one more build is longer than four days.
    const steps = waits.slice(5).map((wait, index) => wait - (waits[index + 4] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(4 * 24);
  });

  test("a sender that repeats itself is built at most six times a day, its first day included", () => {
    for (const gap of [10 * SECOND, 3 * MINUTE, 9 * MINUTE, 14 * MINUTE]) {
      const days = perDay(lived(rich, every(gap, (10 * DAY) / gap), 7).starts);
      expect(Math.max(...days), `every ${gap} ms`).toBeLessThanOrEqual(6);
    }
  });

  test("a sender that never stops, but says something else each time, is built at most four times a day in the end", () => {
    for (const gap of [10 * SECOND, 3 * MINUTE, 9 * MINUTE]) {
      const days = perDay(lived(rich, every(gap, (10 * DAY) / gap)).starts);
      expect(Math.max(...days.slice(1)), `every ${gap} ms`).toBeLessThanOrEqual(4);
    }
  });

  test("a newsroom that publishes for two hours without a pause is built every ten minutes", () => {
    const { starts } = lived(rich, every(40 * SECOND, 180));
    expect(starts.length).toBeGreaterThanOrEqual(12);
    for (const { at, filledAt } of starts.slice(0, 12)) expect(at - filledAt).toBeLessThanOrEqual(10 * MINUTE);
  });

  test("a sender that never stops is built at most six times a day from the builds that a Free plan pays", () => {
    for (const gap of [10 * SECOND, 3 * MINUTE, 20 * MINUTE]) {
      const days = perDay(lived(standard, every(gap, (10 * DAY) / gap)).starts);
      expect(Math.max(...days), `every ${gap} ms`).toBeLessThanOrEqual(6);
    }
  });

  test("the brake lets a build go a quarter of an hour after the newest request, and twelve hours after the last build", () => {
    fc.assert(
      fc.property(gaps, fc.constantFrom(undefined, 7), (between, likeness) => {
        const { starts } = lived(rich, timesOf(between), likeness);
        for (const [index, { at, askedAt, waitingFor }] of starts.entries()) {
          if (waitingFor !== "brake") continue;
          expect(at).toBeLessThanOrEqual(askedAt + PAUSE);
          expect(at - (starts[index - 1]?.at ?? 0)).toBeLessThanOrEqual(12 * HOUR);
        }
      }),
    );
  });

  test("a build that heals counts in no row, whatever it heals for", () => {
    const at = 10 * DAY;
    const row = { ...spend(undefined, at), streak: 2, alike: 2, likeness: 7 };
    const started = (causes: readonly { likeness?: number; again?: boolean }[]) => {
      const filledAt = at + MINUTE;
      return spend(row, filledAt, { filledAt, at: filledAt, notBefore: filledAt, causes });
    };
    const again = { likeness: 7, again: true };
    expect(started([again])).toMatchObject({ streak: 2, alike: 2, likeness: 7 });
    expect(started([{ ...again, likeness: 8 }, again])).toMatchObject({ streak: 2, alike: 2, likeness: 7 });
    // Where it joins a build that was asked for, that one alone counts.
    expect(started([{ likeness: 7 }, { ...again, likeness: 8 }])).toMatchObject({ streak: 3, alike: 3, likeness: 7 });
    expect(started([{ likeness: 8 }, again])).toEqual({ ...started([{ likeness: 8 }]) });
  });

  test("three builds for the same go unbraked, and a pause, a person or another body begins the row anew", () => {
    const { starts, spent } = lived(rich, every(3 * MINUTE, 5), 7);
    expect(starts.map(({ waitingFor }) => waitingFor)).toEqual(["quiet", "quiet", "quiet", "brake"]);
    expect(lived(rich, every(3 * MINUTE, 5)).starts.map(({ waitingFor }) => waitingFor)).not.toContain("brake");
    const last = spent?.lastAt ?? 0;
    const begun = (filledAt: number, fields: object = {}) =>
      spend({ ...spend(undefined, last), streak: 9, alike: 9, likeness: 7, braked: true }, filledAt + MINUTE, {
        ...{ filledAt, at: filledAt, notBefore: filledAt, causes: [{ likeness: 7 }] },
        ...fields,
      });
    expect(begun(last + MINUTE)).toMatchObject({ streak: 10, alike: 10, braked: true });
    const other = begun(last + MINUTE, { causes: [{ likeness: 7 }, { likeness: 8 }] });
    expect([other.streak, other.alike]).toEqual([10, undefined]);
    for (const anew of [begun(last + PAUSE), begun(last + MINUTE, { released: true })]) {
      expect([anew.streak, anew.alike, anew.braked]).toEqual([undefined, undefined, undefined]);
    }
  });
});

describe("what a site learns of its editors", () => {
  const sittings = (count: number, pauses: readonly number[]): number[] =>
    Array.from({ length: count }, (_, day) => [day * DAY, ...timesOf(pauses).map((at) => day * DAY + at)]).flat();
  const learned = (asked: readonly number[]): number => {
    let habit: Habit | undefined;
    for (const at of asked) habit = noteRequest(habit, FIRST + at);
    return quietOf(standard, habit) / SECOND;
  };

  test("a site waits its whole quiet time while less than three sittings are known", () => {
    expect(quietOf(standard, undefined)).toBe(standard.quiet);
    expect(learned(sittings(2, []))).toBe(140);
  });

  test("a site whose publishes come alone waits 45 seconds, and its whole quiet time again when they do not", () => {
    expect(learned(sittings(3, []))).toBe(45);
    expect(learned([...sittings(3, []), 3 * DAY, 3 * DAY + 2 * MINUTE])).toBe(140);
  });

  test("a site waits as long as the pauses inside its sittings usually are", () => {
    expect(learned(sittings(6, [30 * SECOND, 20 * SECOND]))).toBe(45);
    expect(learned(sittings(6, [70 * SECOND, 20 * SECOND]))).toBe(75);
    expect(learned(sittings(6, [130 * SECOND, 20 * SECOND]))).toBe(140);
  });

  test("what a site learns of a hundred sittings is half forgotten every dozen of them", () => {
    let habit: Habit | undefined;
    for (const at of sittings(100, [MINUTE])) habit = noteRequest(habit, FIRST + at);
    expect(habit?.sittings).toBeLessThanOrEqual(24);
    expect(habit?.longer[0]).toBeLessThanOrEqual(24);
  });

  test("a site counts the pauses in a sitting that are at least as long as each limit, and no pause between sittings", () => {
    const pausing = (...pauses: number[]) =>
      timesOf([0, ...pauses.map((seconds) => seconds * SECOND)]).reduce<Habit | undefined>(
        (habit, at) => noteRequest(habit, FIRST + at),
        undefined,
      );
    expect(pausing()).toEqual({ lastAt: FIRST, sittings: 1, longer: [0, 0, 0, 0, 0] });
    expect(pausing(44)).toMatchObject({ sittings: 1, longer: [1, 0, 0, 0, 0] });
    expect(pausing(45, 60, 75, 90)).toMatchObject({ sittings: 1, longer: [4, 4, 3, 2, 1] });
    expect(pausing(10 * 60 - 1)).toMatchObject({ sittings: 1, longer: [1, 1, 1, 1, 1] });
    expect(pausing(10 * 60)).toMatchObject({ sittings: 2, longer: [0, 0, 0, 0, 0] });
  });

  test("a site remembers its newest request, although a later one has a clock that is behind", () => {
    expect(noteRequest(noteRequest(undefined, FIRST), FIRST - SECOND)).toMatchObject({ lastAt: FIRST, sittings: 1 });
  });

  test("a site halves all it has counted with its twenty-fifth sitting", () => {
    const habit = { lastAt: FIRST, sittings: 23, longer: [8, 6, 4, 2, 0], future: "kept" };
    const full = noteRequest(habit, FIRST + DAY);
    expect(full).toEqual({ ...habit, lastAt: FIRST + DAY, sittings: 24 });
    expect(noteRequest(full, FIRST + 2 * DAY)).toEqual({
      ...habit,
      ...{ lastAt: FIRST + 2 * DAY, sittings: 12.5, longer: [4, 3, 2, 1, 0] },
    });
  });

  test.each([
    ["45 seconds where no sitting went on", 10, [0, 0, 0, 0, 0], 45],
    ["45 seconds where one sitting in five went on after them", 10, [0, 2, 0, 0, 0], 45],
    ["45 seconds where few sittings had a second publish", 12, [4, 2, 0, 0, 0], 45],
    ["a minute where more sittings went on after 45 seconds", 10, [3, 3, 1, 1, 1], 60],
    ["a minute where most sittings had a second publish, so that one more is taken to go on", 10, [10, 2, 1, 0, 0], 60],
    ["90 seconds where sittings went on after each shorter time", 10, [10, 10, 10, 10, 1], 90],
    ["its whole quiet time where sittings went on after each time", 10, [10, 10, 10, 10, 10], 140],
    ["its whole quiet time where no pauses were counted", 10, [], 140],
    ["its whole quiet time where two sittings are known", 2, [0, 0, 0, 0, 0], 140],
  ])("a site waits %s", (_what, sittings, longer, seconds) => {
    expect(quietOf(standard, { lastAt: FIRST, sittings, longer })).toBe(seconds * SECOND);
  });

  test("what a site learns stays small, and never makes a build wait longer than its pace says", () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 300 }), (between, quiet) => {
        const { habit } = lived(rich, timesOf(between));
        expect(habit?.sittings).toBeLessThanOrEqual(25);
        expect(habit?.longer).toHaveLength(5);
        const pace = { ...standard, quiet: quiet * SECOND };
        expect(quietOf(pace, habit)).toBeLessThanOrEqual(pace.quiet);
        expect(quietOf({ ...pace, adapts: false }, habit)).toBe(pace.quiet);
      }),
    );
  });
});
