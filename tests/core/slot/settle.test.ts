import { describe, expect, test } from "vitest";
import { HOUR, LEASE, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { NOTE_BYTES, SITES } from "../../../src/core/limits.ts";
import { backoff, noteText } from "../../../src/core/slot/judge.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { type JobReport, recordReport } from "../../../src/core/slot/recordReport.ts";
import { built } from "../../../src/core/slot/settle.ts";
import type { Purge, SiteAsk } from "../../../src/core/slot/sync.ts";
import { Bench } from "../../support/bench.ts";
import { aConfigurationRequest, must, ok, refusedCall, timedOut } from "../../support/builders.ts";

const running = (sources: readonly string[] = ["a", "b"]) => {
  const bench = new Bench({ sources });
  const { syncId } = bench.accept();
  bench.claimGathered();
  return { bench, syncId, fence: bench.run.fence };
};

/** Runs to the end of the run there is, with these answers. */
const runThrough = (bench: Bench, outcomes: Parameters<Bench["settle"]>[0]["outcomes"]): void => {
  if (bench.slot.running === null) bench.claimGathered();
  bench.settle({ outcomes: outcomes ?? {} });
  if (bench.slot.running?.phase === "sites") bench.built();
};

const cut = `no ${"x".repeat(NOTE_BYTES - 8)}…`;

describe("a worker's write while it attends a run", () => {
  test("a worker's write renews its lease and keeps what it learned", () => {
    const { bench } = running();
    bench.pass(8000);
    expect(bench.settle({ outcomes: { a: ok() } }).kind).toBe("renewed");
    expect(bench.run.leaseUntil).toBe(bench.now + LEASE);
    expect(bench.run.parts["a"]?.outcome).toEqual(ok());
    expect(bench.slot.build).toBeNull();
  });

  test("a worker's write never replaces a stored outcome", () => {
    const { bench } = running();
    bench.settle({ outcomes: { a: ok() } });
    bench.settle({ outcomes: { a: refusedCall } });
    expect(bench.run.parts["a"]?.outcome).toEqual(ok());
  });

  test("a worker's write notes where to poll, so that a job is not started twice", () => {
    const { bench } = running();
    const polled = { location: "https://jobs/1", deadline: bench.now + HOUR };
    bench.settle({ polled: { a: polled } });
    expect(bench.run.parts["a"]).toMatchObject(polled);
  });

  test("a worker's write leaves a run in which only jobs that report by themselves are open, until the last deadline", () => {
    const { bench, fence } = running();
    const last = bench.now + 2 * HOUR;
    expect(bench.settle({ parked: { a: bench.now + HOUR, b: last } }).kind).toBe("parked");
    expect(bench.run).toMatchObject({ by: null, leaseUntil: last });
    expect(nextDue(bench.slot)).toBeGreaterThan(last);
    expect(bench.settle({}, null, fence).kind).toBe("fenced");
  });

  test("a worker's write with the last outcome ends the run, and claims what is pending", () => {
    const { bench, syncId } = running();
    const next = bench.accept();
    bench.pass(2000);
    const settled = bench.settleAll(ok({ changed: false }), bench.claimant("next"));
    expect(settled).toMatchObject({ kind: "ended", next: { kind: "claimed", run: { lead: next.syncId } } });
    expect(bench.endedIds).toEqual([syncId]);
  });

  test("a worker's write that ended the run and claimed the next is recognised when its reply was lost", () => {
    const { bench, fence } = running();
    bench.accept();
    bench.pass(2000);
    const next = bench.claimant("next");
    bench.settleAll(ok({ changed: false }), next);
    expect(bench.settle({}, next, fence)).toMatchObject({ kind: "ended", next: { kind: "mine", run: bench.run } });
  });

  test("a worker's write without the current token changes nothing", () => {
    const { bench, fence } = running();
    bench.pass(HOUR).claim();
    expect(bench.settle({ outcomes: { a: ok() } }, null, fence).kind).toBe("fenced");
    expect(bench.built(null, fence).kind).toBe("fenced");
    expect(bench.handOver(fence)).toBeNull();
    expect(bench.report("a", ok(), fence).kind).toBe("refused");
  });
});

describe("a job's own report", () => {
  const parked = () => {
    const { bench, syncId, fence } = running();
    bench.settle({ parked: { a: bench.now + HOUR, b: bench.now + 2 * HOUR } });
    return { bench, syncId, fence };
  };

  test("a job's report counts once, and only with the token of its call", () => {
    const { bench, fence } = parked();
    expect(bench.report("a", ok(), fence + 1).kind).toBe("refused");
    expect(bench.report("a", ok(), fence)).toEqual({ kind: "recorded", slot: bench.slot, ended: [] });
    expect(bench.report("a", refusedCall, fence).kind).toBe("refused");
    expect(bench.report("nobody", ok(), fence).kind).toBe("refused");
  });

  test("a job's report leaves the others until their own deadline", () => {
    const { bench, fence } = parked();
    const first = bench.now + HOUR;
    bench.report("b", ok(), fence);
    expect(bench.run.leaseUntil).toBe(first);
  });

  test("a job's report that is the last one ends the sources phase and requests a worker", () => {
    const { bench, syncId, fence } = parked();
    bench.report("a", ok(), fence);
    bench.report("b", refusedCall, fence);
    expect(bench.slot).toMatchObject({ running: null, build: { syncIds: [syncId], changed: ["a"] } });
    expect(nextDue(bench.slot)).toBe(0);
    expect(bench.claim()).toMatchObject({ kind: "claimed", run: { phase: "sites", lead: syncId } });
  });

  test("a job's report may overtake the worker's note that the job reports by itself", () => {
    const { bench, fence } = running();
    expect(bench.report("a", ok(), fence).kind).toBe("recorded");
    bench.settle({ parked: { a: bench.now + HOUR }, outcomes: { b: ok() } });
    expect(bench.run.phase).toBe("sites");
  });

  test("a job's report after a takeover, a cancel or the end is refused", () => {
    const late = parked();
    late.bench.pass(3 * HOUR).claim();
    expect(late.bench.report("a", ok(), late.fence).kind).toBe("refused");
    const cancelled = parked();
    cancelled.bench.cancel(cancelled.syncId);
    expect(cancelled.bench.report("a", ok(), cancelled.fence).kind).toBe("refused");
  });
});

describe("a job's report as its sender is answered", () => {
  const HALF_AN_HOUR = 30 * MINUTE;
  /** A run whose two jobs report by themselves. */
  const parked = () => {
    const { bench, syncId, fence } = running();
    bench.settle({ parked: { a: bench.now + HOUR, b: bench.now + HOUR } });
    const tell = (fields: Partial<JobReport> = {}, now = bench.now) => {
      const told = { id: "report-1", syncId, slug: "a", fence, outcome: ok({ durationMs: 0 }), ...fields };
      const decision = recordReport(bench.slot, bench.parts, told, now);
      if (decision.change !== null) bench.slot = decision.change.slot;
      return decision;
    };
    return { bench, syncId, tell };
  };

  test("a job's report is recorded with the time since its run began as its duration", () => {
    const { bench, tell } = parked();
    bench.pass(HALF_AN_HOUR);
    expect(tell().result).toEqual({ kind: "recorded", wake: false });
    expect(bench.run.parts["a"]?.outcome).toEqual({ kind: "ok", durationMs: HALF_AN_HOUR });
  });

  test("a job's report has no negative duration, although a clock is behind", () => {
    const { bench, tell } = parked();
    tell({}, bench.run.startedAt - SECOND);
    expect(bench.run.parts["a"]?.outcome).toMatchObject({ durationMs: 0 });
  });

  test("a job's last report wakes a worker for the builds that it owes", () => {
    const { bench, syncId, tell } = parked();
    tell({ slug: "b" });
    const { change, result } = tell({ id: "report-2" });
    expect(result).toEqual({ kind: "recorded", wake: true });
    expect(change).toEqual({ slot: bench.slot, ended: [] });
    expect(bench.slot).toMatchObject({ running: null, build: { syncIds: [syncId] } });
  });

  test("a job's last report ends a sync in which nothing changed, and wakes nobody", () => {
    const { syncId, tell } = parked();
    const outcome = ok({ changed: false });
    tell({ slug: "b", outcome });
    const { change, result } = tell({ id: "report-2", outcome });
    expect(result).toEqual({ kind: "recorded", wake: false });
    expect(change?.ended.map(({ id }) => id)).toEqual([syncId]);
  });

  test("a job's last report wakes a worker for what was published a moment ago", () => {
    const { bench, tell } = parked();
    const outcome = ok({ changed: false });
    tell({ slug: "b", outcome });
    bench.accept();
    expect(tell({ id: "report-2", outcome }).result).toEqual({ kind: "recorded", wake: true });
  });

  test.each([
    ["another sync", { syncId: "another" }],
    ["a source that the run does not call", { slug: "nobody" }],
    ["another call of the same source", { fence: 99 }],
  ])("a job's report about %s finds its call closed, and changes nothing", (_what, fields) => {
    const { bench, tell } = parked();
    const { slot } = bench;
    expect(tell(fields)).toEqual({ change: null, result: { kind: "closed" } });
    expect(bench.slot).toBe(slot);
  });

  test("a job's second report finds its call closed, and the same report sent again is recorded already", () => {
    const { tell } = parked();
    tell();
    expect(tell({ id: "report-2" })).toEqual({ change: null, result: { kind: "closed" } });
    expect(tell()).toEqual({ change: null, result: { kind: "recorded", wake: true } });
  });

  test("a job's report for a slot in which nothing runs finds its call closed", () => {
    const bench = new Bench();
    const told = { id: "report-1", syncId: "sync-1", slug: "a", fence: 1, outcome: ok() };
    expect(recordReport(bench.slot, bench.parts, told, bench.now)).toEqual({
      change: null,
      result: { kind: "closed" },
    });
  });

  test("a job's report is remembered by its id, with its sync", () => {
    const { bench, syncId, tell } = parked();
    tell();
    expect(bench.slot.recent.at(-1)).toEqual({ id: "report-1", syncId, queued: false });
  });
});

describe("sites are built after every run in which something changed", () => {
  test("a run in which something changed builds its sites also if another source failed", () => {
    const { bench, syncId } = running();
    bench.settle({ outcomes: { a: ok(), b: refusedCall } });
    expect(bench.run.phase).toBe("sites");
    expect(bench.slot.build).toMatchObject({ syncIds: [syncId], changed: ["a"] });
  });

  test("a run in which nothing changed builds nothing", () => {
    const { bench, syncId } = running();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot).toMatchObject({ running: null, build: null });
    expect(bench.endedIds).toEqual([syncId]);
  });

  test("a sync is over, on record with the sites it called, once all were called", () => {
    const { bench, syncId } = running();
    bench.settleAll(ok());
    expect(bench.endedIds).toEqual([]);
    const asked = { siteId: "site-1", name: "The site", buildId: "build-1", outcome: "queued" } as const;
    bench.built(null, bench.run.fence, [asked]);
    expect(bench.sync(syncId)).toMatchObject({ finishedAt: bench.now, sites: [asked] });
    expect(bench.slot).toMatchObject({ running: null, build: null, open: {} });
  });

  /** The record of a sync after its sites were called with these answers. */
  const recordAfter = (asked: readonly SiteAsk[], purged: Purge | null = null) => {
    const { bench, syncId } = running(["a"]);
    bench.settleAll(ok());
    const settled = built(bench.slot, bench.run.fence, asked, null, bench.now, bench.parts, purged);
    return settled.kind === "ended" ? settled.ended.find(({ id }) => id === syncId) : undefined;
  };

  test.each([
    ["purged", { outcome: "purged", tags: 2 }, { outcome: "purged", tags: 2 }],
    ["failed, with its error cut", { outcome: "failed", tags: 1, error: `no\n${"x".repeat(1000)}` }, { error: cut }],
  ] as const)("a sync's record says that its tags were %s", (_what, purged, purge) => {
    expect(recordAfter([], purged)?.purge).toEqual({ ...purged, ...purge });
  });

  test("a sync's record says nothing of tags where the layer has none", () => {
    expect(recordAfter([])).not.toHaveProperty("purge");
  });

  test("a sync's record names each site once, with its last answer, and the newest sites if there are too many", () => {
    const { bench, syncId } = running();
    const site = (siteId: string, fields: Partial<SiteAsk> = {}): SiteAsk => ({
      siteId,
      name: "The site",
      buildId: "build-1",
      outcome: "queued",
      ...fields,
    });
    bench.settle({ outcomes: { a: ok(), b: refusedCall } });
    bench.built(null, bench.run.fence, [site("one"), site("two")]);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok());
    const again = site("two", { buildId: "build-2" });
    const many = Array.from({ length: SITES - 1 }, (_, i) => site(`more-${i}`));
    const open = { ...bench.slot.open, other: { ...bench.sync(syncId), id: "other", sites: [] } };
    bench.slot = { ...bench.slot, open };
    expect(bench.sync(syncId).sites).toEqual([site("one"), site("two")]);
    bench.built(null, bench.run.fence, [again, ...many]);
    expect(bench.sync(syncId).sites).toEqual([again, ...many]);
    expect(bench.sync("other").sites).toEqual([]);
  });

  test("a sync's record keeps the sites of its first attempt that its last one did not call", () => {
    const { bench, syncId } = running();
    const first = { siteId: "one", name: "The site", buildId: "build-1", outcome: "queued" } as const;
    const [second, third] = [
      { ...first, siteId: "two" },
      { ...first, siteId: "three" },
    ];
    bench.settle({ outcomes: { a: ok(), b: refusedCall } });
    bench.built(null, bench.run.fence, [first, second]);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok());
    const again = { ...second, buildId: "build-2" };
    bench.built(null, bench.run.fence, [again, third]);
    expect(bench.sync(syncId).sites).toEqual([first, again, third]);
  });

  test("a worker's writes while sites are called renew its lease and change nothing else", () => {
    const { bench } = running();
    bench.settleAll(ok());
    const { build } = bench.slot;
    expect(bench.pass(8000).settle({}).kind).toBe("sites");
    expect(bench.run.leaseUntil).toBe(bench.now + LEASE);
    expect(bench.slot.build).toEqual(build);
  });

  test("a site is not called while the sources phase lasts", () => {
    const { bench } = running();
    expect(bench.built().kind).toBe("fenced");
  });
});

