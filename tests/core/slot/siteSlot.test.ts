import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, DAY, HOUR, LEASE, MINUTE, SECOND, SLEPT_OUT } from "../../../src/core/durations.ts";
import type { Request } from "../../../src/core/slot/accept.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import { nextDue, sleptOut } from "../../../src/core/slot/nextDue.ts";
import type { Pace } from "../../../src/core/slot/pace.ts";
import type { Outcome } from "../../../src/core/slot/slot.ts";
import type { Counts } from "../../../src/core/usage/usage.ts";
import { Bench } from "../../support/bench.ts";
import { aRequest, must, ok, refusedCall, START, timedOut } from "../../support/builders.ts";

const EXPIRED = LEASE + CLOCK_SKEW + 1;
const instant: Pace = { quiet: 0, maxWait: 0, minInterval: 0, daily: null, monthly: null };

/** The slot of a site: its one part is its build, and each start costs credits. */
const aSiteBench = (pace: Partial<Pace> = {}): Bench => {
  const bench = new Bench({ sources: ["build"], sites: false });
  bench.parts = { ...bench.parts, pace: { ...instant, ...pace }, acceptedIsOver: true };
  return bench;
};
const ask = (bench: Bench, fields: Partial<Request> = {}): string => {
  const trigger = { type: "build", id: `request-${bench.rev}`, at: bench.now } as const;
  const request = { id: trigger.id, receivedAt: bench.now, full: true, build: false, written: true, trigger };
  return bench.offer(aRequest({ ...request, ...fields })).syncId;
};
const building = (pace: Partial<Pace> = {}) => {
  const bench = aSiteBench(pace);
  const buildId = ask(bench);
  bench.claimGathered();
  return { bench, buildId };
};
const counts = (bench: Bench): Counts => Object.values(bench.slot.usage ?? {})[0] ?? {};
const deploy = (fields: Partial<Deploy> = {}): Deploy => ({ id: "deploy-1", state: "ready", ...fields });
const failed = (fields: Partial<Extract<Outcome, { kind: "failed" }>> = {}): Outcome => ({
  kind: "failed",
  error: "the build failed",
  unanswered: false,
  durationMs: 0,
  ...fields,
});
/** The part is polled until an hour from now. */
const polled = (bench: Bench, more: { deploy?: Deploy } = {}) => ({
  polled: { build: { location: "https://builds/1", deadline: bench.now + HOUR, ...more } },
});

describe("a start of a build is paid", () => {
  test("a start of a build counts in the site's pace and in its usage; a sync of a layer counts in neither", () => {
    const { bench } = building();
    expect(bench.slot.spent).toMatchObject({ lastAt: bench.now, today: 1, thisMonth: 1 });
    expect(counts(bench)).toMatchObject({ builds: 1, started: 1 });
    const layer = new Bench({ sources: ["a"] });
    layer.accept();
    layer.claimGathered();
    expect(layer.slot.spent).toBeUndefined();
    expect(counts(layer)).not.toHaveProperty("builds");
  });

  test.each([
    ["given back where the hook refused the call", refusedCall, 0],
    ["kept where the call got no answer, because the build may have begun", timedOut, 1],
    ["kept where the deploy failed, because it was built", failed({ deploy: deploy({ state: "failed" }) }), 1],
    ["given back where no build began", failed({ deploy: deploy(), unbuilt: true }), 0],
    ["given back where somebody else's deploy failed", failed({ deploy: deploy({ foreign: true }) }), 0],
    ["given back where somebody else's deploy went live", ok({ deploy: deploy({ foreign: true }) }), 0],
    ["kept where its own deploy went live", ok({ deploy: deploy() }), 1],
    ["kept where nothing is known of its deploy", ok(), 1],
  ])("a start of a build is %s", (_what, outcome, builds) => {
    const { bench } = building();
    bench.settleAll(outcome);
    expect([counts(bench).builds, bench.slot.spent?.today, bench.slot.spent?.thisMonth]).toEqual([
      builds,
      builds,
      builds,
    ]);
  });

  test("a start of a build before an adopted deploy is not given back: the adoption was no start", () => {
    const { bench } = building();
    bench.settle({ parked: { build: bench.now + HOUR } });
    bench.report("build", ok({ deploy: deploy({ foreign: true }) }), bench.run.fence);
    expect(counts(bench).builds).toBe(1);
  });

  test("a start of a build is given back in a site whose starts nobody has counted, and nothing falls below zero", () => {
    const { bench } = building();
    const { spent: _spent, usage: _usage, ...slot } = bench.slot;
    bench.slot = slot;
    bench.settleAll(refusedCall);
    expect(bench.slot.spent).toBeUndefined();
    expect(counts(bench)).not.toHaveProperty("builds");
  });

  test("a second attempt of a build is a start of its own, and one that polls on is none", () => {
    const { bench } = building();
    bench.settleAll(timedOut);
    bench.pass(MINUTE).claim();
    expect(counts(bench).builds).toBe(2);
    bench.settle(polled(bench));
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["build"]).toMatchObject({ location: "https://builds/1" });
    expect([counts(bench).builds, bench.slot.spent?.today]).toEqual([2, 2]);
  });
});

