import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { layerParts } from "../../../src/core/layer/layer.ts";
import { askCatchUp, CATCH_UP_WITHIN, checkDue, checkNow, nextCheck, probeOf } from "../../../src/core/slot/check.ts";
import { needsWake, nextDue } from "../../../src/core/slot/nextDue.ts";
import { emptySlot, type Probe, type Slot } from "../../../src/core/slot/slot.ts";
import { spread } from "../../../src/core/spread.ts";
import { Bench } from "../../support/bench.ts";
import {
  aConfigurationRequest,
  aLayer,
  aManualRequest,
  aSource,
  must,
  ok,
  refusedCall,
  START,
} from "../../support/builders.ts";

const hourly: Probe = { every: HOUR, phase: 7 * MINUTE };
const asked: Probe = { every: null, phase: 0 };

/** A layer with a job and a probe whose first answer is built. */
const aBench = (probe: Probe = hourly): Bench => {
  const bench = new Bench({ sources: ["job", "cms"], slot: { ...emptySlot(), built: { cms: "v1" } } });
  bench.parts = { ...bench.parts, probes: { cms: probe } };
  bench.slot = { ...bench.slot, checked: { cms: bench.now } };
  return bench;
};
const seen = (version: string, freshness: "confirmed" | "unconfirmed" = "confirmed") => ok({ version, freshness });
const part = (bench: Bench, id: string, slug = "cms") => bench.sync(id).parts[slug];

