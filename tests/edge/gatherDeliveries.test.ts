import { beforeEach, describe, expect, test } from "vitest";
import { findLayer } from "../../src/app/manage/layers.ts";
import { countDeliveries, findDelivery, logDeliveries } from "../../src/app/stored/deliveryLog.ts";
import { DAY, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Layer } from "../../src/core/layer/layer.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { GATHERED, gatherDeliveries } from "../../src/edge/hooks/gatherDeliveries.ts";
import { DELIVERIES, deliveriesPrefix, gatheredIn } from "../../src/store/keys.ts";
import type { Archive } from "../../src/store/store.ts";
import { ApiWorld, type Json } from "../api/world.ts";
import { must } from "../support/builders.ts";
import { aRound } from "../support/round.ts";

let world: ApiWorld;
let layerId: string;
beforeEach(async () => {
  world = new ApiWorld();
  layerId = await world.layer();
});

/** One delivery on an instance, and all that follows its answer. Returns its id. */
const send = async (gather: ReturnType<typeof gatherDeliveries>, deps = world.deps): Promise<string> => {
  const after: Promise<unknown>[] = [];
  const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}`;
  const answer = await answerPublish(new Request(url, { method: "POST" }), deps, (work) => after.push(work), gather);
  expect(answer.status).toBe(200);
  await Promise.all(after);
  return String((await answer.json()).deliveryId);
};

const burst = (count: number, gather: () => ReturnType<typeof gatherDeliveries>, deps = world.deps) =>
  Promise.all(Array.from({ length: count }, () => send(gather(), deps)));

/** The requests that a burst makes at the store: those of its log, and all others. */
const costOf = async (use: () => Promise<unknown>) => {
  const log = { puts: 0, lists: 0, removals: 0 };
  world.store.before = async (op, key) => {
    if (!key.startsWith(DELIVERIES)) return;
    if (op === "write") log.puts += 1;
    if (op === "list") log.lists += 1;
    if (op === "remove") log.removals += 1;
  };
  const { requests } = world.store.counts;
  await use();
  const all = log.puts + log.lists + log.removals;
  return { ...log, others: world.store.counts.requests - requests - all };
};

const layer = async (): Promise<Layer> => must(await findLayer(world.deps, layerId), "the layer");
const keys = async (): Promise<string[]> =>
  (await world.store.memory.list(deliveriesPrefix(layerId))).map(({ key }) => key);
const logged = async (): Promise<number> => (await keys()).reduce((sum, key) => sum + gatheredIn(key).count, 0);

/** Every id in the log, page by page. */
const listed = async (limit: number): Promise<Json[]> => {
  const ids: Json[] = [];
  for (let cursor: Json = ""; cursor !== null; ) {
    const query = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = await world.get(`/data-layers/${layerId}/deliveries?limit=${limit}${query}`);
    ids.push(...page.listAt("items").map((_, index) => page.at(`items.${index}.id`)));
    cursor = page.at("nextCursor");
  }
  return ids;
};

describe("the log's requests", () => {
  test("a burst of a thousand on one instance is logged by ten writes and two lists, beside what the answers cost", async () => {
    const shared = gatherDeliveries();
    const cost = await costOf(() => burst(1000, () => shared));
    expect(cost).toEqual({ puts: 1000 / GATHERED, lists: 2, removals: 0, others: 2999 });
    expect(await logged()).toBe(1000);
  });

  test("a burst over a full log costs a fortieth of a request for each delivery, with the removal of old ones", async () => {
    const shared = gatherDeliveries();
    await burst(1000, () => shared);
    world.now += MINUTE;
    const { puts, lists, removals } = await costOf(() => burst(1000, () => shared));
    expect({ puts, lists, removals }).toEqual({ puts: 10, lists: 2, removals: 10 });
    expect(await logged()).toBe(RETENTION.deliveries.count);
  });

  test("a burst of one delivery for each instance is logged by a write for each", async () => {
    const { puts, removals } = await costOf(() => burst(1000, gatherDeliveries));
    expect({ puts, removals }).toEqual({ puts: 1000, removals: 0 });
  });

  test("a delivery that is alone on its instance is logged at once, under its own id", async () => {
    const shared = gatherDeliveries();
    const ids = [await send(shared), await send(shared)];
    expect((await keys()).map((key) => key.slice(key.lastIndexOf("/") + 1)).sort()).toEqual(ids);
  });
});

describe("what waits to be logged", () => {
  test("an answer does not wait for the log, however many deliveries are gathered", async () => {
    const { memory } = world.store;
    const held = new Promise<never>(() => undefined);
    const archive: Archive = {
      read: (key) => memory.read(key),
      list: (prefix) => memory.list(prefix),
      children: (prefix) => memory.children(prefix),
      remove: (key) => memory.remove(key),
      write: () => held,
    };
    const shared = gatherDeliveries();
    const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}`;
    const answers = Array.from({ length: 250 }, () =>
      answerPublish(new Request(url, { method: "POST" }), { ...world.deps, archive }, () => undefined, shared),
    );
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(250).fill(200));
  });

  test("what waits is written by the delivery that leaves last, also one that has nothing to log", async () => {
    const shared = gatherDeliveries();
    const silent = shared(world.deps, layerId);
    await send(shared);
    await send(shared);
    expect(await keys()).toEqual([]);
    await silent(null);
    expect((await keys()).map((key) => gatheredIn(key).count)).toEqual([2]);
    expect(await listed(20)).toHaveLength(2);
  });

  test("what has waited for a second is written by the next delivery that leaves", async () => {
    const shared = gatherDeliveries();
    const slow = shared(world.deps, layerId);
    await send(shared);
    world.now += SECOND;
    await send(shared);
    expect((await keys()).map((key) => gatheredIn(key).count)).toEqual([2]);
    await slow(null);
    expect(await keys()).toHaveLength(1);
  });

  test("what waits for one layer is not written with what waits for another", async () => {
    const shared = gatherDeliveries();
    const other = await world.layer({ name: "Other" });
    const [mine, theirs] = [layerId, other].map((id) => shared(world.deps, id));
    await send(shared);
    layerId = other;
    await send(shared);
    await Promise.all([mine?.(null), theirs?.(null)]);
    expect(await listed(20)).toHaveLength(1);
  });

  test("a record that cannot be written loses its deliveries alone, and says so once", async () => {
    const shared = gatherDeliveries();
    world.store.fault = (op, key) => (op === "write" && key.startsWith(DELIVERIES) ? "down" : "none");
    await burst(30, () => shared);
    expect(world.facts.filter(({ kind }) => kind === "trouble")).toHaveLength(1);
    world.store.fault = () => "none";
    await burst(30, () => shared);
    expect(await listed(20)).toHaveLength(30);
  });
});

