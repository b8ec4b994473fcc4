import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { DRAIN_HINT, drainShardKey, layerKey } from "../../../src/store/keys.ts";
import { idOf, TickWorld } from "./tickWorld.ts";

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_none, at) => from + at);
const keysOf = (some: Iterable<number>): string[] => [...some].map((number) => layerKey(idOf(number)));
const missing = (wanted: Iterable<string>, found: ReadonlySet<string>): string[] =>
  [...wanted].filter((one) => !found.has(one));

const write = async ({ store }: TickWorld, key: string, text: string): Promise<void> => {
  const standing = await store.memory.read(key);
  await store.memory.write(key, text, standing?.etag ?? null);
};

/** What stands in the store before the ticks under test. */
const memories = {
  "no memory": async () => undefined,
  "a full memory": async (world: TickWorld) => {
    await world.tick();
  },
  "a memory of a day ago": async (world: TickWorld) => {
    await world.tick();
    world.clock.pass(DAY);
  },
  "a damaged hint": async (world: TickWorld) => {
    await world.tick();
    await write(world, DRAIN_HINT, "{");
  },
  "damaged shards": async (world: TickWorld) => {
    await world.tick();
    for (let shard = 0; shard < 16; shard += 2) await write(world, drainShardKey(shard), '{"seen":7}');
  },
  "the hint of the release before": async (world: TickWorld) => {
    const listed = await world.store.memory.list("layers/");
    const seen = listed.map(({ key, etag }) => [key, { etag, due: null, readAt: world.clock.now() }]);
    await write(
      world,
      DRAIN_HINT,
      JSON.stringify({ at: world.clock.now(), gap: MINUTE, seen: Object.fromEntries(seen) }),
    );
  },
} as const;

const aCase = fc.record({
  layers: fc.constantFrom(0, 1, 99, 101, 400),
  memory: fc.constantFrom(...(Object.keys(memories) as (keyof typeof memories)[])),
  due: fc.uniqueArray(fc.nat(399), { maxLength: 40 }),
  touched: fc.uniqueArray(fc.nat(399), { maxLength: 40 }),
  page: fc.constantFrom(0, 30, 500),
  call: fc.constantFrom(0, 30, 200),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  kills: fc.array(fc.nat(500), { maxLength: 6 }),
});