describe("when a probe is due", () => {
  test("a probe is due at fixed moments, whenever it was last called", () => {
    const moment = checkDue(START, hourly);
    expect((moment - 7 * MINUTE) % HOUR).toBe(0);
    expect(moment).toBeGreaterThan(START);
    expect(moment - START).toBeLessThanOrEqual(HOUR);
    expect(checkDue(moment - 1, hourly)).toBe(moment);
    expect(checkDue(moment, hourly)).toBe(moment + HOUR);
    expect(checkDue(moment + 5 * MINUTE, hourly)).toBe(moment + HOUR);
  });

  test("a probe is due at once if it was never called, and never if it has no schedule", () => {
    expect(checkDue(undefined, hourly)).toBe(0);
    expect(checkDue(undefined, asked)).toBe(Number.POSITIVE_INFINITY);
    expect(checkDue(START, asked)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a probe is due at moments that differ from layer to layer, and not from probe to probe", () => {
    const ids = Array.from({ length: 200 }, (_, i) => `layer-${i}`);
    const phases = ids.map((id) => probeOf(id, HOUR).phase);
    expect(Math.min(...phases)).toBeLessThan(5 * MINUTE);
    expect(Math.max(...phases)).toBeGreaterThan(55 * MINUTE);
    expect(Math.max(...phases)).toBeLessThan(HOUR);
    expect(new Set(phases).size).toBe(200);
    expect(probeOf("layer-1", null)).toEqual({ every: null, phase: 0 });
  });

  test("an id is spread over its whole range, always to the same place", () => {
    expect(spread("layer-1", 1000)).toBe(spread("layer-1", 1000));
    const tenths = new Set(Array.from({ length: 100 }, (_, i) => spread(`${i}`, 10)));
    expect([...tenths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a layer's next check follows from its sources", () => {
    const probe = { slug: "cms", name: "CMS", type: "probe", url: "https://cms.example.com/" } as const;
    const sources = [aSource("job"), { ...probe, checkEvery: "6h" as const }, { ...probe, slug: "bare" }];
    expect(layerParts(aLayer({ sources })).probes).toEqual({
      cms: { every: 6 * HOUR, phase: spread("layer-1", 6 * HOUR) },
      bare: { every: null, phase: 0 },
    });
    for (const [checkEvery, every] of [
      ["15m", 15 * MINUTE],
      ["1h", HOUR],
      ["6h", 6 * HOUR],
      ["24h", DAY],
    ] as const) {
      const parts = layerParts(aLayer({ sources: [{ ...probe, checkEvery }] }));
      expect(parts.probes?.["cms"]?.every).toBe(every);
    }
    expect(layerParts(aLayer())).not.toHaveProperty("probes");
  });
});

describe("a check", () => {
  test("a check is claimed in the write that creates it, with only those probes that are due", () => {
    const bench = aBench();
    const due = nextDue(bench.slot, bench.parts);
    expect(due).toBe(checkDue(bench.now, hourly));
    expect(bench.pass(due - bench.now - 1).claim()).toMatchObject({ kind: "idle" });
    expect(bench.slot.running).toBeNull();
    const claimed = bench.pass(1).claim("check-1");
    expect(claimed).toMatchObject({ kind: "claimed", run: { lead: "check-1", fence: 1 } });
    expect(Object.keys(bench.run.parts)).toEqual(["cms"]);
    expect(bench.run.parts["cms"]).toMatchObject({ ask: { full: true }, build: true, riding: false, tries: 0 });
    expect(bench.sync("check-1")).toMatchObject({
      scope: ["cms"],
      trigger: { type: "schedule", id: "check-1", at: due },
      deliveries: 0,
      queuedAt: due,
    });
    expect([bench.slot.pending, bench.slot.checked]).toEqual([null, { cms: due }]);
  });

  test("a check that saw nothing new leaves nothing behind and is not due again before its next moment", () => {
    const bench = aBench();
    const due = nextDue(bench.slot, bench.parts);
    bench.pass(due - bench.now).claim();
    bench.settleAll(seen("v1"));
    expect(bench.ended).toEqual([]);
    expect([bench.slot.open, bench.slot.build, bench.slot.running]).toEqual([{}, null, null]);
    expect(nextDue(bench.slot, bench.parts)).toBe(due + HOUR);
  });

  test("a check that saw something new is built and on record", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("check-1");
    bench.settleAll(seen("v2"));
    expect(bench.run.phase).toBe("sites");
    bench.built();
    expect(bench.endedIds).toEqual(["check-1"]);
    expect(part(bench, "check-1")).toMatchObject({ changed: true, freshness: "confirmed" });
    expect(bench.slot.built).toEqual({ cms: "v2" });
  });

  test("a check that failed waits as a retry, and no other is made beside it", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("check-1");
    bench.settleAll(refusedCall);
    const { due } = must(bench.slot.retry["cms"]);
    expect(due).toBe(bench.now + MINUTE);
    bench.slot = { ...bench.slot, checked: { cms: 0 } };
    expect(nextDue(bench.slot, bench.parts)).toBe(due);
    expect(bench.pass(MINUTE).claim()).toMatchObject({ kind: "claimed", run: { lead: "check-1" } });
    expect(bench.slot.checked).toEqual({ cms: bench.now });
    bench.settleAll(seen("v1"));
    expect([bench.ended, bench.slot.open]).toEqual([[], {}]);
  });

  test("a check that failed for good is on record", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("check-1");
    for (let tries = 0; tries < 5; tries += 1) {
      bench.settleAll(refusedCall);
      bench.pass(8 * MINUTE).claim();
    }
    expect(bench.sync("check-1").parts["cms"]).toMatchObject({ status: "failed", attempts: 5 });
    expect(bench.endedIds).toContain("check-1");
  });

  test("a check cancelled by a person is on record", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("check-1");
    bench.cancel("check-1");
    expect(bench.endedIds).toEqual(["check-1"]);
  });

  test("a check taken over by a delivery is on record, like any pending sync", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("check-1");
    bench.settleAll(refusedCall);
    bench.accept();
    bench.claimGathered();
    expect(part(bench, "check-1")).toMatchObject({ status: "superseded" });
    expect(bench.endedIds).toEqual(["check-1"]);
  });

  test("a check comes after pending syncs, retries and runs", () => {
    const bench = aBench();
    bench.pass(HOUR);
    const { syncId } = bench.accept({ slugs: ["job"] });
    expect(nextDue(bench.slot, bench.parts)).toBe(bench.now + SECOND);
    expect(bench.claim()).toMatchObject({ kind: "idle" });
    expect(bench.claimGathered()).toMatchObject({ kind: "claimed", run: { lead: syncId } });
    expect(Object.keys(bench.run.parts)).toEqual(["job"]);
    expect(bench.claim()).toMatchObject({ kind: "busy" });
    bench.settleAll(refusedCall);
    // The job's retry comes with its time; until then the check goes.
    expect(bench.pass(MINUTE).claim()).toMatchObject({ run: { lead: syncId } });
    const settled = bench.settleAll(ok({ changed: false }), bench.claimant("check-1"));
    expect(settled).toMatchObject({ kind: "ended", next: { kind: "claimed", run: { lead: "check-1" } } });
  });

  test("a check is started by nobody who may start nothing: neither for a paused layer nor by a worker without time", () => {
    const bench = aBench();
    bench.pass(HOUR).claim("late", false);
    expect(bench.slot.running).toBeNull();
    bench.pause(true);
    expect(nextDue(bench.slot, bench.parts)).toBe(Number.POSITIVE_INFINITY);
    bench.claim();
    expect(bench.slot.running).toBeNull();
  });

  test("a check wakes no worker after a write: it is the tick's work", () => {
    const bench = aBench();
    expect(needsWake(bench.slot, bench.now + 10 * HOUR, true)).toBe(false);
  });

  test("a check goes before a retry that is not due yet", () => {
    const bench = aBench();
    bench.pass(HOUR).accept({ slugs: ["job"] });
    bench.claimGathered();
    bench.settleAll(refusedCall);
    expect(bench.claim("check-1")).toMatchObject({ kind: "claimed", run: { lead: "check-1" } });
    expect(bench.slot.retry).toHaveProperty("job");
  });

  test("a check waits while a job that reports by itself goes on without its worker", () => {
    const bench = aBench();
    bench.pass(HOUR).accept({ slugs: ["job"] });
    bench.claimGathered();
    bench.settle({ parked: { job: bench.now + HOUR } });
    bench.slot = { ...bench.slot, running: { ...bench.run, by: "vanished", leaseUntil: bench.now } };
    bench.pass(MINUTE).claim();
    expect(Object.keys(bench.run.parts)).toEqual(["job"]);
  });

  test("a check waits while a job that reports by itself is under way", () => {
    const bench = aBench();
    bench.accept({ slugs: ["job"] });
    bench.claimGathered();
    bench.settle({ parked: { job: bench.now + 2 * HOUR } });
    expect(bench.pass(HOUR).claim()).toMatchObject({ kind: "busy" });
  });

  test("a removed probe is forgotten", () => {
    const bench = aBench();
    bench.configure(["job"]);
    expect(bench.slot.checked).toEqual({});
  });

  test("an ordinary sync that asks a probe puts its check off, and notes no job", () => {
    const bench = aBench();
    bench.pass(30 * MINUTE).accept();
    bench.claimGathered();
    expect(bench.slot.checked).toEqual({ cms: bench.now });
  });
});