describe("what counts as changed", () => {
  test("an answer that does not say otherwise", () => {
    const { bench } = running(["a"]);
    bench.settleAll(ok());
    expect(bench.slot.build?.changed).toEqual(["a"]);
  });

  test("a version other than the one the sites were built with counts as changed, whatever else is said", () => {
    const { bench } = running(["a"]);
    runThrough(bench, { a: ok({ version: "1", changed: false }) });
    expect(bench.slot.built).toEqual({ a: "1" });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ version: "1", changed: true }));
    expect(bench.slot.build).toBeNull();
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ version: "2" }));
    expect(bench.slot.build).toMatchObject({ changed: ["a"], versions: { a: "2" } });
  });

  test("an answer without a version after a call that got no answer counts as changed", () => {
    const { bench } = running(["a"]);
    bench.settleAll(timedOut);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toEqual(["a"]);
    expect(bench.slot.doubt).toEqual({});
  });

  test("an answer after a call that failed counts as changed if it says so", () => {
    const { bench } = running(["a"]);
    bench.settleAll(refusedCall);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build).toBeNull();
  });

  test("a change seen only by a configuration sync is not built, and is not forgotten either", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settleAll(ok());
    expect(bench.slot.build).toBeNull();
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toEqual(["a"]);
  });

  test("a layer without sites never counts as changed: its sync is over at once", () => {
    const bench = new Bench({ sources: ["a"], sites: false });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ version: "1" }));
    expect(bench.endedIds).toEqual([syncId]);
    expect(bench.slot.built).toEqual({ a: "1" });
  });
});

