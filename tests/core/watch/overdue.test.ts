import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { emptySlot, type Pending, type Slot } from "../../../src/core/slot/slot.ts";
import type { Cause, Sync } from "../../../src/core/slot/sync.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { earliest, isEndUnknown, overdueAfter, unliveAtSite, unliveInLayer } from "../../../src/core/watch/overdue.ts";
import { aSite, START } from "../../support/builders.ts";

const trigger = { type: "webhook", id: "d", at: START } as const;
const pending = (fields: Partial<Pending> = {}): Pending => ({
  syncId: "sync-9",
  filledAt: START,
  at: START + 5 * SECOND,
  notBefore: START + 6 * SECOND,
  trigger,
  all: true,
  asks: {},
  deliveries: 1,
  build: true,
  ...fields,
});
const sync = (fields: Partial<Sync> = {}): Sync => ({
  id: "sync-1",
  scope: "all",
  trigger,
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START + MINUTE,
  finishedAt: null,
  claimRev: 3,
  parts: {},
  sites: [],
  ...fields,
});
const cause = (fields: Partial<Cause> = {}): Cause => ({
  dataLayerId: "layer-1",
  name: "The blog",
  syncId: "sync-1",
  publishedAt: START,
  ...fields,
});
const slot = (fields: Partial<Slot>): Slot => ({ ...emptySlot(), ...fields });

describe("the wait of a publish", () => {
  test("a publish is overdue after an hour, unless the layer says after how many minutes", () => {
    expect(overdueAfter({})).toBe(HOUR);
    expect(overdueAfter({ overdueMinutes: 5 })).toBe(5 * MINUTE);
    expect(overdueAfter({ overdueMinutes: 0 })).toBe(0);
  });

  test("the earliest of several publishes is the one whose wait counts longest", () => {
    const unlive = [3, 1, 2].map((from) => ({ since: -from, from }));
    expect(earliest(unlive)).toEqual({ since: -1, from: 1 });
    expect(earliest([])).toBeNull();
  });
});

describe("a publish in its layer's slot", () => {
  const open = { "sync-1": sync({ queuedAt: START + SECOND }), "sync-2": sync({ id: "sync-2" }) };

  test("a publish waits in its layer since it was accepted, pending or in an open sync", () => {
    expect(unliveInLayer({ slot: slot({ pending: pending() }) })).toEqual({ since: START, from: START });
    expect(unliveInLayer({ slot: slot({ pending: pending({ filledAt: START + MINUTE }), open }) })).toEqual({
      since: START,
      from: START,
    });
    const first = pending({ filledAt: START - SECOND });
    expect(unliveInLayer({ slot: slot({ pending: first, open }) })?.from).toBe(START - SECOND);
    expect(unliveInLayer({ slot: slot({}) })).toBeNull();
  });

  test("a sync that no delivery caused is no publish, and a paused layer keeps its publishes on purpose", () => {
    const check = sync({ deliveries: 0 });
    expect(
      unliveInLayer({ slot: slot({ pending: pending({ deliveries: 0 }), open: { "sync-1": check } }) }),
    ).toBeNull();
    expect(unliveInLayer({ slot: slot({ pending: pending(), open, paused: true }) })).toBeNull();
  });
});

