import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { Bench } from "../../support/bench.ts";
import { ok, refusedCall } from "../../support/builders.ts";

describe("cancelling a sync", () => {
  test("a cancelled pending sync leaves its slot, and the running one goes on", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered();
    const { running } = bench.slot;
    const { syncId } = bench.accept({ slugs: ["a"] });
    bench.cancel(syncId);
    expect(bench.slot).toMatchObject({ pending: null, running });
    expect(bench.sync(syncId)).toMatchObject({ scope: ["a"], startedAt: null, claimRev: null });
    expect(endStatus(bench.sync(syncId))).toBe("cancelled");
  });

  test("a cancelled running sync fences its worker, records nothing of its calls and builds nothing", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    const { fence } = bench.run;
    bench.settle({ outcomes: { a: ok() } });
    bench.cancel(syncId);
    expect(bench.slot).toMatchObject({ running: null, build: null, retry: {}, open: {} });
    expect(bench.slot.fence).toBeGreaterThan(fence);
    expect(bench.settle({ outcomes: { b: ok() } }, null, fence).kind).toBe("fenced");
    expect(endStatus(bench.sync(syncId))).toBe("cancelled");
    expect(bench.sync(syncId).parts["a"]?.status).toBe("cancelled");
  });

  test("a cancelled running sync leaves its calls in doubt: the next answers count as changed", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.cancel(syncId);
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed.sort()).toEqual(["a", "b"]);
  });

  test("a cancelled running sync takes along every sync whose retry is part of the same run", () => {
    const bench = new Bench();
    const first = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.pass(MINUTE);
    const second = bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.cancel(second.syncId);
    expect([first, second].map(({ syncId }) => endStatus(bench.sync(syncId)))).toEqual(["cancelled", "cancelled"]);
    expect(nextDue(bench.slot)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a cancelled sync that waits for its retry ends its own retries and nobody else's", () => {
    const bench = new Bench();
    const first = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.cancel(first.syncId);
    expect(Object.keys(bench.slot.retry)).toEqual(["b"]);
    expect(endStatus(bench.sync(first.syncId))).toBe("cancelled");
  });

  test("a sync cancelled while its sites are called builds no more, and the change stays in doubt", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(ok());
    const { fence } = bench.run;
    bench.cancel(syncId);
    expect(bench.slot).toMatchObject({ running: null, build: null, open: {} });
    expect(bench.built(null, fence).kind).toBe("fenced");
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toEqual(["a"]);
  });

  test("a cancelled sync that waits for its retry leaves the build of another sync alone", () => {
    const bench = new Bench();
    const failing = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    const changed = bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.settleAll(ok());
    const { running, build } = bench.slot;
    bench.cancel(failing.syncId);
    expect(bench.slot).toMatchObject({ running, build });
    bench.built();
    expect(endStatus(bench.sync(changed.syncId))).toBe("succeeded");
  });

  test("a sync whose retry was part of a run that calls its sites fences that run's worker when cancelled", () => {
    const bench = new Bench();
    const riding = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.pass(MINUTE).accept({ slugs: ["b"] });
    bench.claimGathered();
    const { fence } = bench.run;
    bench.settleAll(ok());
    bench.cancel(riding.syncId);
    expect(bench.slot).toMatchObject({ running: null, build: null });
    expect(bench.built(null, fence).kind).toBe("fenced");
  });

  test("a cancel of a sync that is over, or never was, does nothing", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(ok({ changed: false }));
    for (const id of [syncId, "nothing", "constructor", "toString"]) expect(bench.cancel(id)).toBeNull();
  });
});

describe("trying again now", () => {
  test("a manual retry makes the waiting retries of one sync due, and no others", () => {
    const bench = new Bench();
    const first = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.retryNow(first.syncId);
    bench.claim();
    expect(Object.keys(bench.run.parts)).toEqual(["a"]);
    expect(bench.run.parts["a"]).toMatchObject({ riding: true, tries: 1 });
  });

  test("a sync without any changes nothing", () => {
    expect(new Bench().retryNow("nothing")).toBeNull();
  });
});

describe("removing a source", () => {
  test("a removed source leaves the pending sync, the retries and what is known of it", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settle({ outcomes: { a: refusedCall, b: ok({ changed: false, version: "1" }) } });
    bench.built();
    bench.accept({ slugs: ["a", "b"] });
    bench.configure(["b"]);
    expect(bench.slot.retry).toEqual({});
    expect(Object.keys(bench.slot.pending?.asks ?? {})).toEqual(["b"]);
    expect(bench.sync(syncId).parts["a"]).toMatchObject({ status: "cancelled", error: "the data source was removed" });
    bench.configure([]);
    expect(bench.slot).toMatchObject({ built: {}, doubt: {} });
  });

  test("a removed source ends a pending sync that asked for nothing else, and that is on record", () => {
    const bench = new Bench();
    const { syncId } = bench.accept({ slugs: ["a"] });
    bench.configure(["b"]);
    expect(bench.slot.pending).toBeNull();
    expect(endStatus(bench.sync(syncId))).toBe("cancelled");
  });

  test("a removed source's running call goes on, and nothing of it stays behind afterwards", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered();
    bench.configure(["b"]);
    expect(Object.keys(bench.run.parts)).toEqual(["a", "b"]);
    bench.settleAll(ok({ version: "1" }));
    bench.built();
    expect(bench.slot.built).toEqual({ b: "1" });
  });

  test("a layer's last source, when removed, leaves the pending sync, which then builds", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept({ slugs: ["a"] });
    bench.configure([]);
    bench.claimGathered();
    expect(bench.run).toMatchObject({ phase: "sites", lead: syncId });
  });
});
