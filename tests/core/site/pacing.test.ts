import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import {
  heldOpening,
  isBeyondFree,
  paceOf,
  pacingFrom,
  pacingOf,
  presetPacing,
  shareIn,
  siteParts,
  waitsForRunning,
} from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { presetNames, type Spent, spend } from "../../../src/core/slot/pace.ts";
import { monthOf } from "../../../src/core/usage/calendar.ts";
import { aRequest, aSite, must } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 10);
const MONTH = monthOf(NOW);
const LAST_MONTH = NOW - 20 * DAY;
const spentOf = (fields: Partial<Spent> = {}): Spent => ({ ...spend(undefined, NOW), ...fields });

describe("the pacing of a site", () => {
  test("a pacing has the name of the preset whose numbers it has, and of no other", () => {
    for (const preset of presetNames) {
      const { adapts, ...given } = presetPacing(preset);
      expect(pacingFrom({ preset })).toEqual({ ...given, adapts });
      expect(pacingFrom({ preset, maxWaitSeconds: 7 })).toMatchObject({ preset: null, maxWaitSeconds: 7 });
    }
    expect(pacingFrom({})).toEqual(presetPacing("standard"));
    expect(pacingFrom({ quietSeconds: 140 })).toMatchObject({ preset: null, adapts: false });
    expect(pacingFrom({ quietSeconds: 140, adapts: true })).toEqual(presetPacing("standard"));
  });

  test("a pacing that was stored without a word on adapting does not adapt", () => {
    const { adapts: _adapts, ...stored } = presetPacing("standard");
    expect(pacingOf({ pacing: stored }).adapts).toBe(false);
    expect(pacingOf({})).toEqual(presetPacing("standard"));
    expect(pacingOf({ pacing: { ...presetPacing("standard"), preset: null } })).toEqual(presetPacing("standard"));
  });

  test("a pace is the pacing in milliseconds, with a brake unless there is no quiet time", () => {
    expect(paceOf({ pacing: presetPacing("saver") })).toEqual({
      ...{ quiet: 2 * MINUTE, maxWait: 15 * MINUTE, minInterval: 60 * MINUTE, daily: null, monthly: 18, brakes: true },
    });
    expect(paceOf({ pacing: presetPacing("instant") })).not.toHaveProperty("brakes");
    expect(paceOf({})).toMatchObject({ adapts: true, brakes: true });
    expect(siteParts({})).toEqual({
      ...{ known: ["build"], buildOnly: false, sites: false, acceptedIsOver: true },
      pace: paceOf({}),
    });
  });
});

describe("a site's share in the builds of a month", () => {
  test("a share counts for the month in which it was shared out", () => {
    const allowance = { builds: 7, at: NOW };
    expect([shareIn({ allowance }, MONTH), shareIn({ allowance }, MONTH + 1), shareIn({}, MONTH)]).toEqual([
      7,
      null,
      null,
    ]);
    expect(shareIn({ allowance: { ...allowance, open: true } }, MONTH)).toBe("open");
    expect(shareIn({ allowance: { ...allowance, open: false } }, MONTH)).toBe(7);
  });

  test("a month's builds prove a larger plan once they cost more than the 300 credits of Free", () => {
    expect([isBeyondFree(0), isBeyondFree(20), isBeyondFree(21)]).toEqual([false, false, true]);
  });

  test("a site without a budget of its own has its share, or what Free pays if nothing was shared out", () => {
    const monthly = (fields: Partial<Site>, spent?: Spent) =>
      paceOf({ ...fields, ...(spent && { slot: { spent } }) }).monthly;
    const allowance = { builds: 7, at: NOW };
    expect(monthly({})).toBe(18);
    expect(monthly({ allowance })).toBe(7);
    expect(monthly({ allowance }, spentOf())).toBe(7);
    expect(monthly({ allowance: { ...allowance, open: true } })).toBeNull();
    expect(monthly({ allowance }, spentOf({ thisMonth: 99 }))).toBe(7);
    expect(monthly({ allowance: { ...allowance, at: LAST_MONTH } }, spentOf())).toBe(18);
    expect(monthly({}, spentOf({ thisMonth: 20 }))).toBe(18);
    expect(monthly({}, spentOf({ thisMonth: 21 }))).toBeNull();
    expect(monthly({ pacing: { ...presetPacing("standard"), preset: null, monthlyBuilds: 3 }, allowance })).toBe(3);
    expect(monthly({ pacing: presetPacing("balanced"), allowance })).toBeNull();
  });

  test("a site that another service builds has only a budget of its own, because its builds cost the plan nothing", () => {
    const other = { buildHookKind: "other", allowance: { builds: 7, at: NOW } } as const;
    expect(paceOf(other)).toMatchObject({ adapts: true, monthly: null });
    expect(paceOf({ ...other, slot: { spent: spentOf({ thisMonth: 18 }) } }).monthly).toBeNull();
    const pacing = { ...presetPacing("standard"), preset: null, monthlyBuilds: 3 };
    expect(paceOf({ ...other, pacing }).monthly).toBe(3);
    expect(paceOf({ ...other, buildHookKind: "netlify" }).monthly).toBe(7);
  });
});

