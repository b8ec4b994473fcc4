import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, LEASE, MINUTE } from "../../../src/core/durations.ts";
import { endStatus, successorOf, syncStatus } from "../../../src/core/slot/ending.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { Bench } from "../../support/bench.ts";
import { aConfigurationRequest, must, ok, refusedCall, START, timedOut } from "../../support/builders.ts";

const EXPIRED = LEASE + CLOCK_SKEW + 1;
const slugs = (bench: Bench) => Object.keys(bench.run.parts).sort();

describe("a claim", () => {
  test("a claim takes everything pending and every retry that is due, in one write", () => {
    const bench = new Bench({ sources: ["a", "b", "c"] });
    const first = bench.accept({ slugs: ["a", "b"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.pass(MINUTE);
    const second = bench.accept({ slugs: ["b", "c"] });
    bench.claimGathered();
    expect(slugs(bench)).toEqual(["a", "b", "c"]);
    expect(bench.run.parts["a"]).toMatchObject({ syncId: first.syncId, riding: true, tries: 1 });
    expect(bench.run.parts["b"]).toMatchObject({ syncId: second.syncId, riding: false, tries: 1 });
    expect(bench.run.parts["c"]).toMatchObject({ syncId: second.syncId, riding: false, tries: 0 });
    expect(bench.slot).toMatchObject({ pending: null, retry: {} });
  });

  test("a claim leaves a retry that is not due yet where it is, unless a newer sync names its source", () => {
    const bench = new Bench();
    bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    expect(slugs(bench)).toEqual(["b"]);
    expect(Object.keys(bench.slot.retry)).toEqual(["a"]);
  });

  test("a claim takes a retry over with its attempts and its clock; the older record names the newer sync", () => {
    const bench = new Bench({ sources: ["a"] });
    const first = bench.accept();
    bench.claimGathered();
    const { since } = must(bench.run.parts["a"]);
    bench.settleAll(refusedCall);
    const second = bench.accept();
    bench.claimGathered();
    expect(bench.run.parts["a"]).toMatchObject({ tries: 1, since, syncId: second.syncId });
    const record = bench.sync(first.syncId);
    expect([endStatus(record), successorOf(record)]).toEqual(["superseded", second.syncId]);
  });

  test("a claim starts nothing before a burst is gathered", () => {
    const bench = new Bench();
    bench.accept();
    expect(bench.pass(999).claim().kind).toBe("idle");
    expect(bench.pass(1).claim().kind).toBe("claimed");
  });

  test("a claim starts nothing while the layer is paused, and keeps everything for later", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.pause(true);
    expect(nextDue(bench.slot)).toBe(Number.POSITIVE_INFINITY);
    expect(bench.claimGathered().kind).toBe("idle");
    bench.pause(false);
    expect(bench.claim().kind).toBe("claimed");
  });

  test("a claim finds nothing to do in an idle slot and writes nothing", () => {
    const bench = new Bench();
    const { slot } = bench;
    expect(bench.claim()).toMatchObject({ kind: "idle", ended: [] });
    expect(bench.slot).toBe(slot);
  });

  test("a claim is refused while another worker has the run", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered();
    bench.accept();
    expect(bench.pass(LEASE + CLOCK_SKEW).claim().kind).toBe("busy");
  });

  test("a claim is recognised when it is decided again after its reply was lost", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered("me");
    const { slot } = bench;
    expect(bench.claim("me")).toEqual({ kind: "mine", run: bench.run });
    expect(bench.slot).toBe(slot);
  });

  test("a claim has a higher token than every one before it, and its calls carry it", () => {
    const bench = new Bench({ sources: ["a"] });
    const fences: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      bench.accept();
      bench.claimGathered();
      fences.push(bench.run.fence);
      expect(bench.run.parts["a"]?.callFence).toBe(bench.run.fence);
      bench.pass(EXPIRED);
    }
    expect(fences).toEqual([...new Set(fences)].sort((x, y) => x - y));
  });

  test("a claim resolves everything to the sources there are at that moment", () => {
    const bench = new Bench();
    bench.accept();
    bench.configure(["b", "c"]);
    bench.claimGathered();
    expect(slugs(bench)).toEqual(["b", "c"]);
  });

  test("a claim for a layer whose sources are all gone succeeds with nothing called and nothing built", () => {
    const bench = new Bench();
    const { syncId } = bench.accept({ slugs: ["x"] });
    expect(bench.claimGathered().kind).toBe("idle");
    expect(endStatus(bench.sync(syncId))).toBe("succeeded");
    expect(bench.slot.build).toBeNull();
  });
});