describe("a second attempt of a build", () => {
  test("a second attempt of a build waits for the interval between starts, and one that polls on waits for nothing", () => {
    const { bench } = building({ minInterval: HOUR });
    const began = bench.now;
    bench.settleAll(timedOut);
    expect(nextDue(bench.slot, bench.parts)).toBe(began + HOUR);
    expect(bench.pass(HOUR - SECOND).claim()).toMatchObject({ kind: "idle" });
    expect(bench.pass(SECOND).claim()).toMatchObject({ kind: "claimed" });
    bench.settle(polled(bench));
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["build"]).toMatchObject({ location: "https://builds/1", lost: 1 });
  });

  test("a second attempt of a build waits for the time that the hook asked for, and at most a day", () => {
    const waits = (notBefore: number): number => {
      const { bench } = building();
      bench.settleAll(failed({ notBefore: bench.now + notBefore }));
      return must(bench.slot.retry["build"]).due - bench.now;
    };
    expect([SECOND, HOUR, 2 * DAY].map(waits)).toEqual([MINUTE, HOUR, DAY]);
  });

  test("a build fails for good after as many attempts as its outcome allows, however recent the first is", () => {
    const { bench, buildId } = building();
    bench.settleAll(failed({ atMost: 2 }));
    expect(bench.slot.retry["build"]).toMatchObject({ tries: 1 });
    bench.pass(MINUTE).claim();
    bench.settleAll(failed({ atMost: 2 }));
    expect(bench.sync(buildId).parts["build"]).toMatchObject({ status: "failed", attempts: 2 });
  });

  test("a build's attempts that do not count never let it fail for good, and are on record", () => {
    const { bench, buildId } = building();
    const refused = failed({ uncounted: true, atMost: 1 });
    for (let attempts = 1; attempts <= 3; attempts += 1) {
      bench.settleAll(refused);
      expect(bench.slot.retry["build"]).toMatchObject({ tries: 0, uncounted: attempts, due: bench.now + MINUTE });
      expect(bench.sync(buildId).parts["build"]).toMatchObject({ status: "retrying", attempts });
      bench.pass(MINUTE).claim();
    }
    bench.settleAll(failed({ atMost: 1 }));
    expect(bench.sync(buildId).parts["build"]).toMatchObject({ status: "failed", attempts: 4 });
  });

  test("a build that may fail no more is tried again after an attempt that does not count", () => {
    const { bench } = building();
    bench.settleAll(failed());
    bench.pass(MINUTE).claim();
    bench.settleAll(failed({ atMost: 1, uncounted: true }));
    expect(bench.slot.retry["build"]).toMatchObject({ tries: 1, uncounted: 1 });
  });
});

