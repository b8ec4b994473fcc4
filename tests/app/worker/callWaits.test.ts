import { beforeEach, describe, expect, test } from "vitest";
import { requestByHand } from "../../../src/app/manage/syncs.ts";
import { settleTime } from "../../../src/app/worker/callWaits.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { answer, OWNER, World } from "../world.ts";

const LAYER = "layer-one";
let world: World;
let began: number;
/** When the job was called (s). */
let called: number[];

const layer = async (settleSeconds?: number): Promise<void> => {
  const source = { ...world.source("a"), ...(settleSeconds === undefined ? {} : { settleSeconds }) };
  await world.layer(LAYER, [], [], { sources: [source] });
};

const status = { now: 200 };

beforeEach(() => {
  world = new World();
  began = world.clock.now;
  called = [];
  status.now = 200;
  world.jobs.set("https://jobs.test/a", () => {
    called.push((world.clock.now - began) / SECOND);
    return answer(status.now);
  });
});

describe("a call that stands for a delivery", () => {
  test.each([
    [0, [1]],
    [3, [4]],
    [60, [61]],
  ])("a call for a delivery leaves no sooner than %i seconds after it", async (settleSeconds, when) => {
    await layer(settleSeconds);
    await world.publish(LAYER);
    await world.clock.pass(2 * MINUTE);
    expect(called).toEqual(when);
  });

  test("a call for a delivery waits for the newest delivery it covers, also for one answered from the read alone", async () => {
    await layer(3);
    await world.publish(LAYER);
    await world.clock.pass(900);
    const newest = await world.publish(LAYER);
    expect(newest).toMatchObject({ outcome: "coalesced" });
    await world.clock.pass(10 * SECOND);
    expect(called).toHaveLength(1);
    expect(called[0]).toBeGreaterThanOrEqual(0.9 + 3);
    expect(called[0]).toBeLessThanOrEqual(0.9 + 3 + 1);
  });

  test("a call for a delivery starts its sync on time: the wait is part of the run", async () => {
    await layer(30);
    await world.publish(LAYER);
    await world.clock.pass(5 * SECOND);
    const { slot } = await world.readLayer(LAYER);
    expect([slot.pending, slot.running?.startedAt]).toEqual([null, began + SECOND]);
    // What comes meanwhile is of the next sync, and waits for its own newest delivery.
    await world.publish(LAYER);
    await world.clock.pass(2 * MINUTE);
    expect(called).toEqual([31, 36]);
  });

  test("a call for a delivery keeps its worker's lease while it waits: a wait of a minute loses no run", async () => {
    await layer(60);
    await world.publish(LAYER);
    for (let i = 0; i < 4; i += 1) {
      await world.clock.pass(20 * SECOND);
      await world.tick();
    }
    expect(called).toEqual([61]);
    expect((await world.records(LAYER))[0]).toMatchObject({ attempts: 1 });
  });

  test("a call of one source does not wait for a delivery that named another", async () => {
    const sources = ["a", "b"].map((slug) => ({ ...world.source(slug), settleSeconds: 20 }));
    world.jobs.set("https://jobs.test/b", () => answer(200));
    await world.layer(LAYER, [], [], { sources });
    await requestByHand(world.deps(), OWNER, LAYER, null);
    await world.publish(LAYER, { header: "b" });
    world.work({ kind: "layer", id: LAYER });
    await world.clock.pass(MINUTE);
    expect(called).toEqual([1]);
  });

  test("a call for a delivery is not delayed by a clock an hour ahead, and not hurried by one that is behind", () => {
    const source = { ...world.source("a"), settleSeconds: 5 };
    const part = {
      ...{ syncId: "sync-1", tries: 0, lost: 0, since: 0, build: true, callFence: 1, riding: false },
      ask: { full: true, deliveredAt: began },
    };
    const waits = [-60 * MINUTE, -SECOND, 0, 2 * SECOND, 6 * SECOND, 60 * MINUTE];
    expect(waits.map((after) => settleTime(source, part, began + after) / SECOND)).toEqual([6, 6, 6, 4, 0, 0]);
  });
});

describe("nothing else waits", () => {
  test("a retry does not wait for `settleSeconds`", async () => {
    await layer(30);
    status.now = 500;
    await world.publish(LAYER);
    await world.clock.pass(40 * SECOND);
    expect(called).toEqual([31]);
    status.now = 200;
    await world.clock.pass(51 * SECOND);
    await world.tick();
    await world.clock.pass(SECOND);
    expect(called).toEqual([31, 91]);
  });

  test("a sync by hand does not wait for `settleSeconds`", async () => {
    await layer(30);
    await requestByHand(world.deps(), OWNER, LAYER, null);
    world.work({ kind: "layer", id: LAYER });
    await world.clock.pass(2 * SECOND);
    expect(called).toEqual([1]);
  });

  test("a source stored before `settleSeconds` existed does not wait", async () => {
    await layer();
    await world.publish(LAYER);
    await world.clock.pass(2 * SECOND);
    expect(called).toEqual([1]);
  });
});
