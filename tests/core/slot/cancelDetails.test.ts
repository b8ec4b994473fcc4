import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import { Bench } from "../../support/bench.ts";
import { must, ok, refusedCall } from "../../support/builders.ts";

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

describe("removing a source", () => {
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

describe("trying again now", () => {
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

describe("a try that fails long after the first call of its source", () => {
  test("an attempt that fails long after the first call is not the last one if there were fewer than five", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ polled: { a: { location: "https://jobs/1", deadline: bench.now + HOUR } } });
    bench.pass(HOUR).settleAll(refusedCall);
    expect(bench.slot.retry["a"]).toMatchObject({ tries: 1, due: bench.now + MINUTE });
  });
});

describe("what a job says is cut before it is kept anywhere", () => {
  test("a job's text is cut before it is stored, also in a run that goes on as on record", () => {
    const bench = new Bench({ sources: ["a", "b", "c"] });
    bench.accept();
    bench.claimGathered();
    const long = "x".repeat(1000);
    bench.settle({ outcomes: { a: ok({ message: long, version: long }), b: { ...refusedCall, error: long } } });
    const { a, b } = bench.run.parts;
    expect(a?.outcome).toMatchObject({ kind: "ok", message: `${"x".repeat(155)}…` });
    expect(JSON.stringify(a?.outcome).length).toBeLessThan(400);
    expect(b?.outcome).toMatchObject({ kind: "failed", error: `${"x".repeat(155)}…` });
  });
});