describe("a source that failed is tried again without those that succeeded", () => {
  test("a failed source is not retried before 1, 2, 4, 8, 8 … minutes", () => {
    expect([1, 2, 3, 4, 5, 6, 900].map((tries) => backoff(tries) / MINUTE)).toEqual([1, 2, 4, 8, 8, 8, 8]);
    const { bench } = running();
    const waits: number[] = [];
    bench.settle({ outcomes: { a: refusedCall, b: ok({ changed: false }) } });
    for (let i = 0; i < 4; i += 1) {
      waits.push(must(bench.slot.retry["a"]).due - bench.now);
      expect(bench.pass((waits.at(-1) ?? 0) - 1).claim().kind).toBe("idle");
      bench.pass(1).claim();
      expect(Object.keys(bench.run.parts)).toEqual(["a"]);
      bench.settleAll(refusedCall);
    }
    expect(waits.map((ms) => ms / MINUTE)).toEqual([1, 2, 4, 8]);
  });

  test("a failed source fails for good with the fifth attempt, fifteen minutes after its first call", () => {
    const { bench, syncId } = running(["a"]);
    const began = bench.now;
    bench.settleAll(refusedCall);
    while (bench.slot.retry["a"] !== undefined) {
      bench.pass(nextDue(bench.slot) - bench.now).claim();
      bench.settleAll(refusedCall);
    }
    expect(bench.now - began).toBe(15 * MINUTE);
    expect(bench.sync(syncId).parts["a"]).toMatchObject({
      status: "failed",
      attempts: 5,
      error: "the job answered 500",
    });
  });

  test("a failed source is neither saved nor ended before fifteen minutes by a steady stream of newer deliveries", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    const began = bench.now;
    bench.settleAll(refusedCall);
    for (let i = 0; i < 1000 && bench.slot.retry["a"] !== undefined; i += 1) {
      bench.pass(10_000).accept();
      bench.claimGathered();
      bench.settleAll(refusedCall);
    }
    expect(bench.now - began).toBeGreaterThanOrEqual(15 * MINUTE);
    expect(bench.now - began).toBeLessThan(16 * MINUTE);
    expect(bench.ended.at(-1)?.parts["a"]?.status).toBe("failed");
  });

  test("a failed source is not retried once it was removed from the layer", () => {
    const { bench, syncId } = running();
    bench.configure(["b"]);
    bench.settleAll(refusedCall);
    expect(bench.slot.retry["a"]).toBeUndefined();
    expect(bench.sync(syncId).parts["a"]?.status).toBe("cancelled");
  });
});

