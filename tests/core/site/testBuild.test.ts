import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { BUILD, presetPacing, siteParts } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { beginTestBuild, recordTest } from "../../../src/core/site/testBuild.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import { emptySlot, type Outcome, type Slot } from "../../../src/core/slot/slot.ts";
import { aChange, ada, aRequest, aSite, must, ok, START } from "../../support/builders.ts";

const by = aChange({ requestId: "test" });
const idle = aSite();
const begin = (site: Site) => {
  const begun = beginTestBuild(site, by);
  if (begun.kind === "busy") throw new Error("the site is busy");
  return begun;
};
const kindOf = (slot: Partial<Slot>) => beginTestBuild(aSite({ slot: { ...emptySlot(), ...slot } }), by).kind;

const filled = must(accept(emptySlot(), aRequest(), { now: START, rev: 2, firstRev: 1 }, "build-0").slot);
const claimed = claim(filled, { by: "worker", now: START + 10 * MINUTE, rev: 3, start: true }, siteParts(idle));
const running = must(claimed.kind === "claimed" ? claimed.slot : null);
const failed: Outcome = { kind: "failed", error: "the hook answered 500", unanswered: false, durationMs: 1 };
const settled = settle(
  running,
  running.fence,
  { ...noNews, outcomes: { [BUILD]: failed } },
  null,
  START,
  siteParts(idle),
);

describe("a test of a build hook begins", () => {
  test("a test's build is claimed by the write that requests it, under the person's name", () => {
    const { site, run, isWritten } = begin(idle);
    expect(isWritten).toBe(false);
    expect(site.slot).toMatchObject({ pending: null, running: { ...run, by: "test" }, fence: 1 });
    expect(site.slot.open["test-sync"]).toMatchObject({
      ...{ scope: "all", deliveries: 1, queuedAt: START, startedAt: START },
      trigger: { type: "manual", id: "test", at: START, actor: ada },
    });
    expect(site.slot.recent.map(({ id }) => id)).toContain("test");
    expect(run.parts[BUILD]?.build).toBe(false);
    const entry = site.owed.find(({ kind }) => kind === "audit");
    expect(entry).toMatchObject({
      entry: { action: "site.hook_tested", actor: ada, detail: { buildId: "test-sync" } },
    });
  });

  test("a test waits for no quiet time, interval or budget", () => {
    const pacing = { ...presetPacing("saver"), preset: null, monthlyBuilds: 0, dailyBuilds: 0 };
    const spent = { lastAt: START, day: 0, today: 9, month: 0, thisMonth: 9 };
    expect(begin(aSite({ pacing, slot: { ...emptySlot(), spent } })).run.parts[BUILD]).toBeDefined();
  });

  test("a test is refused while a build runs, waits or is tried again, and at a paused site", () => {
    expect(kindOf({})).toBe("begun");
    expect(kindOf(filled)).toBe("busy");
    expect(kindOf(running)).toBe("busy");
    const { slot } = must(settled.kind === "fenced" ? null : settled);
    expect(Object.keys(slot.retry)).toEqual([BUILD]);
    expect(kindOf(slot)).toBe("busy");
    expect(kindOf({ paused: true })).toBe("busy");
  });

  test("a test takes no run over, even one whose worker is long gone", () => {
    const run = { ...must(running.running), leaseUntil: 0 };
    expect(kindOf({ ...running, running: run })).toBe("busy");
  });

  test("a test that an earlier attempt began is found again, and one whose build is over begins no other", () => {
    const { site, run } = begin(idle);
    expect(beginTestBuild(site, by)).toEqual({ kind: "begun", site, run, isWritten: true });
    expect(beginTestBuild(site, aChange({ requestId: "other" })).kind).toBe("busy");
    expect(kindOf({ recent: site.slot.recent })).toBe("busy");
  });
});

describe("a test of a build hook ends", () => {
  const { site, run } = begin(idle);
  const NOW = START + SECOND;
  const end = (outcome: Outcome, deadline: number | null, fence = run.fence, slot = site.slot) =>
    recordTest(slot, siteParts(site), { fence, outcome, deadline, now: NOW });

  test("a test whose call succeeded ends at once, if no notification will report its build", () => {
    const { change, result } = end(ok(), null);
    expect(change?.slot).toMatchObject({ running: null, open: {} });
    expect(change?.ended.map(({ id, parts }) => [id, parts[BUILD]?.status])).toEqual([["test-sync", "succeeded"]]);
    expect(result).toBe(false);
  });

  test("a test fails with its first call, whatever the failure says of another attempt", () => {
    const later = { ...failed, uncounted: true, notBefore: NOW + MINUTE, atMost: 5 };
    for (const outcome of [failed, later]) {
      const { change } = end(outcome, null);
      expect(change?.ended[0]?.parts[BUILD]).toMatchObject({ status: "failed", error: "the hook answered 500" });
      expect(change?.slot.retry).toEqual({});
    }
  });

  test("a test whose build is reported later stays open until its deadline, without a worker", () => {
    const { change, result } = end(ok(), NOW + MINUTE);
    expect(change?.ended).toEqual([]);
    expect(change?.slot.running).toMatchObject({
      by: null,
      parts: { [BUILD]: { parked: true, deadline: NOW + MINUTE } },
    });
    expect(result).toBe(false);
  });

  test("a test that lost its run to another worker records nothing", () => {
    expect(end(ok(), null, run.fence + 1)).toEqual({ change: null, result: false });
    expect(end(ok(), null, run.fence, emptySlot(9))).toEqual({ change: null, result: false });
  });

  test("a test's end needs a worker if a build was requested meanwhile", () => {
    const asked = accept(site.slot, aRequest(), { now: NOW, rev: 9, firstRev: 8 }, "build-1");
    const instant = siteParts({ pacing: presetPacing("instant") });
    const { result } = recordTest(must(asked.slot), instant, {
      fence: run.fence,
      outcome: ok(),
      deadline: null,
      now: NOW,
    });
    expect(result).toBe(true);
  });
});
