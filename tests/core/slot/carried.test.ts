import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, HOUR, LEASE, MINUTE } from "../../../src/core/durations.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { Bench } from "../../support/bench.ts";
import { aConfigurationRequest, must, ok, refusedCall } from "../../support/builders.ts";

const EXPIRED = LEASE + CLOCK_SKEW + 1;

describe("a job that reports by itself goes on while sites are asked for what others changed", () => {
  /** A run that lost its worker in a call of `d`: `c` had changed something, `a` and `b` report by themselves. */
  const asking = () => {
    const bench = new Bench({ sources: ["a", "b", "c", "d"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    const { fence } = bench.run;
    const last = bench.now + 2 * HOUR;
    bench.settle({ outcomes: { c: ok() }, parked: { a: bench.now + HOUR, b: last } });
    bench.pass(EXPIRED).claim();
    return { bench, syncId, fence, last };
  };

  test("a job that reports by itself leaves its run to the worker that calls the sites", () => {
    const { bench } = asking();
    const { by, parts } = bench.run;
    expect(Object.keys(parts)).toEqual(["a", "b"]);
    expect(bench.pass(8000).settle({}).kind).toBe("sites");
    expect(bench.run).toMatchObject({ phase: "sites", by, parts, leaseUntil: bench.now + LEASE });
  });

  test("a job's report is kept until the sites were called, then judged", () => {
    const { bench, syncId, fence } = asking();
    expect(bench.report("a", ok(), fence).kind).toBe("recorded");
    expect(bench.report("b", ok({ changed: false }), fence).kind).toBe("recorded");
    expect(bench.run.phase).toBe("sites");
    bench.built();
    expect(bench.sync(syncId).parts).toMatchObject({ a: { status: "succeeded" }, b: { status: "succeeded" } });
    expect(bench.slot).toMatchObject({ running: null, build: { changed: ["a"], syncIds: [syncId] } });
  });

  test("a job's report is built together with what others changed, for both, if the worker that calls the sites vanishes", () => {
    const { bench, syncId, fence } = asking();
    const { since } = must(bench.slot.build);
    bench.report("a", ok({ version: "2" }), fence);
    bench.pass(EXPIRED).claim();
    expect(bench.slot.build).toMatchObject({ syncIds: [syncId], changed: ["c", "a"], versions: { a: "2" }, since });
    expect(since).toBeLessThan(bench.now);
  });

  test("a job that reports by itself has no worker after the sites were called, until the last deadline", () => {
    const { bench, syncId, fence, last } = asking();
    bench.built();
    expect(bench.run).toMatchObject({ phase: "sources", by: null, lead: syncId, leaseUntil: last });
    expect(Object.keys(bench.run.parts)).toEqual(["a", "b"]);
    expect(bench.report("a", ok({ changed: false }), fence).kind).toBe("recorded");
    expect(bench.report("b", ok({ changed: false }), fence).kind).toBe("recorded");
    expect(bench.slot.running).toBeNull();
    bench.claim();
    bench.settle({ outcomes: { d: ok({ version: "1" }) } });
    bench.built();
    expect(endStatus(bench.sync(syncId))).toBe("succeeded");
  });

  test("a job that reports by itself is not called again by the worker that goes on with what is pending", () => {
    const { bench, fence } = asking();
    const { syncId } = bench.accept({ slugs: ["c"] });
    bench.pass(2000).built(bench.claimant());
    expect(bench.run).toMatchObject({ lead: syncId, parts: { a: { parked: true, callFence: fence } } });
    expect(bench.run.parts["c"]?.callFence).toBe(bench.run.fence);
  });

  test("a job that reports by itself goes on when a person cancels what was to be built", () => {
    const bench = new Bench({ sources: ["a", "b", "d"] });
    const quick = bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.pass(MINUTE);
    const slow = bench.accept({ slugs: ["a", "d"] });
    bench.claimGathered();
    bench.settle({ outcomes: { b: ok() }, parked: { a: bench.now + HOUR } });
    bench.pass(EXPIRED).claim(undefined, false);
    expect(bench.slot).toMatchObject({ build: { syncIds: [quick.syncId] }, running: { phase: "sources", by: null } });
    const { running } = bench.slot;
    bench.cancel(quick.syncId);
    expect(bench.slot).toMatchObject({ build: null, running });
    expect(bench.sync(slow.syncId).finishedAt).toBeNull();
  });
});

describe("a write that was decided again because its reply was lost", () => {
  test("a write decided again is recognised where it called the sites and claimed the next sync, and ends nothing twice", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok());
    const { fence } = bench.run;
    bench.accept();
    bench.pass(2000);
    const next = bench.claimant("next");
    bench.built(next, fence);
    const again = bench.built(next, fence);
    expect(again).toEqual({ kind: "ended", next: { kind: "mine", run: bench.run }, slot: bench.slot, ended: [] });
    const settled = bench.settle({}, next, fence);
    expect(settled).toEqual({ kind: "ended", next: { kind: "mine", run: bench.run }, slot: bench.slot, ended: [] });
  });

  test("a write decided again is not mistaken for one that claimed nothing: its worker is outdated", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    bench.settleAll(ok());
    const { fence } = bench.run;
    bench.built(bench.claimant("next"), fence);
    expect(bench.slot.running).toBeNull();
    expect(bench.built(bench.claimant("next"), fence)).toEqual({ kind: "fenced" });
    expect(bench.settle({}, bench.claimant("next"), fence)).toEqual({ kind: "fenced" });
  });
});

