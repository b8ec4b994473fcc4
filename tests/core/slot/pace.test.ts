import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { gate, opening, type Pace, PRESETS, refund, type Spent, spend } from "../../../src/core/slot/pace.ts";
import { dayOf, monthOf } from "../../../src/core/usage/calendar.ts";
import { type Held, holdAgain } from "../../../src/core/usage/held.ts";
import { START } from "../../support/builders.ts";

const free: Pace = { quiet: 0, maxWait: 0, minInterval: 0, daily: null, monthly: null };
const pending = (fields: { filledAt?: number; at?: number; released?: boolean } = {}) => {
  const { filledAt = START, at = filledAt, ...rest } = fields;
  return { filledAt, at, notBefore: filledAt + SECOND, ...rest };
};

describe("a build starts", () => {
  test("a build starts after the quiet period, counted from the last request", () => {
    const pace = { ...free, quiet: 20 * SECOND, maxWait: 3 * MINUTE };
    const ask = pending({ at: START + 15 * SECOND });
    expect(opening(ask, {}, pace)).toEqual({ at: START + 35 * SECOND, waitingFor: "quiet" });
  });

  test("a build starts at the latest when its first request has waited for the maximum, however many follow", () => {
    const pace = { ...free, quiet: 20 * SECOND, maxWait: MINUTE };
    const ask = pending({ at: START + 55 * SECOND });
    expect(opening(ask, {}, pace)).toEqual({ at: START + MINUTE, waitingFor: "quiet" });
  });

  test("a build starts a second after its slot was filled at the soonest, and then waits for nothing", () => {
    expect(opening(pending(), {}, PRESETS.instant)).toEqual({ at: START + SECOND, waitingFor: null });
    expect(opening(pending(), {}, undefined)).toEqual({ at: START + SECOND, waitingFor: null });
  });

  test("a build starts no sooner than the interval after the one before", () => {
    const spent = spend(undefined, START - HOUR + MINUTE);
    expect(opening(pending(), { spent }, { ...free, minInterval: HOUR })).toEqual({
      at: START + MINUTE,
      waitingFor: "interval",
    });
    expect(opening(pending(), { spent }, { ...free, minInterval: MINUTE })).toEqual({
      at: START + SECOND,
      waitingFor: null,
    });
  });

  test("a build starts on the next day when the day's budget is spent, in the next month when the month's is", () => {
    const noon = Date.UTC(2026, 10, 30, 12);
    const spent = spend(spend(undefined, noon - HOUR), noon - HOUR);
    const ask = pending({ filledAt: noon });
    expect(opening(ask, { spent }, { ...free, daily: 2 })).toEqual({ at: Date.UTC(2026, 11, 1), waitingFor: "budget" });
    expect(opening(ask, { spent }, { ...free, daily: 3 }).waitingFor).toBeNull();
    const tenth = Date.UTC(2026, 10, 10);
    const month = spend(spend(undefined, tenth), tenth + DAY);
    const next = pending({ filledAt: tenth + 2 * DAY });
    expect(opening(next, { spent: month }, { ...free, monthly: 2 })).toEqual({
      at: Date.UTC(2026, 11, 1),
      waitingFor: "budget",
    });
    expect(opening(next, { spent: month }, { ...free, monthly: 2, daily: 1 }).at).toBe(Date.UTC(2026, 11, 1));
    expect(opening(next, { spent: month }, { ...free, monthly: 3 }).waitingFor).toBeNull();
  });

  test("a build starts no sooner than Netlify lets the team build again, whatever its pace", () => {
    const held = holdAgain(undefined, "credits", START);
    expect(opening(pending(), { held }, free)).toEqual({ at: START + 15 * MINUTE, waitingFor: "credits" });
    const stopped = holdAgain(held, "builds-stopped", START + 15 * MINUTE);
    expect(stopped).toEqual({
      for: "builds-stopped",
      since: START + 15 * MINUTE,
      until: START + 45 * MINUTE,
      times: 2,
    });
    expect(opening(pending(), { held: stopped }, free).waitingFor).toBe("builds-stopped");
    expect(opening(pending({ filledAt: START + HOUR }), { held: stopped }, free).waitingFor).toBeNull();
    const spent = spend(undefined, START);
    expect(opening(pending(), { held, spent }, { ...free, minInterval: HOUR }).waitingFor).toBe("interval");
  });

  test("a build that Netlify holds back is tried at growing intervals of at most a day", () => {
    let held: Held | undefined;
    const pauses: number[] = [];
    for (let times = 0; times < 9; times += 1) {
      held = holdAgain(held, "credits", START);
      pauses.push((held.until - START) / MINUTE);
    }
    expect(pauses).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
  });

  test("a build starts at once when a person releases it, whatever it waited for", () => {
    const spent = spend(undefined, START);
    const held = holdAgain(undefined, "credits", START);
    const pace = { quiet: HOUR, maxWait: HOUR, minInterval: DAY, daily: 1, monthly: 1 };
    expect(opening(pending({ released: true }), { spent, held }, pace)).toEqual({
      at: START + SECOND,
      waitingFor: null,
    });
  });
});

