import { describe, expect, test } from "vitest";
import {
  CLOCK_SKEW,
  GATHER,
  LEASE,
  LEASE_ABORT,
  LEASE_NO_NEW_CALL,
  LEASE_RENEW,
  MINUTE,
  SECOND,
} from "../../../src/core/durations.ts";
import { claimedLease, isLost, leaseAge, mayCall } from "../../../src/core/worker/lease.ts";
import type { Happened, Worker } from "../../../src/core/worker/phases.ts";
import { hasTime, isLeaving } from "../../../src/core/worker/timeLeft.ts";
import { step } from "../../../src/core/worker/worker.ts";
import { aSite, must, ok, START } from "../../support/builders.ts";
import { fullOutbox, Told } from "./told.ts";

const HOUR = 60 * MINUTE;

describe("a worker", () => {
  test("a worker calls every part of its run at once and sets an alarm for the renewal", () => {
    const told = new Told().claim();
    expect(told.doing).toEqual(["note", "call", "call", "tick", "set alarm"]);
    expect(told.wants("set alarm").ms).toBe(LEASE_RENEW);
    expect(told.notes).toEqual([{ kind: "claimed", run: told.layer.slot.running }]);
  });

  test("a worker records outcomes with the next renewal, and the last one at once", () => {
    const told = new Told().claim().called("a");
    const { running } = told.layer.slot;
    expect(told.notes).toEqual([{ kind: "decided", slug: "a", outcome: ok({ changed: false }) }]);
    expect(told.doing).toEqual(["note"]);
    expect(told.called("b").doing).toEqual(["note", "nudge"]);
    expect(Object.keys(told.tell({ kind: "rang" }).wants("record").news.outcomes)).toEqual(["a", "b"]);
    told.record();
    expect(told.layer.owed).toHaveLength(1);
    expect(told.doing).toEqual(["end calls", "note", "append", "claim"]);
    expect(told.notes).toEqual([{ kind: "ended", run: running }]);
  });

  test("a worker records at once where a job is polled and that a job is parked", () => {
    const polled = { location: "https://jobs.example.com/1", deadline: START + HOUR };
    const told = new Told().claim().tell({ kind: "polled", fence: 1, slug: "a", polled });
    expect(told.doing).toEqual(["nudge"]);
    expect(told.tell({ kind: "rang" }).wants("record").news.polled).toEqual({ a: polled });
    const parked = { kind: "parked", deadline: START + HOUR } as const;
    expect(told.record().tell({ kind: "called", fence: 1, slug: "b", progress: parked }).doing).toEqual(["nudge"]);
    expect(told.tell({ kind: "rang" }).wants("record").news.parked).toEqual({ b: parked.deadline });
  });

  test("a worker leaves a run in which every job reports by itself", () => {
    const parked = (slug: string) =>
      ({ kind: "called", fence: 1, slug, progress: { kind: "parked", deadline: START + HOUR } }) as const;
    const told = new Told().claim();
    const { running } = told.layer.slot;
    told.tell(parked("a")).tell(parked("b")).tell({ kind: "rang" }).record();
    expect(told.doing).toEqual(["end calls", "note", "settle"]);
    expect(told.notes).toEqual([{ kind: "parked", run: running }]);
    expect(told.layer.slot.running).toMatchObject({ by: null, leaseUntil: START + HOUR });
  });

  test("a worker sets its alarm again if it rings before the lease must be renewed", () => {
    const told = new Told().claim();
    told.now += SECOND;
    expect(told.tell({ kind: "rang" }).doing).toEqual(["set alarm"]);
    expect(told.wants("set alarm").ms).toBe(LEASE_RENEW - SECOND);
  });

  test("a worker looks at its lease every second, and ends its calls once", () => {
    const told = new Told().claim();
    expect(told.tell({ kind: "ticked", fence: 1 }).effects).toEqual([{ do: "tick", fence: 1 }]);
    told.now += LEASE_ABORT;
    expect(told.tell({ kind: "ticked", fence: 1 }).doing).toEqual(["end calls", "nudge"]);
    expect(told.tell({ kind: "ticked", fence: 1 }).doing).toEqual([]);
  });

  test("a worker still waits for a source whose call was abandoned", () => {
    const told = new Told().claim();
    const before = told.worker;
    told.tell({ kind: "called", fence: 1, slug: "a", progress: { kind: "left" } });
    expect([told.worker, told.effects]).toEqual([before, []]);
  });

  test("a worker takes what its calls tell while it records into the next record", () => {
    const told = new Told().claim();
    told.now += LEASE_RENEW;
    told.tell({ kind: "rang" });
    const renewal = told.effects;
    told.called("a").called("b");
    told.effects = renewal;
    expect(Object.keys(told.record().wants("record").news.outcomes)).toEqual(["a", "b"]);
  });

  test("a worker does not listen to the calls of another run", () => {
    const told = new Told().claim();
    const before = told.worker;
    expect(told.called("a", 7).worker).toEqual(before);
    expect(told.tell({ kind: "ticked", fence: 7 }).worker).toEqual(before);
    expect(told.effects).toEqual([]);
  });

  test("a worker ends its calls when its lease is lost, and is over once it has looked", () => {
    const told = new Told().claim();
    told.now += LEASE_ABORT;
    expect(told.tell({ kind: "ticked", fence: 1 }).doing).toEqual(["end calls", "nudge"]);
    expect(told.tell({ kind: "rang" }).doing).toEqual(["note", "end calls", "settle"]);
    expect(told.notes).toEqual([{ kind: "lost", run: told.layer.slot.running }]);
    expect(told.tell({ kind: "settled" }).worker.phase.at).toBe("over");
  });

  test("a worker hands its run over if its calls were ended and a late record makes the lease sure again", () => {
    const told = new Told().claim();
    told.now += LEASE_ABORT - SECOND;
    told.tell({ kind: "rang" });
    const late = told.effects;
    told.now += SECOND;
    expect(told.tell({ kind: "ticked", fence: 1 }).doing).toEqual(["end calls"]);
    told.effects = late;
    expect(told.record().doing).toEqual(["end calls", "hand over"]);
    const { running } = told.layer.slot;
    expect(told.tell({ kind: "handed over", isLeft: true }).doing).toEqual(["note", "wake"]);
    expect(told.notes.map(({ kind }) => kind)).toEqual(["handed over"]);
    expect(told.notes).toMatchObject([{ run: { fence: running?.fence } }]);
  });

  test("a worker rests a second after a record that the store did not confirm, for as long as the lease is held", () => {
    const told = new Told().claim();
    told.now += LEASE_RENEW;
    told.tell({ kind: "rang" }).tell({ kind: "recorded" });
    expect(told.wants("sleep").ms).toBe(SECOND);
    expect(told.tell({ kind: "slept" }).doing).toEqual(["record"]);
    told.tell({ kind: "recorded" });
    told.now += LEASE_ABORT;
    expect(told.tell({ kind: "slept" }).doing).toEqual(["note", "end calls", "settle"]);
  });

  test("a worker records again a second after an unconfirmed record, although its lease needs no renewal yet", () => {
    const told = new Told().claim().called("a").called("b").tell({ kind: "rang" }).tell({ kind: "recorded" });
    expect(told.wants("sleep").ms).toBe(SECOND);
    expect(Object.keys(told.tell({ kind: "slept" }).wants("record").news.outcomes)).toEqual(["a", "b"]);
  });

  test("a worker keeps one id for its next claim during the whole run, so that a lost reply is recognised later", () => {
    const told = new Told().claim().called("a").called("b").tell({ kind: "rang" });
    const { nextBy } = told.wants("record");
    told.tell({ kind: "recorded" }).tell({ kind: "slept" });
    expect(told.wants("record").nextBy).toBe(nextBy);
    expect(told.record().wants("claim").by).not.toBe(nextBy);
  });

  test("a worker's renewed lease counts from the beginning of its record, not from the reply", () => {
    const told = new Told().claim();
    told.now += LEASE_RENEW;
    told.tell({ kind: "rang" });
    const record = told.effects;
    told.now += 5 * SECOND;
    told.effects = record;
    expect(told.record().wants("set alarm").ms).toBe(LEASE_RENEW - 5 * SECOND);
  });

  test("a worker whose run was taken over ends its calls, records nothing and claims again", () => {
    const told = new Told()
      .claim()
      .called("a")
      .meanwhile((run) => ({ ...run, by: "another", fence: run.fence + 1 }));
    const { layer } = told;
    told.called("b").tell({ kind: "rang" }).record();
    expect(told.doing).toEqual(["end calls", "note", "claim"]);
    expect(told.notes).toMatchObject([{ kind: "fenced", run: { fence: 1, lead: "sync-1" } }]);
    expect(told.layer).toBe(layer);
  });

  test("a worker ends its open calls before it requests builds, because a job's report may have decided them", () => {
    const told = new Told().claim().called("a", 1, true);
    told.meanwhile((run) => ({ ...run, parts: { ...run.parts, b: { ...must(run.parts["b"]), outcome: ok() } } }));
    told.now += LEASE_RENEW;
    expect(told.tell({ kind: "rang" }).record().doing).toEqual(["end calls", "purge", "ask sites"]);
  });

  test("a worker whose document is gone settles, and looks once more if that happened during its run", () => {
    expect(new Told().tell({ kind: "claimed", written: null }).doing).toEqual(["settle"]);
    const told = new Told().claim().called("a").called("b").tell({ kind: "rang" });
    expect(told.tell({ kind: "recorded", written: null }).doing).toEqual(["end calls", "note", "claim"]);
    expect(told.notes).toMatchObject([{ kind: "fenced" }]);
  });

  test("a worker that takes over a run which calls its sites calls them again", () => {
    const told = new Told().claim().called("a").called("b", 1, true).tell({ kind: "rang" }).record();
    told.now += LEASE + CLOCK_SKEW + 1;
    told.restart("worker-2").claim();
    expect(told.doing).toEqual(["note", "purge", "ask sites"]);
    expect(told.notes).toEqual([{ kind: "claimed", run: told.layer.slot.running }]);
  });

  test("a worker leaves a site's run that calls sites, as a defect may leave it, to its lease", () => {
    const { run, now } = { run: new Told().claim().layer.slot.running, now: START };
    const claimed = { kind: "claimed", run: { ...must(run), phase: "sites" as const }, slot: aSite().slot, ended: [] };
    const written = { result: { ...claimed, kind: "claimed" as const }, owner: aSite() };
    const at = { now, elapsed: now, left: HOUR, id: "id" };
    const { effects } = step(new Told().worker, { kind: "claimed", written }, at);
    expect(effects.map((effect) => effect.do)).toEqual(["note", "settle"]);
  });

  test("a worker records at once that all sources of its run were removed", () => {
    const told = new Told();
    const { by } = told.wants("claim");
    told.claim().meanwhile((run) => ({ ...run, by, parts: { c: must(run.parts["a"]), d: must(run.parts["b"]) } }));
    told.restart(by).claim();
    expect(told.doing).toEqual(["note", "note", "note", "tick", "record"]);
    const outcome = { kind: "failed", error: "the data source was removed", unanswered: false, durationMs: 0 };
    const gone = ["c", "d"].map((slug) => ({ kind: "decided", slug, outcome }));
    expect(told.notes).toEqual([{ kind: "claimed", run: told.layer.slot.running }, ...gone]);
    expect(told.wants("record").news.outcomes).toEqual({ c: outcome, d: outcome });
  });

  test("a worker that adopts a run calls only what is still open, and a removed source fails without a call", () => {
    const told = new Told();
    const { by } = told.wants("claim");
    told.claim().meanwhile((run) => {
      const { a, b } = run.parts;
      const parts = { a: { ...must(a), outcome: ok() }, b: must(b), c: { ...must(b), parked: true }, d: must(b) };
      return { ...run, by, fence: run.fence + 1, parts };
    });
    told.restart(by).claim();
    expect(told.effects.filter((effect) => effect.do === "call").map(({ slug }) => slug)).toEqual(["b"]);
    expect(Object.keys(told.called("b", 2).tell({ kind: "rang" }).wants("record").news.outcomes)).toEqual(["d", "b"]);
  });

  test("a worker wakes nobody if the run that it hands over is no longer its own", () => {
    const told = new Told().claim();
    told.left = 20 * SECOND;
    told.tell({ kind: "rang" }).record();
    expect(told.tell({ kind: "handed over", isLeft: false }).doing).toEqual(["settle"]);
  });

  test("a worker makes room in a full outbox once, and leaves the slot to the next tick if none was made", () => {
    const told = new Told();
    told.layer = { ...told.layer, owed: fullOutbox };
    expect(told.claim().doing).toEqual(["make room"]);
    expect(told.layer.slot.running).toBeNull();
    expect(told.tell({ kind: "room made" }).doing).toEqual(["claim"]);
    expect(told.claim().doing).toEqual(["settle"]);
  });

  test("a worker waits for a burst that another clock began up to five seconds later, and leaves longer waits to the tick", () => {
    const claimedBefore = (ms: number) => Object.assign(new Told(), { now: START + GATHER - ms }).claim();
    expect(claimedBefore(GATHER + CLOCK_SKEW).wants("sleep").ms).toBe(GATHER + CLOCK_SKEW);
    expect(claimedBefore(GATHER + CLOCK_SKEW + 1).doing).toEqual(["settle"]);
  });

  test("a worker claims again when a burst is gathered, with a new id, and at most twenty times in a row", () => {
    const told = new Told();
    told.now = START;
    const ids = new Set<string>();
    for (let claims = 1; claims <= 20; claims += 1) {
      ids.add(told.wants("claim").by);
      expect(told.claim().wants("sleep").ms).toBe(GATHER);
      told.tell({ kind: "slept" });
    }
    expect(ids.size).toBe(20);
    expect(told.doing).toEqual(["settle"]);
  });

  test("a worker hands its run over twenty seconds before its time is up, if calls are open", () => {
    const told = new Told().claim();
    told.left = 20 * SECOND;
    told.tell({ kind: "rang" }).record();
    expect(told.doing).toEqual(["end calls", "hand over"]);
  });

  test("a worker wakes another one for what is pending when its time does not suffice for a full call", () => {
    const told = new Told();
    told.left = MINUTE;
    expect(told.claim().doing).toEqual(["wake"]);
    expect(told.tell({ kind: "woken" }).doing).toEqual(["settle"]);
  });

  test("a worker waits for its appends before it settles what is left", () => {
    const told = new Told().claim().called("a").called("b").tell({ kind: "rang" }).record();
    expect(told.worker.appending).toBe(1);
    expect(told.claim().worker.phase.at).toBe("ending");
    expect(told.tell({ kind: "appended" }).doing).toEqual(["settle"]);
  });

  test("a worker goes on while its appends are under way, and settles only when nothing is left to attend", () => {
    const told = new Told().claim().called("a").called("b").tell({ kind: "rang" }).record();
    const { effects, worker } = told;
    expect(told.tell({ kind: "appended" }).worker).toEqual({ ...worker, appending: 0 });
    expect(told.effects).toEqual([]);
    expect(Object.assign(told, { effects }).claim().doing).toEqual(["settle"]);
  });

  test("a worker gives up its run when something breaks that nobody foresaw, and settles once", () => {
    const told = new Told().claim().tell({ kind: "broke" });
    expect(told.doing).toEqual(["end calls", "settle"]);
    expect(told.tell({ kind: "broke" }).doing).toEqual([]);
    const over = told.tell({ kind: "settled" });
    expect([over.tell({ kind: "broke" }).doing, over.worker.phase.at]).toEqual([[], "over"]);
    const ending = new Told().claim().called("a").called("b").tell({ kind: "rang" }).record().claim();
    expect([ending.tell({ kind: "broke" }).doing, ending.worker.phase.at]).toEqual([[], "ending"]);
  });

  test("a worker that receives an event which ends none of its effects does nothing", () => {
    const polled = { location: "https://jobs.example.com/1", deadline: START + HOUR };
    const outcome = { kind: "decided", outcome: ok() } as const;
    const events: readonly Happened[] = [
      { kind: "claimed", written: null },
      { kind: "slept" },
      { kind: "room made" },
      { kind: "woken" },
      { kind: "rang" },
      { kind: "ticked", fence: 1 },
      { kind: "polled", fence: 1, slug: "a", polled },
      { kind: "called", fence: 1, slug: "a", progress: outcome },
      { kind: "recorded", written: null },
      { kind: "recorded" },
      { kind: "handed over", isLeft: true },
      { kind: "asked", asked: [] },
      { kind: "purged", purged: { kind: "done", purge: null } },
      { kind: "settled" },
    ];
    const calls = ["ticked", "polled", "called"];
    const decided = () => new Told().claim().called("a").called("b").tell({ kind: "rang" });
    const asking = () => new Told().claim().called("a").called("b", 1, true).tell({ kind: "rang" }).record();
    const noTags = { kind: "purged", purged: { kind: "done", purge: null } } as const;
    const full = { ...new Told().layer, owed: fullOutbox };
    const leaving = () => Object.assign(new Told().claim(), { left: 0 }).tell({ kind: "rang" }).record();
    const waiting: readonly (readonly [told: Told, ...ends: string[]])[] = [
      [new Told(), "claimed"],
      [Object.assign(new Told(), { now: START }).claim(), "slept"],
      [new Told().claim(), "rang", ...calls],
      [decided(), "recorded", ...calls],
      [decided().tell({ kind: "recorded" }), "slept", ...calls],
      [asking(), "slept", "asked", "purged"],
      [asking().tell(noTags).tell({ kind: "asked", asked: [] }), "slept", "recorded"],
      [Object.assign(new Told(), { layer: full }).claim(), "room made"],
      [decided().record().claim(), "appended"],
      [leaving(), "handed over"],
      [leaving().tell({ kind: "handed over", isLeft: true }), "woken"],
      [leaving().tell({ kind: "handed over", isLeft: false }), "settled"],
      [leaving().tell({ kind: "handed over", isLeft: false }).tell({ kind: "settled" })],
    ];
    for (const [told, ...ends] of waiting) {
      for (const event of events.filter(({ kind }) => !ends.includes(kind))) {
        const at = { now: told.now, elapsed: told.now, left: HOUR, id: "late" };
        const late = `${event.kind} while ${told.worker.phase.at}`;
        expect({ late, ...step(told.worker, event, at) }).toEqual({ late, worker: told.worker, effects: [] });
      }
    }
  });

  test("a worker is plain data: as JSON and back it goes on in the same way", () => {
    const told = new Told().claim().called("a");
    const happened = { kind: "called", fence: 1, slug: "b", progress: { kind: "decided", outcome: ok() } } as const;
    const at = { now: told.now, elapsed: told.now, left: HOUR, id: "next" };
    const copy: Worker = JSON.parse(JSON.stringify(told.worker));
    expect(copy).toEqual(told.worker);
    expect(step(copy, happened, at)).toEqual(step(told.worker, happened, at));
  });
});

