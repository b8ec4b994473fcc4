import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { DRAIN_HINT, drainShardKey } from "../../../src/store/keys.ts";
import { TickWorld } from "./tickWorld.ts";

/** The requests of one tick. */
const costOf = async (world: TickWorld) => {
  await world.tick();
  const { pages, reads, writes } = world.store.counts;
  return { pages, reads, writes };
};

/** The kilobytes that the last tick moved. */
const kilobytesOf = ({ store }: TickWorld): number => Math.round((store.counts.down + store.counts.up) / 1024);

/** Layers at rest, of which every document was read and all logs are cut. */
const settled = async (layers: number) => {
  const world = new TickWorld();
  await world.idle(0, layers);
  const first = { ...(await costOf(world)), kilobytes: kilobytesOf(world) };
  let ticks = 1;
  for (let left = true; left || ticks < 6; ticks += 1) {
    world.clock.pass(1);
    left = ((await world.tick()).drained?.left ?? 1) > 0;
  }
  world.clock.pass(1);
  return { world, first, steady: { ...(await costOf(world)), kilobytes: kilobytesOf(world) } };
};

describe("a tick costs what changed or is due, and a bit for all documents", () => {
  test.each([
    [
      0,
      // Two lists of documents, one for the logs and one for old summaries; the settings; the hint twice, as a first log
      // was cut.
      { pages: 4, reads: 2, writes: 2, kilobytes: 0 },
      { pages: 2, reads: 1, writes: 1, kilobytes: 0 },
    ],
    [
      200,
      { pages: 4, reads: 218, writes: 18, kilobytes: expect.closeTo(275, -2) },
      { pages: 2, reads: 1, writes: 1, kilobytes: 21 },
    ],
    [
      10_000,
      { pages: 13, reads: 2267, writes: 6, kilobytes: expect.closeTo(3593, -3) },
      { pages: 11, reads: 1, writes: 1, kilobytes: 749 },
    ],
  ])(
    "a tick over %i idle layers costs so much the first time, and when nothing has changed",
    { timeout: 60_000 },
    async (layers, first, steady) => {
      const measured = await settled(layers);
      expect({ first: measured.first, steady: measured.steady }).toEqual({ first, steady });
    },
  );

  test("a tick over a hundred busy layers of two hundred reads those alone, and each shard that holds one", async () => {
    const { world } = await settled(200);
    await world.due(Array.from({ length: 100 }, (_, number) => number));
    world.clock.pass(MINUTE);
    expect(await costOf(world)).toEqual({ pages: 2, reads: 117, writes: 17 });
    expect(kilobytesOf(world)).toBeLessThan(300);
    expect(world.wakes).toBe(100);
    world.clock.pass(MINUTE);
    expect(await costOf(world)).toEqual({ pages: 2, reads: 117, writes: 17 });
    expect(world.wakes).toBe(200);
  });

  test("a hundred busy layers alone are remembered in the hint itself", async () => {
    const { world } = await settled(100);
    await world.due(Array.from({ length: 100 }, (_, number) => number));
    world.clock.pass(MINUTE);
    expect(await costOf(world)).toEqual({ pages: 2, reads: 101, writes: 1 });
  });

  test("ten thousand idle layers are looked at once a day, spread over the day", { timeout: 60_000 }, async () => {
    const { world } = await settled(10_000);
    world.looked.clear();
    const looks: number[] = [];
    for (let at = 0; at < DAY; at += HOUR) {
      world.clock.pass(HOUR);
      await world.tick();
      looks.push(world.store.counts.reads);
    }
    expect(world.looked.size).toBe(10_000);
    expect(looks.reduce((sum, one) => sum + one, 0)).toBeLessThan(10_400);
    expect(Math.max(...looks)).toBeLessThan(520);
  });

  test("a silence of hours costs no read of a layer without probes that has not changed", async () => {
    const { world } = await settled(200);
    await world.touch([7], "twice");
    world.looked.clear();
    world.clock.pass(2 * HOUR);
    await world.tick();
    const { reads } = world.store.counts;
    expect([...world.looked]).toContain("layers/layer-000007");
    expect(reads).toBeLessThan(1 + 1 + 16 + 40);
    world.clock.pass(MINUTE);
    expect(await costOf(world)).toMatchObject({ reads: 1, writes: 1 });
  });

  test("a hint of the release before is carried over: no document is read again, and the shards hold its notes", async () => {
    const { world } = await settled(200);
    const { memory } = world.store;
    const seen: Record<string, object> = {};
    for (let shard = 0; shard < 16; shard += 1) {
      const stored = await memory.read(drainShardKey(shard));
      Object.assign(seen, JSON.parse(stored?.text ?? "").seen);
      await memory.remove(drainShardKey(shard));
    }
    const hint = await memory.read(DRAIN_HINT);
    const { shards: _shards, ...head } = JSON.parse(hint?.text ?? "");
    await memory.write(DRAIN_HINT, JSON.stringify({ ...head, seen }), hint?.etag ?? null);
    world.clock.pass(1);
    expect(await costOf(world)).toEqual({ pages: 2, reads: 17, writes: 17 });
    world.clock.pass(1);
    expect(await costOf(world)).toEqual({ pages: 2, reads: 1, writes: 1 });
  });

  test("the release before reads the hint of a large system as one that has seen nothing", async () => {
    const { world } = await settled(200);
    const hint = JSON.parse((await world.store.memory.read(DRAIN_HINT))?.text ?? "");
    expect(hint).toMatchObject({ seen: {}, at: expect.any(Number), usage: expect.any(Object) });
  });
});
