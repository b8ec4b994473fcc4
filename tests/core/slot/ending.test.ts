import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import { endFinished, endStatus, markPart, successorOf, syncStatus } from "../../../src/core/slot/ending.ts";
import type { Sync, SyncPart } from "../../../src/core/slot/sync.ts";
import { Bench } from "../../support/bench.ts";
import { must, ok, refusedCall } from "../../support/builders.ts";

const running = (sources: readonly string[] = ["a", "b"]) => {
  const bench = new Bench({ sources });
  const { syncId } = bench.accept();
  bench.claimGathered();
  return { bench, syncId };
};

describe("how a sync ended", () => {
  const ended = (...statuses: SyncPart["status"][]): Sync => {
    const { bench, syncId } = running();
    const parts = Object.fromEntries(statuses.map((status, i) => [`s${i}`, { status, attempts: 1 }]));
    return { ...bench.sync(syncId), finishedAt: bench.now, parts };
  };

  test.each([
    ["failed", ["succeeded", "cancelled", "superseded", "failed"]],
    ["cancelled", ["succeeded", "superseded", "cancelled"]],
    ["superseded", ["succeeded", "superseded"]],
    ["succeeded", ["succeeded", "succeeded"]],
    ["succeeded", []],
  ] as const)("a sync is %s with parts that ended %j: the worst one decides", (status, parts) => {
    expect(endStatus(ended(...parts))).toBe(status);
  });

  test.each([
    ["failed", "missing"],
    ["succeeded", "queued"],
    ["succeeded", "coalesced"],
  ] as const)("a sync is %s with a site that was %s", (status, outcome) => {
    const sites = [{ siteId: "s", name: "S", buildId: null, outcome }];
    expect(endStatus({ ...ended("succeeded"), sites })).toBe(status);
    expect(endStatus({ ...ended(), sites })).toBe(status);
  });

  test("a sync is cancelled if a person cancelled it, whatever its parts had done by then", () => {
    expect(endStatus({ ...ended("succeeded"), cancelled: true })).toBe("cancelled");
    expect(endStatus({ ...ended("succeeded"), cancelled: false })).toBe("succeeded");
  });
});

describe("the status of an open sync", () => {
  test("an open sync is running while its change waits for the sites, whoever leads the run", () => {
    const { bench, syncId } = running();
    bench.settle({ outcomes: { a: ok({ changed: false }), b: refusedCall } });
    bench.pass(MINUTE);
    const second = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    const status = (id: string) => syncStatus(bench.slot, bench.sync(id));
    expect(bench.run.lead).toBe(second.syncId);
    expect(status(syncId)).toBe("retrying");
    bench.settleAll(ok());
    expect([status(syncId), status(second.syncId)]).toEqual(["running", "running"]);
  });
});

describe("a sync with nothing open", () => {
  const unchanged: SyncPart = { status: "succeeded", attempts: 1, changed: false };
  const check = { type: "schedule", id: "check", at: 1 } as const;
  /** What is left of a sync that ends now, and whether it counts as one in which nothing had changed. */
  const end = (fields: Partial<Sync>, parts: Record<string, SyncPart> = { a: unchanged, b: unchanged }) => {
    const { bench, syncId } = running();
    const sync: Sync = { ...bench.sync(syncId), deliveries: 0, ...fields, parts };
    const { usage: _usage, ...slot } = { ...bench.slot, open: { [syncId]: sync } };
    const over = endFinished(slot, bench.now);
    return {
      recorded: over.ended.length === 1,
      unchanged: Object.values(over.slot.usage ?? {}).reduce((sum, counts) => sum + (counts.unchanged ?? 0), 0),
      counts: over.slot.usage,
      open: Object.keys(over.slot.open).length,
    };
  };

  test("a finished sync goes on record, except a scheduled check that saw nothing new", () => {
    expect(end({ trigger: check })).toMatchObject({ recorded: false, open: 0 });
    expect(end({ trigger: { ...check, type: "manual" } })).toMatchObject({ recorded: true, open: 0 });
    expect(end({ trigger: check, deliveries: 1 }).recorded).toBe(true);
    expect(end({ trigger: check, cancelled: true }).recorded).toBe(true);
    expect(end({ trigger: check, cancelled: false }).recorded).toBe(false);
    expect(end({ trigger: check }, {}).recorded).toBe(true);
    expect(end({ trigger: check }, { a: unchanged, b: { ...unchanged, changed: true } }).recorded).toBe(true);
    expect(end({ trigger: check }, { a: unchanged, b: { status: "succeeded", attempts: 1 } }).recorded).toBe(true);
    expect(end({ trigger: check }, { a: { ...unchanged, status: "failed" } }).recorded).toBe(true);
  });

  test("a finished sync counts as unchanged when it is on record and every part said that nothing had changed", () => {
    const manual = { trigger: { ...check, type: "manual" as const } };
    expect(end(manual).unchanged).toBe(1);
    expect(end(manual, { a: unchanged, b: { ...unchanged, changed: true } })).toMatchObject({
      unchanged: 0,
      counts: undefined,
    });
    expect(end(manual, {}).counts).toBeUndefined();
    expect(end({ trigger: check }).counts).toBeUndefined();
    expect(end(manual, { a: { ...unchanged, status: "superseded" } }).counts).toBeUndefined();
  });
});

describe("the sync that took over", () => {
  const record = (...supersededBy: (string | null)[]): Sync => {
    const { bench, syncId } = running();
    const part = (by: string | null): SyncPart =>
      by === null ? { status: "succeeded", attempts: 1 } : { status: "superseded", attempts: 1, supersededBy: by };
    return { ...bench.sync(syncId), parts: Object.fromEntries(supersededBy.map((by, i) => [`s${i}`, part(by)])) };
  };

  test("a sync has no successor where every part ended by itself", () => {
    expect(successorOf(record(null, null))).toBeNull();
  });

  test("a sync names its successor also where other parts needed none", () => {
    expect(successorOf(record("sync-9", null))).toBe("sync-9");
    expect(successorOf(record(null, "sync-9"))).toBe("sync-9");
  });

  test("a sync names the newest of several successors", () => {
    expect(successorOf(record("sync-3", "sync-8", "sync-5"))).toBe("sync-8");
  });
});

describe("what a record says of a part", () => {
  test("a record's part keeps the error of its last attempt while it waits for the next, and loses it with a success", () => {
    const { bench, syncId } = running(["a"]);
    bench.settleAll(refusedCall);
    const part = () => must(bench.sync(syncId).parts["a"]);
    expect(part()).toEqual({ status: "retrying", attempts: 1, durationMs: 50, error: "the job answered 500" });
    bench.pass(MINUTE).claim();
    expect(part()).toMatchObject({ status: "running", error: "the job answered 500" });
    bench.settleAll(ok());
    expect(part()).toEqual({ status: "succeeded", attempts: 2, durationMs: 50, changed: true });
  });

  test("a record's part is added also if the record had not named it, as after an upgrade", () => {
    const { bench, syncId } = running(["a"]);
    const sync = { ...bench.sync(syncId), parts: {} };
    const slot = { ...bench.slot, open: { [syncId]: sync } };
    const told = (part: Partial<SyncPart>) => markPart(slot, syncId, "a", part).open[syncId]?.parts;
    expect(told({ changed: true })).toEqual({ a: { status: "running", attempts: 0, changed: true } });
  });

  test("a record's part changes nothing where there is no such record any more", () => {
    const { slot } = running(["a"]).bench;
    expect(markPart(slot, "gone", "a", { status: "failed" })).toBe(slot);
  });
});