describe("sites are asked", () => {
  test("a sites phase has a lease that begins with the write that ended the sources phase", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    const settled = bench.pass(8000).settleAll(ok());
    expect(settled).toEqual({ kind: "sites", slot: bench.slot, run: bench.run });
    expect(bench.run.leaseUntil).toBe(bench.now + LEASE);
  });
});

describe("a build", () => {
  const ran = () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    return { bench, syncId };
  };

  test("a build has an id of its own for each run, whoever ends it", () => {
    const { bench, syncId } = ran();
    const { fence } = bench.run;
    bench.settle({ outcomes: { a: ok() } });
    bench.pass(EXPIRED).claim();
    expect(bench.slot.build?.id).toBe(`${syncId}.${fence}`);
    const quick = ran();
    quick.bench.settleAll(ok());
    expect(quick.bench.slot.build?.id).toBe(`${quick.syncId}.${quick.bench.run.fence}`);
  });

  test("a build of a build layer is for its sync alone, and changed nothing by name", () => {
    const bench = new Bench({ sources: [] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    expect(bench.slot.build).toEqual({
      id: `${syncId}.0`,
      syncIds: [syncId],
      changed: [],
      versions: {},
      since: bench.now,
    });
  });

  test("a build caused only by a removed source leaves no version of it behind", () => {
    const { bench } = ran();
    bench.settleAll(ok({ version: "1" }));
    bench.configure(["b"]);
    bench.built();
    expect(bench.slot.built).toEqual({ b: "1" });
  });

  test("a build is not owed to a change of the configuration alone, also if its worker vanished", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.offer(aConfigurationRequest());
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok() } });
    bench.pass(EXPIRED).claim();
    expect(bench.slot).toMatchObject({ build: null, doubt: { a: bench.now } });
  });

  test("a build is owed to a retry that wanted one, although only the configuration calls again", () => {
    const { bench } = ran();
    bench.settle({ outcomes: { a: refusedCall, b: ok({ changed: false }) } });
    bench.offer(aConfigurationRequest({ slugs: ["a"] }));
    bench.claimGathered();
    expect(bench.run.parts["a"]?.build).toBe(true);
  });
});

describe("what goes over to a newer sync", () => {
  const debtor = () => {
    const bench = new Bench({ sources: ["a", "b"] });
    const first = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    return { bench, first };
  };

  test("a failed call hands its attempts, its clock and fields of a later release to the newer sync, and no doubt", () => {
    const { bench } = debtor();
    const { since } = must(bench.run.parts["a"]);
    bench.settleAll(refusedCall);
    const retry = must(bench.slot.retry["a"]);
    bench.slot = { ...bench.slot, retry: { a: { ...retry, future: "kept" } } };
    const second = bench.accept({ slugs: ["a"] });
    const deliveredAt = must(must(bench.slot.pending).asks["a"]).deliveredAt;
    bench.claimGathered();
    expect(bench.run.parts["a"]).toStrictEqual({
      syncId: second.syncId,
      tries: 1,
      lost: 0,
      since,
      ask: { full: true, deliveredAt },
      build: true,
      callFence: bench.run.fence,
      riding: false,
      future: "kept",
    });
    expect(bench.slot.doubt).toEqual({});
  });

  test.each(["polled", "parked"])(
    "a job that was %s passes on nothing but its doubt: the newer sync makes a call of its own",
    (how) => {
      const { bench } = debtor();
      const deadline = bench.now + HOUR;
      if (how === "polled") bench.settle({ polled: { a: { location: "https://jobs/1", deadline } } });
      else bench.settle({ parked: { a: deadline } });
      bench.slot = { ...bench.slot, running: { ...bench.run, leaseUntil: bench.now } };
      const second = bench.accept({ slugs: ["a"] });
      bench.pass(EXPIRED).claim();
      expect(Object.keys(must(bench.run.parts["a"])).sort()).toEqual(
        ["ask", "build", "callFence", "lost", "riding", "since", "syncId", "tries"].sort(),
      );
      expect(bench.run.parts["a"]).toMatchObject({ syncId: second.syncId, callFence: bench.run.fence });
      expect(bench.slot.doubt).toEqual({ a: bench.now });
    },
  );
});

describe("of a run that was handed over", () => {
  test("a handed-over run puts only those calls in doubt whose answers nobody will receive", () => {
    const bench = new Bench({ sources: ["decided", "polled", "parked", "called"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({
      outcomes: { decided: ok() },
      polled: { polled: { location: "https://jobs/1", deadline: bench.now + HOUR } },
      parked: { parked: bench.now + HOUR },
    });
    bench.handOver();
    expect(bench.pass(MINUTE).claim()).toMatchObject({ kind: "claimed", ended: [] });
    expect(bench.run.leaseUntil).toBe(bench.now + LEASE);
    expect(bench.slot.doubt).toEqual({ called: bench.now });
  });
});

describe("a job that is polled", () => {
  test("a polled job keeps its place and deadline, also if its worker vanished", () => {
    const bench = new Bench({ sources: ["a"] });
    bench.accept();
    bench.claimGathered();
    const polled = { location: "https://jobs/1", deadline: bench.now + HOUR };
    bench.settle({ polled: { a: polled } });
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["a"]).toMatchObject({ ...polled, lost: 1 });
  });
});

describe("a job that reports by itself", () => {
  test("a job that reports by itself times out at its very deadline, and its effect is in doubt", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ parked: { a: bench.now + EXPIRED } });
    bench.pass(EXPIRED).claim();
    expect(bench.slot.retry["a"]).toMatchObject({
      tries: 1,
      error: "timed out: the job did not finish within timeoutSeconds",
    });
    expect(bench.slot.doubt["a"]).toBe(bench.now);
    expect(nextDue(bench.slot)).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