describe("what a probe's answer says", () => {
  const answered = (bench: Bench, id: string, outcome = seen("v1")) => {
    bench.claimGathered();
    bench.settleAll(outcome);
    if (bench.slot.running !== null) bench.built();
    return part(bench, id);
  };

  test("an announcement that was not seen is believed", () => {
    const bench = aBench();
    const { syncId } = bench.accept({ slugs: ["cms"] });
    expect(answered(bench, syncId, seen("v1", "unconfirmed"))).toMatchObject({
      changed: true,
      freshness: "unconfirmed",
      countedBecause: "unconfirmed-publish",
    });
    expect(bench.sync(syncId).parts["cms"]?.status).toBe("succeeded");
  });

  test.each([
    ["a person asked", aManualRequest(), true],
    ["the configuration changed", aConfigurationRequest(), false],
    ["the configuration changed, and is to be built", aConfigurationRequest({ build: true }), true],
  ])("a probe's first answer, because %s", (_why, request, changed) => {
    const bench = new Bench({ sources: ["cms"] });
    bench.parts = { ...bench.parts, probes: { cms: asked } };
    const { syncId } = bench.offer({ ...request, receivedAt: bench.now });
    expect(answered(bench, syncId)).toMatchObject({ changed });
    expect(bench.slot.built).toEqual({ cms: "v1" });
  });

  test("a first answer to a check is only the baseline, and one without a version is none", () => {
    const checked = (outcome: ReturnType<typeof ok>) => {
      const bench = aBench();
      bench.slot = { ...bench.slot, built: {} };
      bench.pass(HOUR).claim("check-1");
      bench.settleAll(outcome);
      return bench;
    };
    expect(checked(seen("v1")).slot).toMatchObject({ build: null, built: { cms: "v1" } });
    const bare = checked(ok({ freshness: "confirmed" })).slot;
    expect(bare.build?.changed).toEqual(["cms"]);
    expect(bare.built).toStrictEqual({});
  });

  test("a first answer after a delivery is built", () => {
    const bench = new Bench({ sources: ["cms"] });
    const { syncId } = bench.accept();
    expect(answered(bench, syncId)).toMatchObject({ changed: true });
  });

  test("the first version of a job is built, as ever", () => {
    const bench = new Bench({ sources: ["job"] });
    const { syncId } = bench.offer(aConfigurationRequest({ build: false }));
    answered(bench, syncId, ok({ version: "v1" }));
    expect(part(bench, syncId, "job")).toMatchObject({ changed: true });
    expect(part(bench, syncId, "job")).not.toHaveProperty("freshness");
  });
});