describe("what Netlify holds back", () => {
  test.each([
    ["whose deploy is known", deploy()],
    ["whose deploy is not known", null],
  ])("a refusal that holds all builds is stored, and a build %s ends the hold", (_what, known) => {
    const { bench } = building();
    bench.settleAll(failed({ held: "credits", uncounted: true }));
    expect(bench.slot.held).toMatchObject({ for: "credits", times: 1 });
    const { until } = must(bench.slot.held);
    expect(nextDue(bench.slot, bench.parts)).toBe(until);
    bench.pass(until - bench.now).claim();
    bench.settleAll(ok(known === null ? {} : { deploy: known }));
    expect(bench.slot).not.toHaveProperty("held");
  });

  test("a build after which nothing was heard does not end a hold", () => {
    const { bench } = building();
    const held = { for: "credits", since: START, until: START, times: 1 };
    bench.slot = { ...bench.slot, held };
    bench.settleAll(ok({ deploy: deploy({ state: "unheard" }) }));
    expect(bench.slot.held).toEqual(held);
  });

  test("a plain failure holds nothing back", () => {
    const { bench } = building();
    bench.settleAll(refusedCall);
    expect(bench.slot).not.toHaveProperty("held");
  });
});

describe("an accepted build of which no end was reported", () => {
  const unheard = (fields: Partial<Deploy> | null, layer = false) => {
    const { bench, buildId } = building();
    if (layer) bench.parts = { ...bench.parts, acceptedIsOver: false };
    const began = bench.now;
    bench.settle({ parked: { build: began + HOUR } });
    if (fields !== null) {
      const part = { ...must(bench.run.parts["build"]), deploy: deploy({ state: "building", ...fields }) };
      bench.slot = { ...bench.slot, running: { ...bench.run, parts: { build: part } } };
    }
    bench.pass(HOUR + EXPIRED).claim();
    return { bench, buildId, took: bench.now - began };
  };

  test.each([
    ["a deploy that is known", {}, { id: "deploy-1", state: "unheard" }],
    ["a deploy that is not known", null, { state: "unheard" }],
  ])("a build without a reported end counts as over, with %s, and the silence is stored", (_what, fields, known) => {
    const { bench, buildId, took } = unheard(fields);
    expect(bench.sync(buildId)).toMatchObject({
      finishedAt: bench.now,
      parts: { build: { status: "succeeded", attempts: 1, durationMs: took, deploy: known } },
    });
    expect(bench.slot).toMatchObject({ unheardAt: bench.now, retry: {} });
  });

  test("a build whose first attempt lies in the future, by a clock that is behind, took no negative time", () => {
    const { bench, buildId } = building();
    bench.settle({ parked: { build: bench.now } });
    const part = { ...must(bench.run.parts["build"]), since: bench.now + DAY };
    bench.slot = { ...bench.slot, running: { ...bench.run, parts: { build: part } } };
    bench.pass(EXPIRED).claim();
    expect(bench.sync(buildId).parts["build"]).toMatchObject({ status: "succeeded", durationMs: 0 });
  });

  test.each([
    ["somebody else's deploy, which was not paid", { foreign: true }, false],
    ["a layer's job, which can be called again", {}, true],
  ])("a build without a reported end is tried again where it is %s", (_what, fields, layer) => {
    const { bench } = unheard(fields, layer);
    expect(bench.slot.retry["build"]).toMatchObject({
      error: "timed out: the job did not finish within timeoutSeconds",
    });
    expect(bench.slot).not.toHaveProperty("unheardAt");
  });
});