describe("a build that a limit no longer delays", () => {
  test("a hold that ends when the build is due delays nothing", () => {
    const held = { for: "credits", since: START, until: START + SECOND, times: 1 };
    expect(opening(pending(), { held }, free)).toEqual({ at: START + SECOND, waitingFor: null });
    expect(opening(pending(), { held: { ...held, until: START + SECOND + 1 } }, free).waitingFor).toBe("credits");
  });

  test.each([false, true])(
    "a budget that is spent holds nothing back in the next month (spread over the month: %s)",
    (adapts) => {
      const spent = { ...spend(undefined, Date.UTC(2026, 10, 30, 12)), thisMonth: 99 };
      const due = Date.UTC(2026, 11, 1);
      expect(gate(due, { spent }, { ...free, monthly: 2, adapts })).toEqual({ at: due, waitingFor: null });
      expect(gate(due - 1, { spent }, { ...free, monthly: 2, adapts })).toEqual({ at: due, waitingFor: "budget" });
    },
  );
});

describe("a budget that is spread over the month", () => {
  const first = Date.UTC(2026, 10, 1);
  const DAYS = 30;
  /** The day of the month on which its next build may start, after so many. */
  const dayAfter = (made: number, monthly: number): number => {
    const spent = { ...spend(undefined, first), thisMonth: made };
    return (gate(first, { spent }, { ...free, monthly, adapts: true }).at - first) / DAY;
  };

  test("a spread budget lets a quarter of its early builds start at once, and none beyond it before the next month", () => {
    // Four of twenty are kept for the last days, and four of the other sixteen are free.
    expect([0, 1, 2, 3].map((made) => dayAfter(made, 20))).toEqual([0, 0, 0, 0]);
    expect(dayAfter(4, 20)).toBeGreaterThan(0);
    expect([20, 21].map((made) => dayAfter(made, 20))).toEqual([DAYS, DAYS]);
  });

  test("a spread budget lets its kept fifth start one after the other in the last six days", () => {
    expect([15, 16, 17, 18, 19].map((made) => dayAfter(made, 20))).toEqual([24, 24, 25.5, 27, 28.5]);
  });
});

describe("the brake", () => {
  const braked: Pace = { ...free, brakes: true };
  /** How long after the last start the brake lets the next one go, in minutes, if requests never pause. */
  const heldAfter = (row: Partial<Spent>, pace = braked): number => {
    const spent = { ...spend(undefined, START), ...row };
    return (gate(START, { spent }, pace, START + 2 * DAY).at - START) / MINUTE;
  };

  test("the brake delays the fourth build for bodies that are alike, then each eight times as long, twelve hours at most", () => {
    expect([1, 2, 3, 4, 5, 6, 900].map((alike) => heldAfter({ alike }))).toEqual([0, 0, 15, 120, 720, 720, 720]);
  });

  test("the brake delays the thirteenth build in a row, then each twice as long, six hours at most", () => {
    const streaks = [1, 11, 12, 13, 14, 15, 16, 17, 18, 900];
    expect(streaks.map((streak) => heldAfter({ streak }))).toEqual([0, 0, 10, 20, 40, 80, 160, 320, 360, 360]);
  });

  test("the brake delays by the longer of both rows", () => {
    expect(heldAfter({ alike: 3, streak: 14 })).toBe(40);
    expect(heldAfter({ alike: 4, streak: 14 })).toBe(120);
  });

  test("the brake delays nothing at a site without one, and a retry, which has no newest request, never", () => {
    expect(heldAfter({ alike: 900, streak: 900 }, free)).toBe(0);
    const spent = { ...spend(undefined, START), alike: 900 };
    expect(gate(START, { spent }, braked)).toEqual({ at: START, waitingFor: null });
  });
});

