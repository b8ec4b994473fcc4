import { beforeEach, describe, expect, test } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { updateLayer } from "../../../src/app/stored/documents.ts";
import { DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { tombstone } from "../../../src/core/layer/configureLayer.ts";
import { DRAIN_HINT, layerKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { answer, World } from "../world.ts";

let world: World;
beforeEach(() => {
  world = new World();
  world.wakesArrive = false;
});

const tick = async () => {
  const { reads, writes, lists } = world.counts;
  const wakes = world.wakes.length;
  await world.tick();
  return {
    reads: world.counts.reads - reads,
    writes: world.counts.writes - writes,
    lists: world.counts.lists - lists,
    woken: world.wakes.slice(wakes).map(({ id }) => id),
  };
};

/** Lets workers append what making the layers owes, so that nothing is due any more. */
const atRest = async () => {
  world.wakesArrive = true;
  await tick();
  await world.clock.pass(5 * SECOND);
  world.wakesArrive = false;
  await tick();
};

describe("a tick", () => {
  test("a tick reads only what changed or is due: a hundred idle layers cost two lists, one read and one write", async () => {
    for (let i = 0; i < 100; i += 1) await world.layer(`layer-${String(i).padStart(3, "0")}`, ["a"]);
    await atRest();
    await world.clock.pass(MINUTE);
    expect(await tick()).toEqual({ reads: 1, writes: 1, lists: 2, woken: [] });
    await world.publish("layer-042");
    await world.clock.pass(5 * SECOND);
    expect(await tick()).toMatchObject({ reads: 2, woken: ["layer-042"] });
  });

  test("a tick wakes a worker for what waits, also if the list still shows it as it was", async () => {
    await world.layer("layer-one", ["a"]);
    await atRest();
    const list = world.memory.list.bind(world.memory);
    const stale = await list("layers/");
    world.memory.list = async (prefix) => (prefix === "layers/" ? stale : list(prefix));
    await world.publish("layer-one");
    await world.clock.pass(5 * SECOND);
    expect((await tick()).woken).toEqual([]);
    await world.clock.pass(DAY);
    expect((await tick()).woken).toEqual(["layer-one"]);
  });

  test("a tick forgets nothing when the store cannot give its memory: it ends, and the next one looks", async () => {
    await world.layer("layer-one", ["a"]);
    await atRest();
    const remembered = await world.memory.read(DRAIN_HINT);
    const read = world.memory.read.bind(world.memory);
    world.memory.read = async (key) => {
      if (key === DRAIN_HINT) throw new StoreUnavailable("read: status 500");
      return read(key);
    };
    await world.publish("layer-one");
    await world.clock.pass(5 * SECOND);
    expect((await tick()).woken).toEqual([]);
    expect(await read(DRAIN_HINT)).toEqual(remembered);
    world.memory.read = read;
    expect((await tick()).woken).toEqual(["layer-one"]);
  });

  test("a tick serves a retry when it is due and not before", async () => {
    world.wakesArrive = true;
    await world.layer("layer-one", ["a"]);
    world.jobs.set("https://jobs.test/a", () => answer(500));
    await world.publish("layer-one");
    await world.clock.pass(5 * SECOND);
    world.wakesArrive = false;
    expect((await tick()).woken).toEqual([]);
    await world.clock.pass(30 * SECOND);
    expect((await tick()).woken).toEqual([]);
    await world.clock.pass(30 * SECOND);
    expect((await tick()).woken).toEqual(["layer-one"]);
  });

  test("a tick that meets one unreadable document serves the others, and writes nothing over it", async () => {
    for (const id of ["layer-aaa", "layer-bbb", "layer-ccc"]) {
      await world.layer(id, ["a"]);
      await world.publish(id);
    }
    const found = await world.memory.read(layerKey("layer-bbb"));
    await world.memory.write(layerKey("layer-bbb"), "{ broken", found?.etag ?? null);
    await world.clock.pass(5 * SECOND);
    expect((await tick()).woken.sort()).toEqual(["layer-aaa", "layer-ccc"]);
    expect((await world.memory.read(layerKey("layer-bbb")))?.text).toBe("{ broken");
  });

  test("a tick whose store fails ends without a throw and says so", async () => {
    await world.layer("layer-one", ["a"]);
    world.storeFails = () => true;
    const ticking = drain(world.deps());
    await world.clock.pass(MINUTE);
    expect((await ticking).failed).toBeGreaterThan(0);
    expect(world.facts.some(({ kind }) => kind === "trouble")).toBe(true);
  });

  test("a tick stops when its time is over, and the next one goes on from there", async () => {
    for (let i = 0; i < 200; i += 1) {
      await world.layer(`layer-${i}-slow`, ["a"]);
      await world.publish(`layer-${i}-slow`);
    }
    await world.clock.pass(5 * SECOND);
    const deps = world.deps();
    const slow = {
      ...deps,
      store: {
        ...deps.store,
        read: async (key: string) => {
          await deps.clock.sleep(3 * SECOND);
          return deps.store.read(key);
        },
      },
    };
    const ticking = drain(slow);
    await world.clock.pass(2 * MINUTE);
    const first = await ticking;
    expect(first.woken).toBeGreaterThanOrEqual(100);
    expect(first.woken).toBeLessThan(200);
    expect(first.left).toBe(200 - first.woken);
    const woken = new Set(world.wakes.map(({ id }) => id));
    await tick();
    for (const { id } of world.wakes) woken.add(id);
    expect(woken.size).toBe(200);
  });
});

describe("a deleted layer", () => {
  const bury = (id: string) =>
    updateLayer(
      world.deps(),
      id,
      (document, attempt) =>
        document?.kind === "layer"
          ? { kind: "write", document: tombstone(document, world.by(attempt)), result: null }
          : { kind: "keep", result: null },
      { budget: 1000, attempts: 3, polite: false },
    );

  test("a deleted layer keeps its audit entry until it is in the log; the tombstone is not read again", async () => {
    await world.layer("layer-one", ["a"]);
    await bury("layer-one");
    await tick();
    const audit = await world.memory.list("audit/");
    expect(audit.length).toBeGreaterThanOrEqual(2);
    await tick();
    await world.clock.pass(2 * DAY);
    // The hint and the settings; and the tombstone once more, for its order marker.
    expect((await tick()).reads).toBe(3);
    await world.clock.pass(2 * DAY);
    expect((await tick()).reads).toBe(2);
    expect(JSON.parse((await world.memory.read(layerKey("layer-one")))?.text ?? "")).toMatchObject({ owed: [] });
    expect(await world.memory.list("audit/")).toHaveLength(audit.length);
  });
});