describe("what a record says in a job's own words", () => {
  test("a job's own words in a record are cut, and hold no control characters", () => {
    expect(noteText("one\u0000\u0007\ntwo\u2028three\u0085")).toBe("one two three ");
    expect(noteText("x".repeat(1000))).toBe(`${"x".repeat(NOTE_BYTES - 5)}…`);
    expect(Buffer.byteLength(JSON.stringify(noteText(`"語😀\\`.repeat(1000))))).toBeLessThanOrEqual(NOTE_BYTES);
  });

  test("a job's own words in a record never end within a character", () => {
    expect(noteText(`${"x".repeat(NOTE_BYTES - 5)}😀`)).not.toMatch(/[\ud800-\udbff]$/);
  });

  test("a source may have any slug that the API takes", () => {
    const bench = new Bench({ sources: ["constructor", "b"] });
    bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    expect(Object.keys(bench.run.parts)).toEqual(["b"]);
    bench.settle({ outcomes: { b: ok({ changed: false }) } });
    bench.accept({ slugs: ["constructor"], body: "1" });
    bench.claimGathered();
    expect(bench.run.parts["constructor"]).toMatchObject({ ask: { full: false }, tries: 0 });
    bench.settle({});
    expect(bench.run.parts["constructor"]?.outcome).toBeUndefined();
    bench.settle({ outcomes: { constructor: ok({ changed: false }) } });
    expect(bench.slot.build).toBeNull();
  });
});