describe("the row that a start belongs to", () => {
  const row = { ...spend(undefined, START), streak: 5, alike: 2, likeness: 7 };
  const started = (fields: Partial<Parameters<typeof spend>[2]> = {}, waitMs = MINUTE) => {
    const filledAt = START + MINUTE;
    const { streak, alike, likeness } = spend(row, filledAt + waitMs, {
      filledAt,
      at: filledAt,
      notBefore: filledAt,
      ...fields,
    });
    return { streak, alike, likeness };
  };

  test("a row of bodies that are alike goes on with the same likeness alone, and the other row with any body", () => {
    expect(started({ causes: [{ likeness: 7 }] })).toEqual({ streak: 6, alike: 3, likeness: 7 });
    expect(started({ causes: [{ likeness: 8 }] })).toEqual({ streak: 6, alike: undefined, likeness: 8 });
    expect(started({ causes: [{}] })).toEqual({ streak: 6, alike: undefined, likeness: undefined });
  });

  test("a row goes on with a build that no layer asked for", () => {
    const plain = { streak: 6, alike: undefined, likeness: undefined };
    expect([started(), started({ causes: [] })]).toEqual([plain, plain]);
  });

  test("a row ends where a build starts a quarter of an hour after its newest request", () => {
    const causes = [{ likeness: 7 }];
    expect(started({ causes }, 15 * MINUTE - 1)).toMatchObject({ streak: 6, alike: 3 });
    expect(started({ causes }, 15 * MINUTE)).toEqual({ streak: undefined, alike: undefined, likeness: 7 });
  });
});

describe("what was spent", () => {
  const paces = fc.record({
    quiet: fc.constant(0),
    maxWait: fc.constant(0),
    minInterval: fc.constantFrom(0, MINUTE, HOUR, 3 * DAY),
    daily: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
    monthly: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
  });

  test("a spent budget limits every period and every interval, whenever builds are requested", () => {
    fc.assert(
      fc.property(paces, fc.array(fc.integer({ min: 0, max: 2 * DAY }), { maxLength: 60 }), (pace, gaps) => {
        let spent: Spent | undefined;
        let now = START;
        const starts: number[] = [];
        for (const gap of gaps) {
          now = Math.max(gate(now + gap, { spent }, pace).at, now + gap);
          spent = spend(spent, now);
          starts.push(now);
        }
        for (const at of starts) {
          const day = starts.filter((other) => dayOf(other) === dayOf(at));
          const month = starts.filter((other) => monthOf(other) === monthOf(at));
          expect(day.length).toBeLessThanOrEqual(pace.daily ?? Number.POSITIVE_INFINITY);
          expect(month.length).toBeLessThanOrEqual(pace.monthly ?? Number.POSITIVE_INFINITY);
        }
        for (const [index, at] of starts.entries()) {
          if (index > 0) expect(at - (starts[index - 1] ?? 0)).toBeGreaterThanOrEqual(pace.minInterval);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a spent budget never opens again because a clock is behind", () => {
    const first = Date.UTC(2026, 11, 1, 0, 0, 1);
    const spent = spend(undefined, first);
    const behind = first - 2 * SECOND;
    expect(gate(behind, { spent }, { ...free, monthly: 1 }).at).toBe(Date.UTC(2027, 0, 1));
    expect(spend(spent, behind)).toMatchObject({ lastAt: first, today: 2, thisMonth: 2 });
  });

  test("a spent budget gets back a build that the hook refused; the interval still counts", () => {
    const spent = spend(spend(undefined, START), START + MINUTE);
    expect(refund(spent)).toMatchObject({ lastAt: START + MINUTE, today: 1, thisMonth: 1 });
    expect(refund(refund(refund(spent)))).toMatchObject({ today: 0, thisMonth: 0 });
  });

  test("a spent budget keeps the fields of a later release", () => {
    const spent: Spent = { ...spend(undefined, START), future: "kept" };
    expect(refund(spend(spent, START + DAY))).toMatchObject({ future: "kept" });
  });
});
