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
