import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { createLayer, tombstone } from "../../../src/core/layer/configureLayer.ts";
import { BUILD, pacingFrom, siteParts } from "../../../src/core/site/pacing.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import { emptySlot, type Outcome } from "../../../src/core/slot/slot.ts";
import { dayOf, monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { billOf, estimateOf } from "../../../src/core/usage/credits.ts";
import {
  chargedIn,
  countAt,
  countBuild,
  countIn,
  countRequest,
  countWork,
  monthName,
  monthNumber,
  sumUsage,
  type Usage,
  withOtherKind,
} from "../../../src/core/usage/usage.ts";
import { Bench } from "../../support/bench.ts";
import { aChange, aLayer, aRequest, must, ok, START, someSettings } from "../../support/builders.ts";

const HERE = monthName(monthOf(START));
const counts = (bench: Bench) => must(bench.slot.usage)[HERE];
const failed: Outcome = { kind: "failed", error: "no", unanswered: false, durationMs: 1 };
const silent: Outcome = { ...failed, unanswered: true };

describe("a layer counts", () => {
  test("a layer counts what was written: deliveries, requests of people, and which of them met a pending sync", () => {
    const bench = new Bench();
    bench.accept();
    bench.pass(2 * SECOND).accept();
    bench.accept({ trigger: { type: "manual", id: "by-hand", at: bench.now }, written: true });
    expect(counts(bench)).toMatchObject({ asked: 3, deliveries: 2, coalesced: 2 });
  });

  test("a delivery answered from the read alone is not counted, and none is counted twice", () => {
    const bench = new Bench();
    bench.accept({ id: "one" });
    bench.accept({ id: "two" });
    bench.accept({ id: "one" });
    expect(counts(bench)?.deliveries).toBe(1);
  });

  test("a layer counts syncs when they begin, not their retries, and those in which nothing had changed", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(failed);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok({ changed: false }));
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ changed: true }));
    expect(counts(bench)).toMatchObject({ started: 2, unchanged: 1 });
  });

  test("the time of a layer's workers counts while they attend a run and no longer", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.accept();
    bench.claimGathered();
    bench.pass(20 * SECOND).settle({ outcomes: { a: ok() }, parked: { b: bench.now + HOUR } });
    expect(counts(bench)?.worked).toBe(20 * SECOND);
    bench.pass(10 * MINUTE).report("b", ok(), must(bench.run.parts["b"]).callFence);
    expect(counts(bench)?.worked).toBe(20 * SECOND);
  });

  test("the time of a lost worker counts until its lease was over", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.pass(HOUR).claim();
    expect(counts(bench)?.worked).toBe(30 * SECOND);
  });
});

describe("a site counts", () => {
  const paced = () => {
    const bench = new Bench({ sources: [BUILD], sites: false });
    bench.parts = siteParts({ pacing: pacingFrom({ preset: "balanced" }) });
    return bench;
  };

  test("a site counts a build for each start, and the further requests that one build served", () => {
    const bench = paced();
    for (const id of ["one", "two", "three"]) {
      bench.accept({ trigger: { type: "build", id, at: bench.now }, written: true });
      bench.pass(5 * SECOND);
    }
    bench.pass(MINUTE).claim();
    bench.settleAll(ok());
    expect(counts(bench)).toMatchObject({ asked: 3, coalesced: 2, builds: 1, worked: 75 * SECOND });
  });

  test("a refused build is not counted, but one that may have been made is", () => {
    for (const [outcome, builds] of [
      [failed, 0],
      [silent, 1],
    ] as const) {
      const bench = paced();
      bench.accept();
      bench.pass(MINUTE).claim();
      bench.settleAll(outcome);
      expect(counts(bench)?.builds).toBe(builds);
    }
  });

  test("a refusal counts in the month of the start that it takes back", () => {
    const bench = paced();
    bench.now = monthStart(monthOf(START) + 1) - 10 * SECOND;
    const before = monthName(monthOf(bench.now));
    bench.accept({ receivedAt: bench.now - MINUTE });
    const [claimed] = [bench.pass(9 * SECOND)];
    bench.slot = { ...bench.slot, pending: { ...must(bench.slot.pending), released: true } };
    claimed.claim();
    expect(bench.slot.usage?.[before]?.builds).toBe(1);
    bench.pass(5 * SECOND).settleAll(failed);
    expect(bench.slot.usage?.[before]?.builds).toBe(0);
    expect(Object.values(bench.slot.usage ?? {}).map(({ builds }) => builds ?? 0)).not.toContain(-1);
  });

  test("a quiet period left to the tick counts no waiting", () => {
    const parts = siteParts({ pacing: pacingFrom({ preset: "saver", quietSeconds: 600 }) });
    const attempt = { now: START, rev: 1, firstRev: 0 };
    const { slot } = accept(emptySlot(), aRequest({ id: "one" }), attempt, "build");
    const claimant = { by: "worker", now: START + HOUR, rev: 2, start: true };
    const claimed = claim(must(slot), claimant, parts);
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    const over = settle(
      claimed.slot,
      claimed.run.fence,
      { ...noNews, outcomes: { [BUILD]: ok() } },
      null,
      claimant.now,
      parts,
    );
    if (over.kind !== "ended") throw new Error(over.kind);
    expect(Object.values(must(over.slot.usage)).map(({ worked }) => worked ?? 0)).toEqual([0]);
  });
});