describe("a build layer", () => {
  test("a build layer's sync goes straight to its sites", () => {
    const bench = new Bench({ sources: [] });
    const { syncId } = bench.accept({ slugs: ["label"] });
    bench.claimGathered();
    expect(bench.run).toMatchObject({ phase: "sites", lead: syncId, parts: {} });
    bench.built();
    expect(endStatus(bench.sync(syncId))).toBe("succeeded");
  });

  test("a build layer without sites has nothing to do but to say so", () => {
    const bench = new Bench({ sources: [], sites: false });
    const { syncId } = bench.accept();
    expect(bench.claimGathered().kind).toBe("idle");
    expect(endStatus(bench.sync(syncId))).toBe("succeeded");
  });

  test("a layer that became a build layer while its last job still runs builds for its next sync all the same", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered();
    bench.settle({ parked: { a: bench.now + 60 * MINUTE } });
    bench.configure([]);
    const { syncId } = bench.accept();
    bench.pass(EXPIRED).claim();
    const waits = bench.slot.pending?.syncId === syncId || bench.slot.build?.syncIds.includes(syncId) === true;
    expect(waits).toBe(true);
  });

  test("a layer that became a build layer a moment ago does not build for its configuration alone", () => {
    const bench = new Bench();
    bench.offer(aConfigurationRequest());
    bench.configure([]);
    bench.claimGathered();
    expect(bench.slot.running).toBeNull();
  });
});

describe("a run whose worker vanished is taken over", () => {
  const crashed = () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept({ slugs: ["a", "b"] });
    bench.claimGathered();
    return { bench, syncId };
  };

  test("a takeover comes five seconds after the lease, together with the pending sync, under a new token", () => {
    const { bench, syncId } = crashed();
    const old = bench.run.fence;
    const pending = bench.accept({ slugs: ["b"] });
    expect(nextDue(bench.slot)).toBe(bench.now + EXPIRED);
    bench.pass(EXPIRED).claim();
    expect(bench.run.fence).toBeGreaterThan(old);
    expect(bench.run.parts["a"]).toMatchObject({ syncId, lost: 1, tries: 0 });
    expect(bench.run.parts["b"]).toMatchObject({ syncId: pending.syncId, lost: 1, tries: 0 });
    expect(bench.settle({}, null, old).kind).toBe("fenced");
  });

  test("a takeover judges what the vanished worker had recorded, and does not call it again", () => {
    const { bench } = crashed();
    bench.settle({ outcomes: { a: ok({ changed: true }) } });
    bench.pass(EXPIRED).claim();
    // What changed is built first.
    expect(bench.run.phase).toBe("sites");
    bench.built(bench.claimant());
    expect(slugs(bench)).toEqual(["b"]);
  });

  test("a takeover counts the next answer of a source whose call was lost as changed", () => {
    const { bench } = crashed();
    bench.pass(EXPIRED).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed.sort()).toEqual(["a", "b"]);
  });

  test("a takeover leaves a job that reports by itself running under its own token", () => {
    const { bench } = crashed();
    const old = bench.run.fence;
    bench.settle({ parked: { a: bench.now + 60 * MINUTE } });
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["a"]).toMatchObject({ parked: true, callFence: old, lost: 0 });
    expect(bench.report("a", ok(), old).kind).toBe("recorded");
  });

  test("a takeover polls a polled job on, without a second call", () => {
    const { bench } = crashed();
    const old = bench.run.fence;
    bench.settle({ polled: { a: { location: "https://jobs/1", deadline: bench.now + 60 * MINUTE } } });
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["a"]).toMatchObject({ location: "https://jobs/1", callFence: old, lost: 1 });
    bench.settle({ outcomes: { a: ok({ changed: false }), b: ok({ changed: false }) } });
    expect(bench.slot.build?.changed).toEqual(["b"]);
  });

  test("a takeover fails a job past its deadline: the attempt has timed out", () => {
    const { bench, syncId } = crashed();
    bench.settle({ parked: { a: bench.now + MINUTE, b: bench.now + MINUTE } });
    bench.pass(MINUTE + CLOCK_SKEW + 1).claim();
    expect(bench.slot.running).toBeNull();
    expect(bench.slot.retry["a"]).toMatchObject({ tries: 1, due: bench.now + MINUTE });
    expect(bench.slot.open[syncId]?.parts["a"]?.error).toContain("timed out");
  });

  test("a takeover counts the third loss of a source as a failed attempt", () => {
    const { bench } = crashed();
    for (let lost = 1; lost <= 2; lost += 1) bench.pass(EXPIRED).claim();
    expect(bench.run.parts["a"]).toMatchObject({ lost: 2, tries: 0 });
    bench.pass(EXPIRED).claim();
    expect(bench.slot.retry["a"]).toMatchObject({ tries: 1, due: bench.now + MINUTE });
    expect(bench.slot.retry["a"]?.error).toContain("worker_lost");
  });

  test("a source that kills every worker fails in the end, the others do not", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    for (let i = 0; i < 40 && bench.sync(syncId).finishedAt === null; i += 1) {
      if (bench.slot.running?.phase === "sites") bench.built();
      else if (bench.slot.running?.parts["b"] !== undefined) bench.settle({ outcomes: { b: ok() } });
      bench.pass(Math.max(nextDue(bench.slot) - bench.now, 0)).claim();
    }
    expect(bench.sync(syncId).parts).toMatchObject({ a: { status: "failed" }, b: { status: "succeeded" } });
    expect(bench.now - START).toBeGreaterThanOrEqual(15 * MINUTE);
  });

  test("a takeover while sites were being called calls them again for the same build", () => {
    const { bench } = crashed();
    bench.settleAll(ok());
    const id = bench.slot.build?.id;
    bench.pass(EXPIRED).claim();
    expect([bench.run.phase, bench.slot.build?.id]).toEqual(["sites", id]);
  });

  test("a takeover happens also while the layer is paused, but starts nothing", () => {
    const { bench } = crashed();
    bench.pause(true);
    bench.pass(EXPIRED).claim();
    expect(bench.slot.running).toBeNull();
    expect(Object.keys(bench.slot.retry)).toEqual(["a", "b"]);
  });
});

