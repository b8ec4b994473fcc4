import { beforeEach, describe, expect, test } from "vitest";
import type { Clock, Fact } from "../../../src/app/deps.ts";
import { work } from "../../../src/app/worker/work.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { answer, World } from "../world.ts";

const LAYER = "layer-one";
const TARGET = { kind: "layer", id: LAYER } as const;

let world: World;
let began: number;
/** When the job of a source was called (seconds after the publish). */
let called: number[];

const publish = async (sources: readonly { slug: string; settleSeconds?: number }[]): Promise<void> => {
  await world.layer(LAYER, [], [], {
    sources: sources.map(({ slug, ...more }) => ({ ...world.source(slug), ...more })),
  });
  began = world.clock.now;
  await world.publish(LAYER);
};
const factsOf = (kind: Fact["kind"]) => world.facts.filter((fact) => fact.kind === kind);
const ends = () => world.shifts.map(({ to }) => (to === null ? null : (to - began) / SECOND));

beforeEach(() => {
  world = new World();
  called = [];
  world.jobs.set("https://jobs.test/a", () => {
    called.push((world.clock.now - began) / SECOND);
    return answer(200);
  });
});

describe("a worker whose store fails", () => {
  test("a worker begins no call twenty seconds after its last renewal, and ends without it", async () => {
    await publish([{ slug: "a", settleSeconds: 22 }]);
    await world.clock.pass(2 * SECOND);
    world.storeFails = (op) => op === "write";
    await world.clock.pass(MINUTE);
    expect(called).toEqual([]);
    expect(ends()).toEqual([expect.any(Number)]);
  });

  test("a worker begins a call that waited for its lease once a renewal is confirmed", async () => {
    await publish([{ slug: "a", settleSeconds: 22 }]);
    await world.clock.pass(2 * SECOND);
    world.storeFails = (op) => op === "write" && world.clock.now < began + 26 * SECOND;
    await world.clock.pass(MINUTE);
    expect(called).toEqual([expect.any(Number)]);
    expect(called[0]).toBeGreaterThanOrEqual(26);
    expect(called[0]).toBeLessThan(30);
  });

  test("a worker keeps its run through records that the store does not confirm, and calls nothing twice", async () => {
    world.jobs.set("https://jobs.test/a", world.slow(5 * SECOND, answer(200)));
    await publish([{ slug: "a" }]);
    await world.clock.pass(2 * SECOND);
    world.storeFails = (op) => op === "write" && world.clock.now < began + 18 * SECOND;
    await world.clock.pass(30 * SECOND);
    expect([factsOf("run.claimed").length, world.posts("a").length]).toEqual([1, 1]);
    expect(factsOf("run.ended")).toHaveLength(1);
  });
});

describe("a worker that meets what nobody foresaw", () => {
  test("a worker ends, and says why, if its document turns out to be one of a later release", async () => {
    world.jobs.set("https://jobs.test/a", world.slow(5 * SECOND, answer(200)));
    await publish([{ slug: "a" }]);
    await world.clock.pass(2 * SECOND);
    const standing = await world.memory.read(layerKey(LAYER));
    const later = JSON.stringify({ ...JSON.parse(standing?.text ?? "null"), v: 99 });
    await world.memory.write(layerKey(LAYER), later, standing?.etag ?? null);
    await world.clock.pass(10 * SECOND);
    expect(ends()).toEqual([6]);
    expect(world.facts).toContainEqual(
      expect.objectContaining({ where: "work on layer layer-one", error: expect.stringContaining("NewerDocument") }),
    );
  });

  test("a worker ends with its calls if one of its own steps fails, and waits for nothing more", async () => {
    let aborted = 0;
    let sleeps = 0;
    world.jobs.set("https://jobs.test/b", ({ signal }) => {
      signal.addEventListener("abort", () => {
        aborted += 1;
      });
      return new Promise(() => undefined);
    });
    world.wakesArrive = false;
    await publish([{ slug: "a" }, { slug: "b" }]);
    const deps = world.deps();
    const report = (fact: Fact): void => {
      if (fact.kind === "part.decided") throw new Error("the log is full");
      deps.report(fact);
    };
    const clock: Clock = {
      ...deps.clock,
      sleep(ms, signal) {
        sleeps += 1;
        return sleeps > 20 ? new Promise(() => undefined) : deps.clock.sleep(ms, signal);
      },
    };
    const working = work({ ...deps, report, clock }, TARGET, 14 * MINUTE);
    await world.clock.pass(5 * SECOND);
    await working;
    expect(sleeps).toBeLessThan(20);
    expect([called.length, aborted]).toEqual([1, 1]);
    expect(world.facts).toContainEqual(expect.objectContaining({ kind: "trouble", error: "Error: the log is full" }));
  });
});

test("a worker records its last outcome as soon as the call has ended, not with the next renewal", async () => {
  world.jobs.set("https://jobs.test/a", world.slow(2 * SECOND, answer(200)));
  await publish([{ slug: "a" }]);
  await world.clock.pass(3 * SECOND);
  expect(factsOf("run.ended")).toHaveLength(1);
});

test("a worker's next write drops what it has archived since, so that a long shift fills no outbox", async () => {
  world.jobs.set("https://jobs.test/a", world.slow(20 * SECOND, answer(200)));
  await publish([{ slug: "a" }]);
  await world.clock.pass(10 * SECOND);
  await world.publish(LAYER);
  await world.clock.pass(15 * SECOND);
  const second = await world.readLayer(LAYER);
  expect([second.slot.running?.fence, second.owed.map(({ kind }) => kind)]).toEqual([2, ["audit", "sync"]]);
  await world.clock.pass(8 * SECOND);
  expect((await world.readLayer(LAYER)).owed).toEqual([]);
  expect(ends()).toEqual([null]);
});
