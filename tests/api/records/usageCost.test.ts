import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { layerKey, SUMMARIES } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import type { ApiWorld } from "../world.ts";
import { costOf, costsUntilWhole, layerIdOf, shardTexts, worldWithLayers } from "../worldWithLayers.ts";

const ask = (world: ApiWorld, etag = "") => costOf(world, "/usage", etag);
const warm = (world: ApiWorld) => costsUntilWhole(world, "/usage");

/** Gives a layer counts of months. */
const count = async ({ store }: ApiWorld, id: string, usage: object): Promise<void> => {
  const found = await store.memory.read(layerKey(id));
  const document = JSON.parse(found?.text ?? "{}");
  const counted = { ...document, slot: { ...document.slot, usage } };
  await store.memory.write(layerKey(id), JSON.stringify(counted), found?.etag ?? null);
};

describe("what usage costs", () => {
  it.each([
    // The requests of the first usage, of a later one, of one with the ETag, and how many the first takes until it is
    // whole. Two reads of each are the hint and the plan.
    { layers: 0, first: 2 + 2 + 1, later: 2 + 2 + 1, unchanged: 2 + 2, rounds: 1 },
    { layers: 200, first: 2 + 2 + 1 + 201 + 1, later: 2 + 2 + 1, unchanged: 2 + 2, rounds: 1 },
    { layers: 10_000, first: 11 + 2 + 32 + 1000 + 4, later: 11 + 2 + 32, unchanged: 11 + 2, rounds: 11 },
  ])(
    "the usage of $layers layers costs a bounded number of requests, and after that hardly any",
    { timeout: 120_000 },
    async ({ layers, first, later, unchanged, rounds }) => {
      const { world } = await worldWithLayers(layers);
      const costs = await warm(world);
      expect(costs[0]?.requests).toBe(first);
      expect(Math.max(...costs.map(({ requests }) => requests))).toBe(first);
      expect(costs.length).toBe(rounds);
      // What was read last may not have been worth a write.
      await warm(world);
      const { answer, cost, etag } = await ask(world);
      expect([answer.at("complete"), answer.listAt("dataLayers").length]).toEqual([true, layers]);
      expect(cost.requests).toBe(later);
      const again = await ask(world, etag);
      expect([again.answer.status, again.cost]).toEqual([304, { reads: 2, writes: 0, requests: unchanged }]);
    },
  );

  it("the usage of another month costs no more than that of this month, because both are remembered", async () => {
    const { world } = await worldWithLayers(20);
    const month = { deliveries: 4, deliveriesByDay: [0, 4], live: [2] };
    await count(world, layerIdOf(3), { "2025-11": month, "2026-01": { deliveries: 1 } });
    await warm(world);
    const { answer, cost } = await costOf(world, "/usage?month=2025-11");
    expect(cost).toEqual({ reads: 1 + 2, writes: 0, requests: 2 + 1 + 2 });
    expect([answer.at("deliveries"), answer.at("deliveriesByDay"), answer.at("publishToLive.count")]).toEqual([
      4,
      [0, 4],
      2,
    ]);
    expect((await ask(world)).answer.at("deliveries")).toBe(1);
  });
});

describe("what usage remembers", () => {
  it("usage that left documents out says so, and is made again for a caller who has its ETag", async () => {
    const { world } = await worldWithLayers(1200);
    for (let index = 0; index < 1200; index += 1)
      await count(world, layerIdOf(index), { "2026-01": { deliveries: 1 } });
    const first = await ask(world);
    expect([first.answer.at("left"), first.answer.at("complete")]).toEqual([201, false]);
    expect(first.answer.at("deliveries")).toBe(first.answer.listAt("dataLayers").length);
    const next = await ask(world, first.etag);
    expect([next.answer.status, next.answer.at("left"), next.answer.at("complete")]).toEqual([200, 0, true]);
    expect(next.answer.at("deliveries")).toBe(1200);
  });

  it("usage counts every change at once, and reads only the documents that changed", async () => {
    const { world } = await worldWithLayers(200);
    await warm(world);
    const { etag } = await ask(world);
    await count(world, layerIdOf(7), { "2026-01": { deliveries: 3 } });
    const { answer, cost } = await ask(world, etag);
    expect([answer.status, answer.at("deliveries")]).toEqual([200, 3]);
    expect(cost).toEqual({ reads: 2 + 1 + 1, writes: 0, requests: 2 + 2 + 1 + 1 });
    await world.delete(`/data-layers/${layerIdOf(7)}`);
    const { answer: after } = await ask(world);
    expect([after.at("deliveries"), after.listAt("dataLayers").length]).toEqual([3, 200]);
    expect(after.at(`dataLayers.${199 - 7}`)).toMatchObject({ dataLayerId: layerIdOf(7), name: null, deliveries: 3 });
  });

  it("usage forgets the name of a deleted layer at once", async () => {
    const { world } = await worldWithLayers(20, (index) => (index === 7 ? "Gone Ltd" : `Layer ${index}`));
    await warm(world);
    expect((await shardTexts(world)).join("")).toContain("Gone Ltd");
    await world.delete(`/data-layers/${layerIdOf(7)}`);
    expect((await ask(world)).cost.writes).toBe(1);
    expect((await shardTexts(world)).join("")).not.toContain("Gone Ltd");
  });

  it("usage is right also where nothing can be remembered", async () => {
    const { world } = await worldWithLayers(20);
    await count(world, layerIdOf(7), { "2026-01": { deliveries: 3 } });
    world.store.before = async (operation, key) => {
      if (key.startsWith(SUMMARIES)) throw new StoreUnavailable(`no ${operation}`);
    };
    for (let round = 0; round < 2; round += 1) {
      const { answer, cost } = await ask(world);
      expect([answer.at("deliveries"), answer.at("complete"), cost.reads]).toEqual([3, true, 2 + 22]);
    }
  });

  it("a new release counts from the documents, and remembers a document that it cannot read as that", async () => {
    const { world } = await worldWithLayers(20);
    const stored = await world.store.memory.read(layerKey(layerIdOf(5)));
    await world.store.memory.write(layerKey(layerIdOf(5)), '{"v":99}', stored?.etag ?? null);
    await warm(world);
    const { answer, cost } = await ask(world);
    expect([answer.at("complete"), answer.listAt("dataLayers").length, cost.reads]).toEqual([false, 19, 2 + 1]);
    world.deploy("deploy-2");
    expect((await ask(world)).cost.reads).toBe(2 + 1 + 21);
  });

  it("usage writes no document of a layer or a site, and nothing that a tick would take for a change", async () => {
    const { world } = await worldWithLayers(20);
    await drain(world.deps);
    const before = await world.dump();
    await warm(world);
    const remembered = (await world.store.memory.list(SUMMARIES)).map(({ key }) => key);
    for (const key of remembered) await world.store.memory.remove(key);
    expect([remembered.length, await world.dump()]).toEqual([1, before]);
  });
});
