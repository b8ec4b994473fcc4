import { describe, expect, test } from "vitest";
import { HOUR, LEASE, MINUTE } from "../../../src/core/durations.ts";
import { needsWake, nextDue, parkedUntil } from "../../../src/core/slot/nextDue.ts";
import { Bench } from "../../support/bench.ts";
import { refusedCall, START } from "../../support/builders.ts";

const waiting = () => {
  const bench = new Bench({ sources: ["a"] });
  bench.accept();
  bench.claimGathered();
  bench.settleAll(refusedCall);
  return { bench, due: nextDue(bench.slot) };
};

describe("whoever fills or frees a slot wakes a worker", () => {
  test("a write that fills or frees a slot wakes a worker for what is due within a burst and the clocks' difference", () => {
    const { bench, due } = waiting();
    expect(needsWake(bench.slot, due - 6000, true)).toBe(true);
    expect(needsWake(bench.slot, due - 6001, true)).toBe(false);
    expect(needsWake(bench.slot, due + HOUR, true)).toBe(true);
  });

  test("a write wakes no worker while one has the run and will look at its end", () => {
    const bench = new Bench();
    bench.accept();
    bench.claimGathered();
    bench.accept();
    expect(needsWake(bench.slot, bench.now, true)).toBe(false);
  });
});

describe("everybody else wakes one", () => {
  test("a write by anybody else wakes a worker only once what was due has waited for more than two seconds", () => {
    const { bench, due } = waiting();
    expect(needsWake(bench.slot, due, false)).toBe(false);
    expect(needsWake(bench.slot, due + 2000, false)).toBe(false);
    expect(needsWake(bench.slot, due + 2001, false)).toBe(true);
  });

  test("a write never wakes a worker for a slot in which nothing is due", () => {
    const { slot } = new Bench();
    for (const first of [true, false]) expect(needsWake(slot, START + HOUR, first)).toBe(false);
  });
});

describe("a run in which jobs report by themselves", () => {
  const parked = () => {
    const bench = new Bench({ sources: ["a", "b", "c"] });
    bench.accept();
    bench.claimGathered();
    const { fence } = bench.run;
    const location = "https://jobs/1";
    bench.settle({
      polled: { a: { location, deadline: bench.now + 3 * HOUR } },
      parked: { b: bench.now + HOUR, c: bench.now + 2 * HOUR },
    });
    return { bench, fence };
  };

  test("a run with jobs that report by themselves waits for the last of them, and for no other", () => {
    const { bench, fence } = parked();
    expect(parkedUntil(bench.run)).toBe(bench.now + 2 * HOUR);
    bench.report("c", { kind: "ok", durationMs: 1 }, fence);
    expect(parkedUntil(bench.run)).toBe(bench.now + HOUR);
    bench.report("b", { kind: "ok", durationMs: 1 }, fence);
    expect(parkedUntil(bench.run)).toBeNull();
  });

  test("a run with jobs that report by themselves is left alone until then, whatever else of it is decided", () => {
    const bench = new Bench({ sources: ["a", "b"] });
    bench.accept();
    bench.claimGathered();
    const deadline = bench.now + HOUR;
    bench.settle({ outcomes: { a: refusedCall }, parked: { b: deadline } });
    expect(nextDue(bench.slot)).toBe(deadline + 5001);
    expect(bench.claim().kind).toBe("busy");
  });

  test("a run with jobs that report by themselves is attended by any worker if another job of it is to be polled", () => {
    const { bench, fence } = parked();
    bench.handOver();
    expect(nextDue(bench.slot)).toBe(0);
    expect(bench.claim().kind).toBe("claimed");
    expect(bench.run.parts).toMatchObject({ a: { callFence: fence }, b: { parked: true, callFence: fence } });
  });

  test("a run with jobs that report by themselves keeps its worker's lease, whatever the jobs report meanwhile", () => {
    const { bench, fence } = parked();
    const { leaseUntil, by } = bench.run;
    expect(leaseUntil).toBe(bench.now + LEASE);
    bench.report("c", { kind: "ok", durationMs: 1 }, fence);
    expect(bench.run).toMatchObject({ leaseUntil, by });
  });

  test("a run left by its worker keeps a lease that ends, also when the last job has reported", () => {
    const { bench, fence } = parked();
    bench.handOver();
    bench.report("c", { kind: "ok", durationMs: 1 }, fence);
    expect(bench.run.leaseUntil).toBe(bench.now + HOUR);
    bench.pass(MINUTE).report("b", { kind: "ok", durationMs: 1 }, fence);
    expect(bench.run.leaseUntil).toBe(START + 1000 + HOUR);
  });
});