describe("a pending build that is held", () => {
  const pending = (spent: Partial<Spent> | null, fields: Partial<Site> = {}, hold?: { for: string }) => {
    const site = aSite(fields);
    const { slot } = accept(site.slot, aRequest(), { now: NOW, rev: 2, firstRev: 1 }, "build-1");
    const until = NOW + 30 * DAY;
    const waiting = {
      ...must(slot),
      ...(spent && { spent: spentOf(spent) }),
      ...(hold && { held: { ...hold, since: NOW, until, times: 1 } }),
    };
    return [{ ...site, slot: waiting }, must(waiting.pending)] as const;
  };
  const held = (...given: Parameters<typeof pending>) => {
    const opening = heldOpening(...pending(...given));
    return opening === null ? null : opening.waitingFor;
  };
  const paced = (fields: object) => ({ pacing: { ...presetPacing("instant"), preset: null, ...fields } });

  test("a build is held by Netlify, by the brake, and by a month whose builds are made", () => {
    expect(held(null, {}, { for: "credits" })).toBe("credits");
    expect(held(null, {}, { for: "builds-stopped" })).toBe("builds-stopped");
    expect(held({ streak: 4, alike: 4, likeness: 1 })).toBe("brake");
    expect(held({ thisMonth: 3 }, paced({ monthlyBuilds: 3 }))).toBe("budget");
    expect(held({ thisMonth: 4 }, paced({ monthlyBuilds: 3 }))).toBe("budget");
  });

  test("a build that waits as its pacing says is not held", () => {
    expect(held(null)).toBeNull();
    expect(held({}, paced({ minIntervalSeconds: 60 }))).toBeNull();
    expect(held({ today: 3 }, paced({ dailyBuilds: 3 }))).toBeNull();
    expect(held({ today: 3, thisMonth: 3 }, paced({ dailyBuilds: 3, monthlyBuilds: 30 }))).toBeNull();
    expect(held({ thisMonth: 12 }, { allowance: { builds: 17, at: NOW } })).toBeNull();
  });

  test.each([
    ["waits as its pacing says", true, pending({})],
    ["is braked", true, pending({ streak: 4, alike: 4, likeness: 1 })],
    ["has used up its month", false, pending({ thisMonth: 3 }, paced({ monthlyBuilds: 3 }))],
    ["is held by Netlify", false, pending(null, {}, { for: "credits" })],
  ])("a pending build that %s waits for the running one: %s", (_state, waits, [site, build]) => {
    const running = { ...site, slot: { ...site.slot, running: {} } };
    expect([waitsForRunning(running, build), waitsForRunning(site, build)]).toEqual([waits, false]);
  });
});