describe("counts", () => {
  test("counts are kept for thirteen months, and then the oldest are dropped", () => {
    let usage = countAt(undefined, START, { ticks: 1 });
    const first = monthOf(START);
    for (let month = first; month < first + 20; month += 1) usage = countIn(usage, month, { asked: 1 });
    expect(Object.keys(usage)).toEqual(Array.from({ length: 13 }, (_, i) => monthName(first + 7 + i)));
  });

  test("counts are kept by their time, in whatever order they were made", () => {
    let usage = countIn(undefined, monthOf(START) + 20, { asked: 1 });
    for (let back = 19; back >= 0; back -= 1) usage = countIn(usage, monthOf(START) + back, { asked: 1 });
    const kept = Object.keys(usage).sort();
    expect([kept.length, kept.at(-1)]).toEqual([13, monthName(monthOf(START) + 20)]);
  });

  test("counts of a worker are its time at the sources of a run, and nothing where there was none", () => {
    const run = { by: "w", phase: "sources", startedAt: START };
    expect(countWork({}, run, START + MINUTE)).toEqual({ usage: { [HERE]: { worked: MINUTE } } });
    expect(countWork({}, run, START)).toEqual({});
    expect(countWork({}, run, START - MINUTE)).toEqual({});
    expect(countWork({}, { ...run, phase: "sites" }, START + MINUTE)).toEqual({});
    expect(countWork({}, { ...run, by: null }, START + MINUTE)).toEqual({});
  });

  test("counts of a later release stay as they are, and so do months that are not touched", () => {
    const known = { "2026-10": { asked: 1, purged: 3 }, "2026-11": { asked: 1, purged: 2 } };
    expect(countIn(known, monthNumber("2026-11"), { asked: 2 })).toEqual({
      "2026-10": { asked: 1, purged: 3 },
      "2026-11": { asked: 3, purged: 2 },
    });
  });

  test("counts of two documents are added month by month", () => {
    expect(sumUsage({ "2026-10": { builds: 1 } }, { "2026-10": { builds: 2 }, "2026-11": { asked: 1 } })).toEqual({
      "2026-10": { builds: 3 },
      "2026-11": { asked: 1 },
    });
    expect(sumUsage(undefined, undefined)).toEqual({});
  });

  test("counts never fall below zero, also where a start was not counted yet", () => {
    expect(countIn({}, monthNumber("2026-11"), { builds: -1 })).toEqual({ "2026-11": { builds: 0 } });
  });

  test("counts of deliveries and builds are kept for each day of their month, and a refused start is taken from its own day", () => {
    const month = monthNumber("2026-02");
    const first = monthStart(month);
    const request = { isDelivery: true, isMerged: false };
    let usage = countRequest(undefined, first, request);
    usage = countRequest(usage, first + 2 * DAY + HOUR, request);
    usage = countRequest(usage, first + 2 * DAY + HOUR, { ...request, isDelivery: false });
    const last = { month, day: dayOf(monthStart(month + 1) - 1) };
    usage = countBuild(usage, { month, day: dayOf(first + DAY) }, 1);
    usage = countBuild(countBuild(usage, last, 1), last, -1);
    const builds = Array.from({ length: 28 }, (_, day) => (day === 1 ? 1 : 0));
    expect(usage).toEqual({
      "2026-02": { asked: 3, deliveries: 2, deliveriesByDay: [1, 0, 1], builds: 1, buildsByDay: builds },
    });
  });

  test("a build costs what it cost when it was made, whatever kinds its site's build hook gets and whatever is refused", () => {
    const month = monthOf(START);
    const day = dayOf(START);
    const steps = fc.array(fc.constantFrom("build", "refused", "kind"), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (taken) => {
        let usage: Usage = {};
        let isOther = false;
        const charged: boolean[] = [];
        for (const step of taken) {
          if (step === "kind") {
            usage = withOtherKind(usage);
            isOther = !isOther;
          } else {
            usage = countBuild(usage, { day, month }, 1);
            if (step === "refused") usage = countBuild(usage, { day, month }, -1);
            else charged.push(!isOther);
          }
          expect(chargedIn(usage[HERE] ?? {}, isOther).builds).toBe(charged.filter(Boolean).length);
        }
      }),
    );
  });

  test("a start that is refused after its site got another kind takes nothing from the builds that follow", () => {
    const start = { day: dayOf(START), month: monthOf(START) };
    const refused = countBuild(withOtherKind(countBuild({}, start, 1)), start, -1);
    expect(chargedIn(must(refused[HERE]), true).builds).toBe(0);
    const later = withOtherKind(countBuild(refused, start, 1));
    expect(chargedIn(must(later[HERE]), false).builds).toBe(0);
    expect(chargedIn(must(countBuild(later, start, 1)[HERE]), false).builds).toBe(1);
  });

  test("counts by day are kept for three months, because a document is read for every publish", () => {
    let usage = countRequest(undefined, START, { isDelivery: true, isMerged: false });
    for (let month = monthOf(START); month < monthOf(START) + 4; month += 1) {
      usage = countBuild(usage, { month, day: dayOf(monthStart(month)) }, 1);
    }
    const [oldest, ...newer] = Object.keys(usage)
      .sort()
      .map((name) => usage[name]);
    // A month whose builds were for no publish keeps that, because it has no days any more.
    expect(oldest).toEqual({ asked: 1, deliveries: 1, builds: 1, publishes: 0 });
    expect(newer).toEqual([
      { builds: 1, buildsByDay: [1] },
      { builds: 1, buildsByDay: [1] },
      { builds: 1, buildsByDay: [1] },
    ]);
  });

  test("counts of a month without builds lose their days, and say nothing of builds", () => {
    const first = countRequest(undefined, START, { isDelivery: true, isMerged: false });
    const later = [1, 2, 3].reduce((usage, more) => countIn(usage, monthOf(START) + more, { ticks: 1 }), first);
    expect(later[monthName(monthOf(START))]).toEqual({ asked: 1, deliveries: 1 });
  });

  test("counts outlive their layer, and go on when its id is used again", () => {
    const used = { [HERE]: { asked: 4 } };
    const layer = { ...aLayer(), slot: { ...emptySlot(), usage: used } };
    const gone = tombstone(layer, aChange());
    expect(gone.usage).toEqual(used);
    expect(createLayer(layer.id, true, someSettings(), aChange(), false, gone).slot.usage).toEqual(used);
    expect(createLayer("other-one", true, someSettings(), aChange(), false, null).slot.usage).toBeUndefined();
  });
});

describe("months", () => {
  test("months are named by year and month, and found again by their names", () => {
    for (const name of ["2026-01", "2026-11", "2026-12", "1999-02", "0042-07"]) {
      expect(monthName(monthNumber(name))).toBe(name);
    }
    expect(monthName(monthOf(Date.UTC(2026, 0, 1) - 1))).toBe("2025-12");
    expect(monthName(monthOf(Date.UTC(2026, 0, 1)))).toBe("2026-01");
  });

  test("months begin where the calendar says", () => {
    for (let month = 1; month <= 600; month += 1) {
      expect(monthStart(monthNumber("1999-01") + month)).toBe(Date.UTC(1999, month, 1));
    }
  });
});

test("an estimate is the bill of what was counted", () => {
  expect(estimateOf({ deliveries: 3, ticks: 2, started: 4, worked: MINUTE, builds: 2 })).toEqual(
    billOf({ deliveries: 3, ticks: 2, workers: 4, waitedMs: MINUTE, builds: 2 }),
  );
  expect(estimateOf({})).toEqual({ running: 0, builds: 0, total: 0 });
});
