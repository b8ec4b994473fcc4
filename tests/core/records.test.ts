import { describe, expect, test } from "vitest";
import { MINUTE } from "../../src/core/durations.ts";
import { SITES } from "../../src/core/limits.ts";
import { Bench } from "../support/bench.ts";
import { ada, aManualRequest, ok, refusedCall, START, timedOut } from "../support/builders.ts";

const queued = (siteId: string, buildId = `build-of-${siteId}`) =>
  ({ siteId, name: `The ${siteId}`, buildId, outcome: "queued" }) as const;

describe("the record of a sync", () => {
  test("a sync's record says who asked, what was done and when, to the last field", () => {
    const bench = new Bench();
    const { syncId } = bench.accept({ id: "first", slugs: ["a"] });
    bench.pass(300).accept({ id: "second", slugs: ["b"], body: "1" });
    bench.claimGathered();
    bench.pass(400).settle({
      outcomes: { a: ok({ changed: true, records: 12, message: "twelve\nposts", durationMs: 70 }), b: refusedCall },
    });
    bench.pass(100).built(null, bench.run.fence, [queued("site-1")]);
    bench.pass(MINUTE).claim();
    bench.settle({ outcomes: { b: ok({ changed: false, durationMs: 90 }) } });
    expect(bench.ended).toEqual([
      {
        id: syncId,
        scope: ["a", "b"],
        trigger: { type: "webhook", id: "second", at: START + 300, webhook: "default" },
        deliveries: 2,
        attempts: 2,
        queuedAt: START,
        startedAt: START + 1300,
        finishedAt: START + 1800 + MINUTE,
        claimRev: 4,
        parts: {
          a: { status: "succeeded", attempts: 1, changed: true, records: 12, message: "twelve posts", durationMs: 70 },
          b: { status: "succeeded", attempts: 2, changed: false, durationMs: 90 },
        },
        sites: [queued("site-1")],
        webhooks: ["default"],
      },
    ]);
  });

  test("a record of a sync cancelled before it started says so, and that it never called anything", () => {
    const bench = new Bench();
    const { syncId } = bench.accept({ id: "first", slugs: ["b"], body: "1" });
    bench.accept({ id: "second", slugs: ["a"], body: "2" });
    bench.pass(400).cancel(syncId);
    expect(bench.ended).toEqual([
      {
        id: syncId,
        scope: ["a", "b"],
        trigger: { type: "webhook", id: "second", at: START, webhook: "default" },
        deliveries: 2,
        attempts: 0,
        queuedAt: START,
        startedAt: null,
        finishedAt: START + 400,
        claimRev: null,
        cancelled: true,
        error: "cancelled by a person",
        parts: {},
        sites: [],
      },
    ]);
  });

  test("a record of a sync cancelled for everything says that it was for everything", () => {
    const bench = new Bench();
    const { syncId } = bench.offer(aManualRequest());
    bench.cancel(syncId);
    expect(bench.sync(syncId)).toMatchObject({ scope: "all", trigger: { type: "manual", actor: ada } });
  });

  test("a record of a sync cancelled while it ran says so of the sync and of each of its parts", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.pass(500).cancel(syncId);
    const part = { status: "cancelled", attempts: 0, error: "cancelled by a person" };
    expect(bench.sync(syncId)).toMatchObject({
      cancelled: true,
      error: "cancelled by a person",
      finishedAt: bench.now,
      parts: { a: part, b: part },
    });
  });

  test("a record of a sync whose only source was removed before it started says why it never ran", () => {
    const bench = new Bench();
    const { syncId } = bench.accept({ slugs: ["a"] });
    bench.configure(["b"]);
    expect(bench.sync(syncId)).toMatchObject({ cancelled: true, error: "the data source was removed", parts: {} });
  });

  test("a record of a failed sync says after how many attempts, how long the last took and why", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(timedOut);
    for (const wait of [1, 2, 4, 8]) {
      bench.pass(wait * MINUTE).claim();
      bench.settleAll(refusedCall);
    }
    expect(bench.sync(syncId)).toMatchObject({ attempts: 5, finishedAt: bench.now });
    expect(bench.sync(syncId).parts).toEqual({
      a: { status: "failed", attempts: 5, durationMs: 50, error: "the job answered 500" },
    });
  });

  test("a record counts the calls of lost workers as attempts of the source", () => {
    const bench = new Bench({ sources: ["a"] });
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.pass(MINUTE).claim();
    const part = () => bench.sync(syncId).parts["a"];
    expect(part()).toEqual({ status: "running", attempts: 1 });
    bench.pass(MINUTE).claim();
    expect(part()).toEqual({ status: "running", attempts: 2 });
    bench.pass(MINUTE).claim();
    expect(part()).toEqual({
      status: "retrying",
      attempts: 3,
      durationMs: 0,
      error: "worker_lost: the worker stopped 3 times before this source answered",
    });
    bench.pass(MINUTE).claim();
    bench.settleAll(ok({ changed: false }));
    const countedBecause = "unanswered-call";
    expect(part()).toEqual({ status: "succeeded", countedBecause, attempts: 4, durationMs: 50, changed: true });
  });

  test("a record names the layers that asked for a build, each once, the newest last", () => {
    const bench = new Bench({ sources: ["build"], sites: false });
    const cause = (dataLayerId: string, syncId: string) => ({ dataLayerId, name: "The blog", syncId });
    const { syncId } = bench.accept({ cause: cause("one", "s1"), written: true });
    bench.accept({ cause: cause("two", "s2"), written: true });
    bench.accept({ cause: { ...cause("one", "s1"), name: "Renamed" }, written: true });
    bench.accept({ written: true });
    bench.claimGathered();
    bench.settleAll(ok());
    expect(bench.sync(syncId).causes).toEqual([cause("two", "s2"), { ...cause("one", "s1"), name: "Renamed" }]);
  });

  test("a record names each site once, as it was last called, and no more sites than a layer may have", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settle({ outcomes: { a: ok(), b: refusedCall } });
    const many = Array.from({ length: SITES }, (_, i) => queued(`site-${i}`));
    bench.built(null, bench.run.fence, many);
    expect(bench.sync(syncId).sites).toEqual(many);
    bench.pass(MINUTE).claim();
    bench.settleAll(ok());
    const again = [queued("site-3", "another"), queued("site-new")];
    bench.built(null, bench.run.fence, again);
    expect(bench.sync(syncId).sites).toEqual([...many.filter(({ siteId }) => siteId !== "site-3").slice(1), ...again]);
  });

  test("a record names no site that was called for another sync's change", () => {
    const bench = new Bench();
    const waiting = bench.accept({ slugs: ["a"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    const changed = bench.accept({ slugs: ["b"] });
    bench.claimGathered();
    bench.settleAll(ok());
    bench.built(null, bench.run.fence, [queued("site-1")]);
    expect(bench.sync(changed.syncId).sites).toEqual([queued("site-1")]);
    expect(bench.sync(waiting.syncId).sites).toEqual([]);
  });

  test("a record cuts the long name of a site", () => {
    const bench = new Bench();
    const { syncId } = bench.accept();
    bench.claimGathered();
    bench.settleAll(ok());
    bench.built(null, bench.run.fence, [{ ...queued("site-1"), name: "x".repeat(80) }]);
    expect(bench.sync(syncId).sites[0]?.name).toBe("x".repeat(40));
  });
});