describe("a log of gathered deliveries", () => {
  /** Bursts on several instances at a time, and lone deliveries between them. */
  const mixed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const instances = [gatherDeliveries(), gatherDeliveries(), gatherDeliveries()];
      let turn = 0;
      const next = () => {
        turn += 1;
        return must(instances[turn % (1 + (round % 3))]);
      };
      ids.push(...(await burst(7 + 20 * round, next)));
      world.now += 700;
      ids.push(await send(gatherDeliveries()));
      world.now += round * 20 * SECOND;
    }
    return ids.sort().reverse();
  };

  test.each([1, 7, 20, 100])(
    "pages of %i of a log of gathered deliveries hold every delivery once, newest first",
    async (limit) => {
      const ids = await mixed();
      expect((await keys()).length).toBeLessThan(ids.length / 5);
      expect(await listed(limit)).toEqual(ids);
    },
    60_000,
  );

  test("the pages of a log of gathered deliveries go on across midnight", async () => {
    world.now += DAY - (world.now % DAY) - 2;
    const shared = gatherDeliveries();
    const slow = shared(world.deps, layerId);
    const ids = [await send(shared)];
    world.now += 500;
    ids.push(await send(shared));
    await slow(null);
    expect(await keys()).toHaveLength(1);
    expect(await listed(1)).toEqual([...ids].reverse());
    expect(await findDelivery(world.deps, await layer(), ids[0] ?? "")).toMatchObject({ id: ids[0] });
  });

  test("a gathered delivery is found by its id with one list and one read, and no other delivery", async () => {
    const ids = await mixed();
    const mine = await layer();
    for (const id of ids) {
      const { reads, lists } = world.store.counts;
      expect(await findDelivery(world.deps, mine, id)).toMatchObject({
        id,
        outcome: expect.stringMatching(/queued|coalesced/),
      });
      expect(world.store.counts.lists - lists).toBeLessThanOrEqual(2);
      expect(world.store.counts.reads - reads).toBeLessThanOrEqual(3);
    }
    expect(await findDelivery(world.deps, mine, world.deps.ids.timeOrdered())).toBeNull();
    expect(await findDelivery(world.deps, mine, "nothing-like-an-id")).toBeNull();
  });

  test("a log of gathered deliveries counts the deliveries of a sync, also those that wrote nothing", async () => {
    const shared = gatherDeliveries();
    await burst(120, () => shared);
    await send(shared);
    const first = (await world.get(`/data-layers/${layerId}/syncs`)).textAt("items.0.id");
    await world.work({ kind: "layer", id: layerId });
    world.now += 3 * SECOND;
    await burst(5, () => shared);
    const syncs = await world.get(`/data-layers/${layerId}/syncs`);
    const counted = async (index: number) => {
      const at = (field: string) => syncs.at(`items.${index}.${field}`);
      const time = (field: string) => (at(field) === null ? null : Date.parse(String(at(field))));
      const sync = { id: String(at("id")), queuedAt: must(time("queuedAt")), startedAt: time("startedAt") };
      return { id: sync.id, ...(await countDeliveries(world.deps, await layer(), sync)) };
    };
    expect(await counted(1)).toEqual({ id: first, count: 121, isAll: true });
    expect(await counted(0)).toMatchObject({ count: 5, isAll: true });
  });

  test("a layer's activity shows when each gathered delivery arrived, and the last of them in full", async () => {
    const ids = await mixed();
    const activity = await world.get(`/data-layers/${layerId}/activity?hours=1`);
    const field = (name: string) => activity.listAt(name).map((_, index) => activity.at(`${name}.${index}.id`));
    expect(field("arrived")).toEqual(ids);
    expect(field("deliveries")).toEqual(ids.slice(0, 20));
  });

  test("a log of gathered deliveries keeps the newest thousand, of a record with one of them all, and nothing for longer than thirty days", async () => {
    const shared = gatherDeliveries();
    for (let round = 0; round < 12; round += 1) {
      world.now += MINUTE;
      await burst(130, () => shared);
    }
    await aRound(world.deps);
    const kept = await logged();
    expect(kept).toBeGreaterThanOrEqual(RETENTION.deliveries.count);
    expect(kept).toBeLessThan(RETENTION.deliveries.count + GATHERED);
    world.now += RETENTION.deliveries.days * DAY + DAY;
    await aRound(world.deps);
    expect(await keys()).toEqual([]);
  });

  test("a record of gathered deliveries is read by the release before as its newest delivery", async () => {
    const shared = gatherDeliveries();
    const ids = (await burst(30, () => shared)).sort();
    const [key = ""] = await keys();
    const record = JSON.parse((await world.store.memory.read(key))?.text ?? "null");
    expect([record.id, record.others.length]).toEqual([ids.at(-1), 29]);
  });

  test("a delivery that is a minute older than the others has a record of its own", async () => {
    const shared = gatherDeliveries();
    const slow = shared(world.deps, layerId);
    await send(shared);
    world.now += 2 * MINUTE;
    await send(shared);
    await slow(null);
    expect((await keys()).map((one) => gatheredIn(one).count)).toEqual([1, 1]);
    await logDeliveries(world.deps, layerId, [], 0);
    expect(await keys()).toHaveLength(2);
  });
});