describe("what a build's call is told", () => {
  test("a build's part knows when its newest request was stored; a layer's part does not", () => {
    const bench = aSiteBench();
    ask(bench);
    bench.pass(100);
    ask(bench);
    const [at, rev] = [bench.now, bench.rev];
    bench.claimGathered();
    expect(bench.run.parts["build"]).toMatchObject({ askedAt: at, askedRev: rev });
    const layer = new Bench({ sources: ["a"] });
    layer.accept();
    layer.claimGathered();
    expect(layer.run.parts["a"]).not.toHaveProperty("askedAt");
  });

  test("a build's part has no revision of its newest request where a former release stored none", () => {
    const bench = aSiteBench();
    ask(bench);
    const { askedRev: _askedRev, ...pending } = must(bench.slot.pending);
    bench.slot = { ...bench.slot, pending };
    bench.claimGathered();
    expect(bench.run.parts["build"]).toMatchObject({ askedAt: START });
    expect(bench.run.parts["build"]).not.toHaveProperty("askedRev");
  });

  test("a polled build keeps the deploy that it follows when its worker vanishes, and a repeated call has none", () => {
    const { bench, buildId } = building();
    const started = deploy({ state: "building" });
    bench.settle(polled(bench, { deploy: started }));
    bench.pass(EXPIRED).claim();
    expect(bench.run.parts["build"]).toMatchObject({ deploy: started, lost: 1 });
    bench.settleAll(timedOut);
    expect(bench.slot.retry["build"]).not.toHaveProperty("deploy");
    expect(bench.sync(buildId).parts["build"]).not.toHaveProperty("deploy");
  });

  test("a build that takes over a polled one makes a call of its own, with no deploy yet", () => {
    const { bench } = building();
    bench.settle(polled(bench, { deploy: deploy({ state: "building" }) }));
    const buildId = ask(bench);
    bench.pass(EXPIRED).claim();
    const { build } = bench.run.parts;
    expect(build).toMatchObject({ syncId: buildId, callFence: bench.run.fence });
    for (const field of ["deploy", "location", "deadline"]) expect(build).not.toHaveProperty(field);
  });

  test("a build's deploy is on record, also of a failed attempt, until the next attempt has one", () => {
    const { bench, buildId } = building();
    const first = deploy({ state: "failed", error: "no space left" });
    bench.settleAll(failed({ deploy: first }));
    expect(bench.sync(buildId).parts["build"]?.deploy).toEqual(first);
    bench.pass(MINUTE).claim();
    expect(bench.sync(buildId).parts["build"]).not.toHaveProperty("deploy");
    bench.settleAll(ok({ deploy: deploy({ id: "deploy-2" }) }));
    expect(bench.sync(buildId).parts["build"]?.deploy).toEqual(deploy({ id: "deploy-2" }));
  });

  test("a site's slot puts no change off: there are no sites behind it", () => {
    const { bench } = building();
    bench.settleAll(ok());
    expect(bench.slot).not.toHaveProperty("unbuilt");
  });
});

describe("the time that a worker waits for a site's editors", () => {
  /** What counts as worked at the claim of a build that its worker waited for so long. */
  const waited = (waitMs: number, pace: Partial<Pace>, fields: Partial<Request> = {}): number => {
    const bench = aSiteBench({ maxWait: 10 * MINUTE, ...pace });
    ask(bench, fields);
    bench.pass(waitMs).claim();
    return counts(bench).worked ?? 0;
  };

  test("a worker's wait counts as worked from the first request of the build", () => {
    expect(waited(2 * MINUTE, { quiet: 2 * MINUTE })).toBe(2 * MINUTE);
    expect(waited(SLEPT_OUT, { quiet: SLEPT_OUT })).toBe(SLEPT_OUT);
  });

  test("a worker's wait counts for no longer than the site's editors are waited for", () => {
    expect(waited(HOUR, { quiet: MINUTE, maxWait: 5 * MINUTE })).toBe(5 * MINUTE);
  });

  test("a worker's wait does not count where the tick ends it, or a person released the build", () => {
    expect(waited(SLEPT_OUT + SECOND, { quiet: SLEPT_OUT + SECOND })).toBe(0);
    expect(waited(MINUTE, { quiet: MINUTE }, { released: true })).toBe(0);
    expect(waited(MINUTE, { quiet: MINUTE })).toBe(MINUTE);
  });

  test("a worker's wait is never negative, although the clock of its claim is behind", () => {
    const bench = aSiteBench({ quiet: MINUTE, maxWait: MINUTE });
    ask(bench);
    expect(sleptOut(bench.slot, must(bench.slot.pending), START - SECOND, bench.parts)).toBe(0);
  });

  test("a wait that an interval makes long does not count, however short the quiet period is", () => {
    const bench = aSiteBench({ minInterval: HOUR });
    ask(bench);
    bench.claimGathered();
    bench.settleAll(ok());
    const before = counts(bench).worked ?? 0;
    ask(bench);
    bench.pass(HOUR).claim();
    expect(bench.run.phase).toBe("sources");
    expect((counts(bench).worked ?? 0) - before).toBe(0);
  });
});