describe("a publish that waits at a site", () => {
  const site = (fields: Partial<Slot>, more: Partial<Site> = {}): Site =>
    aSite({ pacing: presetPacing("balanced"), slot: slot(fields), ...more });
  const waiting = (...causes: Cause[]): Partial<Slot> => ({ pending: pending({ causes }) });

  test("a publish that waits for a build counts from when the pacing lets the build start", () => {
    const quiet = START + 25 * SECOND;
    expect(unliveAtSite(site(waiting(cause())), "layer-1")).toEqual({ since: START, from: quiet });
    const late = cause({ publishedAt: quiet + 1 });
    expect(unliveAtSite(site(waiting(late)), "layer-1")).toEqual({ since: quiet + 1, from: quiet + 1 });
  });

  test("a publish counts as waiting for its layer alone, if it was a delivery and its time is known", () => {
    const seen = (fields: Partial<Cause>) => unliveAtSite(site(waiting(cause(fields))), "layer-1") !== null;
    expect(seen({ dataLayerId: "layer-2" })).toBe(false);
    expect(seen({ deliveries: 0 })).toBe(false);
    expect(seen({ deliveries: 3 })).toBe(true);
    const { publishedAt: _at, ...unknown } = cause();
    expect(unliveAtSite(site(waiting(unknown)), "layer-1")).toBeNull();
    expect(unliveAtSite(site({ pending: pending() }), "layer-1")).toBeNull();
    expect(unliveAtSite(site({}), "layer-1")).toBeNull();
  });

  test("a publish that is being built counts from the start of the build, or from its request before that", () => {
    const building = (fields: Partial<Sync>) => site({ open: { b: sync({ causes: [cause()], ...fields }) } });
    expect(unliveAtSite(building({}), "layer-1")?.from).toBe(START + MINUTE);
    expect(unliveAtSite(building({ startedAt: null, queuedAt: START + SECOND }), "layer-1")?.from).toBe(START + SECOND);
    const both = site({ ...waiting(cause()), open: { b: sync({ causes: [cause({ syncId: "sync-0" })] }) } });
    expect(unliveAtSite(both, "layer-1")?.from).toBe(START + 25 * SECOND);
  });

  test("a publish's wait for the month's budget counts, and its wait for a day's budget does not", () => {
    const spent = { lastAt: START - MINUTE, day: 0, today: 9, month: monthOf(START), thisMonth: 9 };
    const paced = (fields: Partial<Site["pacing"]>) =>
      site({ ...waiting(cause()), spent }, { pacing: { ...presetPacing("balanced"), preset: null, ...fields } });
    const month = unliveAtSite(paced({ monthlyBuilds: 9 }), "layer-1");
    expect(month?.from).toBe(START + 25 * SECOND);
    const today = { ...spent, day: Math.floor(START / (24 * HOUR)) };
    const day = site(
      { ...waiting(cause()), spent: today },
      { pacing: { ...presetPacing("balanced"), preset: null, dailyBuilds: 9 } },
    );
    const tomorrow = (today.day + 1) * 24 * HOUR;
    expect(unliveAtSite(day, "layer-1")?.from).toBe(tomorrow);
    expect(tomorrow).toBeLessThan(monthStart(monthOf(START) + 1));
  });

  test("a publish that Netlify holds back is not overdue, because the team is told of the hold", () => {
    const held = { for: "credits", since: START, until: START + HOUR, times: 1 };
    expect(unliveAtSite(site({ ...waiting(cause()), held }), "layer-1")).toBeNull();
  });
});

describe("a build whose end nobody reported", () => {
  const ended = (state: "unheard" | "ready", fields: object = {}) => ({
    fence: 1,
    open: 0,
    sync: { id: "b", status: "succeeded", queuedAt: START, finishedAt: START + MINUTE, deploy: { state }, ...fields },
  });
  const live = (at: number) => ({ heardAt: at, locked: false, recent: [], live: { id: "d", at } });

  test("a build's end is unknown if its deploy was last seen to start, until a later deploy is live", () => {
    expect(isEndUnknown({ lastEnded: ended("unheard") })).toBe(true);
    expect(isEndUnknown({ lastEnded: ended("unheard"), deploys: live(START + MINUTE - 1) })).toBe(true);
    expect(isEndUnknown({ lastEnded: ended("unheard"), deploys: live(START + MINUTE) })).toBe(false);
    expect(isEndUnknown({ lastEnded: ended("unheard", { finishedAt: null }), deploys: live(START) })).toBe(false);
    expect(isEndUnknown({ lastEnded: ended("unheard", { finishedAt: null }), deploys: live(START - 1) })).toBe(true);
    expect(isEndUnknown({ lastEnded: ended("unheard"), deploys: { heardAt: START, locked: false, recent: [] } })).toBe(
      true,
    );
  });

  test("a build's end is known if its deploy ended, and while no build has ended", () => {
    expect(isEndUnknown({ lastEnded: ended("ready") })).toBe(false);
    expect(isEndUnknown({ lastEnded: ended("ready", { deploy: undefined }) })).toBe(false);
    expect(isEndUnknown({ lastEnded: { fence: 0, open: 0, sync: null } })).toBe(false);
    expect(isEndUnknown({})).toBe(false);
  });
});