describe("the ticks come round", () => {
  test("from every memory, and killed at any call, two ticks that live wake all that is due and read all that changed", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(aCase, async ({ layers, memory, due, touched, page, call, random, kills }) => {
        const world = new TickWorld();
        await world.idle(0, layers);
        await memories[memory](world);
        world.random = random;
        const changed = touched.filter((number) => number < layers);
        const wanted = due.filter((number) => number < layers);
        await world.touch(changed, "since");
        await world.due(wanted);
        world.store.pace = { page, call };
        world.looked.clear();
        for (const kill of kills) {
          world.clock.pass(MINUTE);
          await world.tick(1 + kill);
        }
        for (let lives = 0; lives < 2; lives += 1) {
          world.clock.pass(MINUTE);
          expect((await world.tick()).drained).toMatchObject({ left: 0, failed: 0 });
        }
        expect(missing(wanted.map(idOf), world.woken)).toEqual([]);
        expect(missing(keysOf(changed), world.looked)).toEqual([]);
        for (let hour = 0; hour < 25; hour += 1) {
          world.clock.pass(HOUR);
          await world.tick();
        }
        expect(missing(keysOf(numbers(0, layers)), world.looked)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test("a tick killed at each of its calls in turn leaves nothing that the next tick does not find", {
    timeout: 120_000,
  }, async () => {
    const due = numbers(0, 150).filter((number) => number % 7 === 0);
    for (let killAt = 1; ; killAt += 3) {
      const world = new TickWorld();
      await world.idle(0, 150);
      await world.tick();
      await world.due(due);
      world.clock.pass(MINUTE);
      const killed = await world.tick(killAt);
      world.clock.pass(MINUTE);
      await world.tick();
      expect(missing(due.map(idOf), world.woken), `killed at call ${killAt}`).toEqual([]);
      if (killed.drained !== null) break;
    }
  });

  test("ten thousand layers with logs, on a store of 500 ms a page and 200 ms a call: no tick is killed, and six come round", {
    timeout: 120_000,
  }, async () => {
    const world = new TickWorld();
    await world.idle(0, 10_000);
    await world.logs(10_000, 1);
    await world.logs(3, 1500);
    const due = numbers(0, 10_000).filter((number) => number % 33 === 0);
    await world.due(due);
    world.store.pace = { page: 500, call: 200 };
    for (let ticks = 0; ticks < 6; ticks += 1) {
      const known = world.looked.size;
      const { drained, took } = await world.tick();
      expect(drained).not.toBeNull();
      expect(took).toBeLessThan(25 * SECOND);
      expect(world.looked.size).toBeGreaterThan(Math.min(known, 9_999));
      world.clock.pass(5 * MINUTE);
    }
    expect(missing(due.map(idOf), world.woken)).toEqual([]);
    expect(missing(keysOf(numbers(0, 10_000)), world.looked)).toEqual([]);
  });

  test("ticks that are killed after ten seconds come round as well, because each saves what it found every two", {
    timeout: 120_000,
  }, async () => {
    const world = new TickWorld();
    await world.idle(0, 6000);
    world.store.pace = { page: 500, call: 200 };
    let killed = 0;
    for (; killed < 8 && (await world.tick(Number.POSITIVE_INFINITY, 10 * SECOND)).drained === null; killed += 1) {
      world.clock.pass(5 * MINUTE);
    }
    expect(killed).toBeGreaterThan(2);
    expect(killed).toBeLessThan(8);
    expect(missing(keysOf(numbers(0, 6000)), world.looked)).toEqual([]);
  });

  test("four thousand layers that are always due are woken in turn, and a change elsewhere is read meanwhile", {
    timeout: 120_000,
  }, async () => {
    const world = new TickWorld();
    await world.idle(0, 4001);
    for (let ticks = 0; ticks < 3; ticks += 1) await world.tick();
    await world.due(numbers(0, 4000));
    for (let ticks = 0; ticks < 4; ticks += 1) {
      world.clock.pass(MINUTE);
      await world.tick();
    }
    await world.touch([4000], "meanwhile");
    world.woken.clear();
    world.looked.clear();
    for (let ticks = 0; ticks < 4; ticks += 1) {
      world.clock.pass(MINUTE);
      await world.tick();
    }
    expect(missing(numbers(0, 4000).map(idOf), world.woken)).toEqual([]);
    expect([...world.looked]).toContain(layerKey(idOf(4000)));
  });

  test("a wake that is never answered keeps no tick from saving what it found at the other layers", async () => {
    const world = new TickWorld();
    await world.idle(0, 300);
    await world.tick();
    await world.due(numbers(0, 20));
    world.hangs = idOf(3);
    world.clock.pass(MINUTE);
    const { drained, took } = await world.tick();
    expect([drained?.left, took < 20 * SECOND]).toEqual([1, true]);
    expect(missing(numbers(0, 20).map(idOf), world.woken)).toEqual([]);
    expect(JSON.parse((await world.store.memory.read(DRAIN_HINT))?.text ?? "")).toMatchObject({ left: 1 });
  });

  test("a store too slow to list everything still has what is due by the last read woken, and nothing is forgotten", async () => {
    const world = new TickWorld();
    await world.idle(0, 4000);
    for (let ticks = 0; ticks < 3; ticks += 1) await world.tick();
    await world.due([3999]);
    world.clock.pass(MINUTE);
    await world.tick();
    world.woken.clear();
    world.store.pace = { page: 3 * SECOND, call: 20 };
    world.clock.pass(MINUTE);
    expect((await world.tick()).drained).toMatchObject({ listed: 3000, failed: 0 });
    expect([...world.woken]).toEqual([idOf(3999)]);
    world.store.pace = { page: 0, call: 0 };
    world.clock.pass(MINUTE);
    await world.tick();
    expect(world.store.counts.reads).toBeLessThan(40);
  });
});