describe("what a delivery stands behind", () => {
  test("a delivery is noted with the sources it named, and not with those of others", () => {
    const bench = aBench();
    bench.offer(aManualRequest({ slugs: ["job"] }));
    expect(bench.slot.pending?.asks["job"]).not.toHaveProperty("deliveredAt");
    bench.pass(100).accept({ slugs: ["cms"] });
    expect(bench.slot.pending?.asks["cms"]).toMatchObject({ deliveredAt: bench.now });
    expect(bench.slot.pending).not.toHaveProperty("deliveredAt");
    bench.claimGathered();
    expect(bench.run.parts["job"]?.ask).not.toHaveProperty("deliveredAt");
    expect(bench.run.parts["cms"]?.ask.deliveredAt).toBe(bench.now - SECOND);
  });

  test("a delivery is written although a person has just asked for the same", () => {
    const bench = aBench();
    bench.offer(aManualRequest());
    expect(bench.pass(100).accept().slot).not.toBeNull();
    expect(bench.slot.pending?.deliveredAt).toBe(bench.now);
    expect(bench.pass(100).accept().slot).toBeNull();
    expect(bench.accept({ slugs: ["cms"] }).slot).toBeNull();
  });

  test("a delivery is written again a second after the last one for the same source", () => {
    const bench = aBench();
    bench.accept({ slugs: ["cms"], full: true });
    bench.pass(600).accept({ slugs: ["job"], full: true });
    expect(bench.pass(400).accept({ slugs: ["cms"] }).slot).toBeNull();
    expect(bench.pass(1).accept({ slugs: ["cms"] }).slot).not.toBeNull();
    expect(bench.accept({ slugs: ["cms", "job"] }).slot).toBeNull();
    expect(bench.pass(600).accept({ slugs: ["cms", "job"] }).slot).not.toBeNull();
  });

  test("a delivery is kept when the last of its sources is removed, and the sync becomes one of everything", () => {
    const bench = aBench();
    bench.accept({ slugs: ["cms"] });
    const first = bench.now;
    bench.pass(100).accept({ slugs: ["job"] });
    bench.pass(100).configure([]);
    expect(bench.slot.pending).toMatchObject({ all: true, asks: {}, deliveredAt: first + 100 });
  });

  test("a delivery moves to the sync that takes over a retry, and the newest counts", () => {
    const bench = aBench();
    bench.accept({ slugs: ["cms"] });
    const first = bench.now;
    bench.claimGathered();
    bench.settleAll(refusedCall);
    bench.offer(aManualRequest({ slugs: ["cms"] }));
    bench.claimGathered();
    expect(bench.run.parts["cms"]?.ask.deliveredAt).toBe(first);
    bench.settleAll(refusedCall);
    const second = bench.pass(10).now;
    bench.accept();
    bench.claimGathered();
    expect(bench.run.parts["cms"]?.ask.deliveredAt).toBe(second);
  });
});