describe("a lease", () => {
  const lease = { now: START, elapsed: 0 };

  test("a lease is as old as the larger gap of two clocks says", () => {
    expect(leaseAge(lease, { now: START + 5, elapsed: 7 })).toBe(7);
    expect(leaseAge(lease, { now: START + 9, elapsed: 7 })).toBe(9);
  });

  test("a lease lets calls begin for less than twenty seconds and goes on for less than twenty-eight", () => {
    const later = (ms: number) => ({ now: START + ms, elapsed: ms });
    expect([LEASE_NO_NEW_CALL - 1, LEASE_NO_NEW_CALL].map((ms) => mayCall(lease, later(ms)))).toEqual([true, false]);
    expect([LEASE_ABORT - 1, LEASE_ABORT].map((ms) => isLost(lease, later(ms)))).toEqual([false, true]);
  });

  test("a lease began when its claim was decided, however late that is found out", () => {
    const at = { now: START + 9 * SECOND, elapsed: 20 * SECOND };
    const claimed = claimedLease(START + LEASE, at);
    expect(leaseAge(claimed, at)).toBe(9 * SECOND);
    // The wall clock of a frozen instance stops, and the other clock counts from the claim all the same.
    expect(leaseAge(claimed, { ...at, elapsed: 30 * SECOND })).toBe(19 * SECOND);
  });
});

test("a worker's time suffices for a call until seven minutes before its end, and it leaves its calls in the last twenty seconds", () => {
  expect([7 * MINUTE, 7 * MINUTE - 1].map(hasTime)).toEqual([true, false]);
  expect([20 * SECOND, 20 * SECOND + 1].map(isLeaving)).toEqual([true, false]);
});
