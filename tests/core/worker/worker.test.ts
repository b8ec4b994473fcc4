import { describe, expect, test } from "vitest";
import {
  GATHER,
  LEASE,
  LEASE_ABORT,
  LEASE_NO_NEW_CALL,
  LEASE_RENEW,
  MINUTE,
  SECOND,
} from "../../../src/core/durations.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import type { SlotDecision } from "../../../src/core/slot/slot.ts";
import { claimWork } from "../../../src/core/worker/claimWork.ts";
import { claimedLease, isLost, leaseAge, mayCall } from "../../../src/core/worker/lease.ts";
import type { Effect, Happened, Stepped, Worker } from "../../../src/core/worker/phases.ts";
import { recordNews } from "../../../src/core/worker/recordRun.ts";
import { hasTime, isLeaving } from "../../../src/core/worker/timeLeft.ts";
import { begin, step } from "../../../src/core/worker/worker.ts";
import { aLayer, aRequest, aSource, must, ok, START } from "../../support/builders.ts";

const HOUR = 60 * MINUTE;

/** A worker of a layer with two sources and a pending sync, told by hand what happens to it. */
class Told {
  layer: Layer = aLayer({ sources: [aSource("a"), aSource("b")] });
  now = START;
  left = HOUR;
  worker: Worker;
  effects: readonly Effect[] = [];
  #ids = 0;

  constructor() {
    const attempt = { now: START, rev: 2, firstRev: 1 };
    const { slot } = accept(this.layer.slot, aRequest(), attempt, "sync-1");
    this.layer = { ...this.layer, rev: 2, slot: must(slot) };
    this.now += GATHER;
    this.worker = this.#take(begin(this.#instant()));
  }

  #instant() {
    this.#ids += 1;
    return { now: this.now, elapsed: this.now, left: this.left, id: `id-${this.#ids}` };
  }

  #take({ worker, effects }: Stepped): Worker {
    this.worker = worker;
    this.effects = effects;
    return worker;
  }

  tell(happened: Happened): this {
    this.#take(step(this.worker, happened, this.#instant()));
    return this;
  }

  #write<R>({ change, result }: SlotDecision<R>): { result: R; owner: Layer } {
    if (change !== null) this.layer = { ...apply(this.layer, change), rev: this.layer.rev + 1 };
    return { result, owner: this.layer };
  }

  #attempt() {
    return { now: this.now, rev: this.layer.rev + 1, firstRev: this.layer.rev };
  }

  claim(): this {
    const { by } = this.wants("claim");
    const written = this.#write(claimWork(this.layer, { by, hasTime: hasTime(this.left) }, this.#attempt()));
    return this.tell({ kind: "claimed", written });
  }

  /** Writes the record that the worker wants, and tells that it was confirmed. */
  record(): this {
    const { fence, news, nextBy } = this.wants("record");
    const next = { by: nextBy, hasTime: hasTime(this.left) };
    return this.tell({
      kind: "recorded",
      written: this.#write(recordNews(this.layer, fence, news, next, this.#attempt())),
    });
  }

  called(slug: string, fence = 1): this {
    return this.tell({ kind: "called", fence, slug, progress: { kind: "decided", outcome: ok({ changed: false }) } });
  }

  get doing(): string[] {
    return this.effects.map((effect) => effect.do);
  }

  wants<D extends Effect["do"]>(what: D): Effect & { do: D } {
    const is = (effect: Effect): effect is Effect & { do: D } => effect.do === what;
    return must(this.effects.find(is), what);
  }
}

describe("a worker", () => {
  test("a worker calls every part of its run at once and sets an alarm for the renewal", () => {
    const told = new Told().claim();
    expect(told.doing).toEqual(["note", "call", "call", "tick", "set alarm"]);
    expect(told.wants("set alarm").ms).toBe(LEASE_RENEW);
  });

  test("a worker records outcomes with the next renewal, and the last one at once", () => {
    const told = new Told().claim().called("a");
    expect(told.doing).toEqual(["note"]);
    expect(told.called("b").doing).toEqual(["note", "nudge"]);
    expect(Object.keys(told.tell({ kind: "rang" }).wants("record").news.outcomes)).toEqual(["a", "b"]);
    told.record();
    expect(told.layer.owed).toHaveLength(1);
    expect(told.doing).toEqual(["end calls", "note", "append", "claim"]);
  });

  test("a worker records at once where a job is polled and that a job is parked", () => {
    const polled = { location: "https://jobs.example.com/1", deadline: START + HOUR };
    const told = new Told().claim().tell({ kind: "polled", fence: 1, slug: "a", polled });
    expect(told.doing).toEqual(["nudge"]);
    expect(told.tell({ kind: "rang" }).wants("record").news.polled).toEqual({ a: polled });
    const parked = { kind: "parked", deadline: START + HOUR } as const;
    expect(told.record().tell({ kind: "called", fence: 1, slug: "b", progress: parked }).doing).toEqual(["nudge"]);
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
    expect(told.tell({ kind: "handed over", isLeft: true }).doing).toEqual(["note", "wake"]);
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

  test("a worker gives up its run when something breaks that nobody foresaw, and settles once", () => {
    const told = new Told().claim().tell({ kind: "broke" });
    expect(told.doing).toEqual(["end calls", "settle"]);
    expect(told.tell({ kind: "broke" }).doing).toEqual([]);
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
    expect(leaseAge(claimedLease(START + LEASE, at), at)).toBe(9 * SECOND);
  });
});

test("a worker's time suffices for a call until seven minutes before its end, and it leaves its calls in the last twenty seconds", () => {
  expect([7 * MINUTE, 7 * MINUTE - 1].map(hasTime)).toEqual([true, false]);
  expect([20 * SECOND, 20 * SECOND + 1].map(isLeaving)).toEqual([true, false]);
});