describe("catching up", () => {
  const tick = START - 2 * HOUR;
  const late = (bench: Bench): Slot => askCatchUp(bench.slot, "layer-1", tick, bench.now);

  test("a catch-up after a silence is requested once, however often the silence is reported", () => {
    const bench = aBench(asked);
    bench.slot = late(bench);
    const at = bench.now + spread("layer-1", CATCH_UP_WITHIN);
    expect(bench.slot.catchUp).toEqual({ tick, since: bench.now, at });
    bench.pass(MINUTE);
    expect(late(bench)).toBe(bench.slot);
    expect(askCatchUp(bench.slot, "layer-1", tick - 1, bench.now)).toBe(bench.slot);
    const again = askCatchUp({ ...bench.slot, catchUp: { tick, since: 1, at: 1, future: "kept" } }, "x", tick + 1, 9);
    expect(again.catchUp).toMatchObject({ tick: tick + 1, since: 9, future: "kept" });
    expect(CATCH_UP_WITHIN).toBe(10 * MINUTE);
  });

  test("a catch-up calls each probe once, and its sync is on record", () => {
    const bench = aBench(asked);
    bench.parts = { ...bench.parts, known: ["job", "cms", "shop"], probes: { shop: asked, cms: asked } };
    bench.pass(SECOND);
    bench.slot = late(bench);
    const { at } = must(bench.slot.catchUp);
    expect(nextDue(bench.slot, bench.parts)).toBe(at);
    bench.pass(at - bench.now - 1).claim();
    expect(bench.slot.running).toBeNull();
    bench.pass(1).claim("late-1");
    expect(bench.sync("late-1")).toMatchObject({ scope: ["cms", "shop"], trigger: { type: "catch-up" } });
    bench.settleAll(seen("v1"));
    if (bench.slot.running !== null) bench.built();
    expect(bench.endedIds).toEqual(["late-1"]);
    expect(nextCheck(bench.slot, bench.parts)).toBe(Number.POSITIVE_INFINITY);
    expect(checkNow(bench.slot, bench.parts, bench.now + DAY)).toBeNull();
  });

  test("a catch-up leaves out a probe that was called since", () => {
    const bench = aBench(asked);
    bench.pass(SECOND);
    bench.slot = late(bench);
    bench.accept({ slugs: ["cms"] });
    bench.claimGathered();
    bench.settleAll(seen("v2"));
    bench.built();
    expect(checkNow(bench.slot, bench.parts, bench.now + DAY)).toBeNull();
  });

  test("a catch-up leaves out a probe that was called at its very moment, and one that waits for its retry", () => {
    const bench = aBench(asked);
    bench.slot = late(bench);
    expect(bench.slot.checked).toEqual({ cms: bench.now });
    expect(nextCheck(bench.slot, bench.parts)).toBe(Number.POSITIVE_INFINITY);
    const waiting = aBench(asked);
    waiting.accept({ slugs: ["cms"] });
    waiting.claimGathered();
    waiting.settleAll(refusedCall);
    waiting.pass(SECOND);
    expect(nextCheck(late(waiting), waiting.parts)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a catch-up names its probes in order, whatever order they are set up in", () => {
    const bench = aBench(asked);
    const parts = { probes: { shop: asked, cms: asked } };
    bench.pass(SECOND);
    expect(checkNow(late(bench), parts, bench.now + DAY)).toEqual({ slugs: ["cms", "shop"], type: "catch-up" });
  });

  test("a catch-up is one sync together with what is due by schedule", () => {
    const bench = aBench();
    bench.pass(2 * HOUR);
    bench.slot = late(bench);
    bench.pass(CATCH_UP_WITHIN).claim("late-1");
    expect(bench.sync("late-1")).toMatchObject({ scope: ["cms"], trigger: { type: "catch-up" } });
  });

  test("a catch-up never delays what is pending", () => {
    const bench = aBench(asked);
    bench.accept();
    const due = nextDue(bench.slot, bench.parts);
    bench.slot = late(bench);
    expect(nextDue(bench.slot, bench.parts)).toBe(due);
  });
});
