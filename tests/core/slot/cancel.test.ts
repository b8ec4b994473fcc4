import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import type { Request } from "../../../src/core/slot/accept.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { Bench } from "../../support/bench.ts";
import { aManualRequest, must, ok, refusedCall } from "../../support/builders.ts";

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

const cancelled = { cancelled: true, error: "cancelled by a person" };

/** `a` of the first sync waits for its next try, or rides in the run of the second, which also calls `b`. */
const two = (rides: boolean) => {
  const bench = new Bench({ sources: ["a", "b"] });
  const first = bench.accept({ slugs: ["a"] });
  bench.claimGathered();
  bench.settleAll(refusedCall);
  if (rides) bench.pass(MINUTE);
  const second = bench.accept({ slugs: ["b"] });
  bench.claimGathered();
  return { bench, first: first.syncId, second: second.syncId };
};

describe("cancelling a sync whose source waits", () => {
  test("a cancel of a sync whose source waits leaves the run of another alone", () => {
    const { bench, first, second } = two(false);
    const { running } = bench.slot;
    bench.cancel(first);
    expect(bench.slot).toMatchObject({ running, retry: {} });
    expect(bench.sync(first)).toMatchObject({ ...cancelled, parts: { a: { status: "cancelled" } } });
    expect(bench.sync(second).cancelled).toBeUndefined();
  });

  test("a cancel of a sync whose source waits leaves its finished parts on record as they ended", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settle({ outcomes: { a: refusedCall, b: ok({ changed: false }) } });
    bench.cancel(syncId);
    expect(bench.sync(syncId)).toMatchObject({
      ...cancelled,
      parts: { a: { status: "cancelled", error: "cancelled by a person" }, b: { status: "succeeded" } },
    });
  });
});

describe("cancelling a sync of which only a retry rides in a run", () => {
  test("a cancel of a sync whose retry is in a run ends that run, and every sync in it says that it was cancelled", () => {
    const { bench, first, second } = two(true);
    bench.cancel(first);
    expect(bench.slot).toMatchObject({ running: null, open: {} });
    for (const id of [first, second]) expect(bench.sync(id)).toMatchObject(cancelled);
  });

  test("a cancel of a sync whose retry is in a run ends its build too, and every sync of it says so", () => {
    const { bench, first, second } = two(true);
    bench.settleAll(ok());
    bench.cancel(second);
    expect(bench.slot).toMatchObject({ running: null, build: null, open: {} });
    for (const id of [first, second]) expect(bench.sync(id)).toMatchObject(cancelled);
  });
});

describe("cancelling a sync whose run asks its sites", () => {
  test("a cancel of a sync that calls its sites ends those calls also if the change was another's", () => {
    const { bench, first, second } = two(true);
    bench.settle({ outcomes: { a: ok(), b: refusedCall } });
    expect(bench.slot.build?.syncIds).toEqual([first]);
    bench.cancel(second);
    expect(bench.slot).toMatchObject({ running: null, build: null, retry: {}, open: {} });
    expect(bench.sync(first)).toMatchObject(cancelled);
  });

  test("a cancel leaves a change without a version in doubt; one with a version is compared again", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok({ version: "1" }), b: ok() } });
    bench.cancel(syncId);
    expect(bench.slot.doubt).toEqual({ b: bench.now });
    bench.accept();
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok({ version: "1" }), b: ok({ changed: false }) } });
    expect(bench.slot.build?.changed.sort()).toEqual(["a", "b"]);
  });
});

describe("cancelling a pending build", () => {
  test("a cancelled pending build says what a person asked of it, and nothing else", () => {
    const cancelledBuild = (fields: Partial<Request>) => {
      const bench = new Bench({ sources: ["build"], sites: false });
      const { syncId } = bench.offer(aManualRequest(fields));
      bench.cancel(syncId);
      return bench.sync(syncId);
    };
    const options = { branch: "preview", clearCache: true };
    expect(cancelledBuild(options)).toMatchObject({ ...options, ...cancelled, parts: {}, sites: [] });
    expect(cancelledBuild(options).sites).toEqual([]);
    for (const field of Object.keys(options)) expect(cancelledBuild({})).not.toHaveProperty(field);
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

  test("a manual retry delays nothing that is already due", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(refusedCall);
    const { due } = must(bench.slot.retry["a"]);
    bench.pass(HOUR).retryNow(syncId);
    expect(bench.slot.retry["a"]?.due).toBe(due);
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

  test("a removed source leaves a pending sync of everything as one of everything, without that source's part", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.accept({ slugs: ["a"], body: "1" });
    bench.accept({ slugs: ["b"], body: "2" });
    bench.configure(["b"]);
    expect(bench.slot.pending).toMatchObject({ syncId, all: true });
    expect(Object.keys(must(bench.slot.pending).asks)).toEqual(["b"]);
  });

  test("a removed source leaves a pending sync that asked for more as narrow as it was", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.accept({ slugs: ["a", "b"] });
    bench.configure(["b"]);
    expect(bench.slot.pending).toMatchObject({ all: false, asks: { b: { full: false } } });
  });

  test("a last source, when removed, turns its pending sync into one of everything, which a build layer builds", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept({ slugs: ["a"] });
    bench.configure([]);
    expect(bench.slot.pending).toMatchObject({ all: true, asks: {} });
    expect(bench.ended).toEqual([]);
  });
});

describe("a document in which something is missing, as a defect may leave it, comes to rest all the same", () => {
  const without = (bench: Bench) => {
    bench.slot = { ...bench.slot, open: {} };
  };

  test("a damaged document comes to rest where no sites are owed a build although they are being called", () => {
    const asking = () => {
      const bench = new Bench({ sources: ["a"] });
      const { syncId } = bench.accept();
      bench.claimGathered();
      bench.settle({ outcomes: { a: ok() } });
      bench.slot = { ...bench.slot, build: null };
      return { bench, syncId };
    };
    const built = asking().bench;
    built.built();
    expect(built.slot).toMatchObject({ running: null, open: {}, built: {} });
    const { bench, syncId } = asking();
    bench.slot = { ...bench.slot, running: { ...bench.run, lead: "another" } };
    bench.cancel(syncId);
    expect(bench.slot.open).toEqual({});
  });

  test("a damaged document comes to rest where a source waits for a sync without a record", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(refusedCall);
    without(bench);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot).toMatchObject({ running: null, retry: {}, open: {} });
  });

  test("a damaged document comes to rest where a probe answers for a sync without a record", () => {
    const bench = new Bench({ sources: ["cms"] });
    bench.offer(aManualRequest());
    bench.claimGathered();
    without(bench);
    bench.settleAll(ok({ version: "1", freshness: "confirmed" }));
    expect(bench.slot).toMatchObject({ running: null, open: {}, built: { cms: "1" } });
  });

  test("a damaged document comes to rest where sites are called for a sync without a record", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok());
    without(bench);
    bench.built(null, bench.run.fence, [{ siteId: "site-1", name: "One", buildId: "b", outcome: "queued" }]);
    expect(bench.slot).toMatchObject({ running: null, build: null, open: {} });
  });
});