describe("a call whose answer nobody will hear puts its source in doubt", () => {
  test("a source is in doubt when a newer sync takes over a job polled by a worker that vanished", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ polled: { a: { location: "https://jobs/1", deadline: bench.now + 60 * MINUTE } } });
    bench.accept();
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["a"]?.location).toBeUndefined();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toEqual(["a"]);
  });

  test("a source is in doubt when a newer sync takes over a job that was to report by itself", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ parked: { a: bench.now + 60 * MINUTE } });
    bench.accept({ slugs: ["a"] });
    bench.pass(EXPIRED).claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toContain("a");
  });

  test("a source is in doubt when a worker at its time limit leaves its call behind", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.handOver();
    bench.claim();
    bench.settleAll(ok({ changed: false }));
    expect(bench.slot.build?.changed).toEqual(["a"]);
  });
});

describe("a run that was handed over", () => {
  test("a handed-over run is adopted at once, with its polled jobs as they are", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    const old = bench.run.fence;
    const polled = { location: "https://jobs/1", deadline: bench.now + 60 * MINUTE };
    bench.settle({ polled: { a: polled } });
    bench.handOver();
    expect(nextDue(bench.slot)).toBe(0);
    expect(bench.claim().kind).toBe("claimed");
    expect(bench.run.parts["a"]).toMatchObject({ ...polled, lost: 0, callFence: old });
    expect(bench.run.fence).toBeGreaterThan(old);
    expect(bench.settle({}, null, old).kind).toBe("fenced");
  });

  test("a handed-over run calls again under a key of its own what its worker left without an answer", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    const old = bench.run.fence;
    bench.handOver();
    expect(bench.claim().kind).toBe("claimed");
    expect(bench.run.parts["a"]).toMatchObject({ callFence: bench.run.fence });
    expect(bench.run.fence).toBeGreaterThan(old);
    expect(bench.slot.doubt).toHaveProperty("a");
  });

  test("a handed-over run that calls its sites is taken up within a lease, whatever a job reports meanwhile", () => {
    const bench = new Bench({ sources: ["a", "b", "c", "d"] });
    bench.accept();
    bench.claimGathered();
    const { fence } = bench.run;
    const deadline = bench.now + 60 * MINUTE;
    bench.settle({ outcomes: { c: ok() }, parked: { a: deadline, b: deadline } });
    bench.pass(EXPIRED).claim();
    expect(bench.run.phase).toBe("sites");
    bench.handOver();
    bench.report("a", ok(), fence);
    expect(nextDue(bench.slot) - bench.now).toBeLessThanOrEqual(EXPIRED);
  });

  test("a handed-over run is out of the hands of the worker that left it", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.handOver();
    expect(bench.settle({}).kind).toBe("fenced");
    expect(bench.handOver()).toBeNull();
  });
});

describe("the status of a sync is read off the document", () => {
  test("a sync's status is read off the document: pending, running, retrying and how it ended", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    const status = () => syncStatus(bench.slot, bench.sync(syncId));
    expect(status()).toBe("running");
    bench.settleAll(refusedCall);
    expect(status()).toBe("retrying");
    bench.pass(MINUTE).claim();
    bench.settleAll(ok());
    expect(status()).toBe("running");
    bench.built();
    expect(status()).toBe("succeeded");
  });

  test("an ended sync with a source given up has failed, whatever the others did", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    while (bench.slot.open[syncId] !== undefined) {
      const failing = { a: timedOut, b: ok({ changed: false }) };
      bench.settle({ outcomes: failing });
      if (bench.slot.running?.phase === "sites") bench.built();
      const due = nextDue(bench.slot);
      if (Number.isFinite(due)) bench.pass(due - bench.now).claim();
    }
    expect(endStatus(bench.sync(syncId))).toBe("failed");
    expect(bench.sync(syncId).attempts).toBeGreaterThanOrEqual(5);
  });
});
