import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { HOUR } from "../../../src/core/durations.ts";
import { layerKey, SUMMARIES, SUMMARY_NAMES, siteKey, summaryShardKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import type { ApiWorld } from "../world.ts";
import { costOf, costsUntilWhole, layerIdOf, shardTexts, worldWithLayers } from "../worldWithLayers.ts";

const ask = (world: ApiWorld, etag = "") => costOf(world, "/overview", etag);
const warm = (world: ApiWorld) => costsUntilWhole(world, "/overview");

describe("what an overview costs", () => {
  it.each([
    // The requests of the first overview, of a later one, of one with the ETag, and how many the first takes until it is
    // whole.
    { layers: 1, first: 4, later: 4, unchanged: 2, rounds: 1 },
    { layers: 200, first: 2 + 1 + 201 + 1, later: 2 + 1, unchanged: 2, rounds: 1 },
    // Six documents of a shard are read each time: fewer than eight are not worth a write.
    { layers: 2000, first: 3 + 8 + 1000 + 4, later: 3 + 8 + 6, unchanged: 3, rounds: 3 },
    { layers: 10_000, first: 11 + 32 + 1000 + 4, later: 11 + 32, unchanged: 11, rounds: 11 },
  ])(
    "the overview of $layers layers costs a bounded number of requests, and after that hardly any",
    {
      timeout: 120_000,
    },
    async ({ layers, first, later, unchanged, rounds }) => {
      const { world } = await worldWithLayers(layers);
      const costs = await warm(world);
      expect(costs[0]?.requests).toBe(first);
      expect(Math.max(...costs.map(({ requests }) => requests))).toBe(first);
      expect(costs.length).toBe(rounds);
      // What was read last may not have been worth a write.
      await warm(world);
      const { answer, cost, etag } = await ask(world);
      // Ten thousand layers do not fit into one answer, but each of them is counted.
      expect([answer.at("totals.dataLayers"), answer.listAt("sites").length]).toEqual([layers, 1]);
      expect(cost.requests).toBe(later);
      const again = await ask(world, etag);
      expect([again.answer.status, again.cost]).toEqual([304, { reads: 0, writes: 0, requests: unchanged }]);
    },
  );

  it("an overview that left documents out is made again for a caller who has its ETag", async () => {
    const { world } = await worldWithLayers(1200);
    const first = await ask(world);
    expect(first.answer.at("left")).toBe(201);
    const next = await ask(world, first.etag);
    expect([next.answer.status, next.answer.at("left")]).toEqual([200, 0]);
  });

  it("no shard of an overview grows with the number of layers", { timeout: 120_000 }, async () => {
    for (const layers of [200, 2000]) {
      const { world } = await worldWithLayers(layers);
      await warm(world);
      await warm(world);
      for (const text of await shardTexts(world))
        expect(Object.keys(JSON.parse(text).summaries).length).toBeLessThanOrEqual(440);
    }
  });
});

describe("what an overview remembers", () => {
  it("an overview shows every change at once, and reads only the documents that changed", async () => {
    const { world, siteId } = await worldWithLayers(200);
    await warm(world);
    const { etag } = await ask(world);
    await world.patch(`/data-layers/${layerIdOf(7)}`, { name: "Renamed", paused: true });
    const { answer, cost } = await ask(world, etag);
    expect(answer.status).toBe(200);
    expect(cost).toEqual({ reads: 1 + 1, writes: 0, requests: 2 + 1 + 1 });
    expect(answer.text).toContain('"name":"Renamed","description":"","status":"paused"');
    await world.patch(`/sites/${siteId}`, { name: "Shop" });
    expect((await ask(world, etag)).answer.at("sites.0.name")).toBe("Shop");
    await world.delete(`/data-layers/${layerIdOf(7)}`);
    const { answer: after } = await ask(world);
    expect([after.listAt("dataLayers").length, after.text.includes("Renamed")]).toEqual([199, false]);
  });

  it("an overview that was remembered of older documents is read again, whatever it says", async () => {
    const { world } = await worldWithLayers(20);
    await warm(world);
    const [key = ""] = (await world.store.memory.list(SUMMARIES)).map((entry) => entry.key);
    const stored = await world.store.memory.read(key);
    const { release, summaries }: { release: string; summaries: Record<string, [string, object]> } = JSON.parse(
      (stored?.text ?? "").replaceAll("Layer ", "Lie "),
    );
    const older = Object.entries(summaries).map(([one, [, value]]) => [one, ["an older ETag", value]]);
    const lies = { release, summaries: Object.fromEntries(older) };
    await world.store.memory.write(key, JSON.stringify(lies), stored?.etag ?? null);
    const { answer, cost } = await ask(world);
    expect(answer.text).not.toContain("Lie ");
    expect(cost.reads).toBe(1 + 21);
    expect((await world.store.memory.read(key))?.text).not.toContain("Lie ");
  });

  it.each([
    "{",
    "[]",
    '{"layers/layer-00000001":["",{"kind":"comet"}]}',
    '{"release":"deploy-1","summaries":{"layers/layer-00000001":["",{"kind":"comet"}]}}',
  ])("an overview that is remembered as nonsense is read from the documents: %s", async (text) => {
    const { world } = await worldWithLayers(20);
    await world.store.memory.write(summaryShardKey("overview", 1, 0), text, null);
    expect((await ask(world)).answer.listAt("dataLayers").length).toBe(20);
    expect((await ask(world)).cost.reads).toBe(1);
  });

  it("a new release makes the overview from the documents, and a caller who has the ETag of the release before gets it", async () => {
    const { world } = await worldWithLayers(20);
    await warm(world);
    const [key = ""] = (await world.store.memory.list(SUMMARIES)).map((entry) => entry.key);
    const stored = await world.store.memory.read(key);
    // The release before took another name from the documents.
    const text = (stored?.text ?? "").replaceAll('"name":"Layer ', '"name":"Former ');
    await world.store.memory.write(key, text, stored?.etag ?? null);
    const { etag, answer } = await ask(world);
    expect(answer.text).toContain("Former 7");
    expect((await ask(world, etag)).answer.status).toBe(304);
    world.deploy("deploy-2");
    const next = await ask(world, etag);
    expect([next.answer.status, next.answer.text.includes("Former"), next.cost.reads]).toEqual([200, false, 1 + 21]);
    expect((await ask(world)).cost.reads).toBe(1);
  });

  it("a release that is replaced while it remembers costs the next one a single whole reading", async () => {
    const { world } = await worldWithLayers(20);
    await warm(world);
    world.deploy("deploy-2");
    await warm(world);
    world.deploy("deploy-1");
    await ask(world);
    world.deploy("deploy-2");
    expect((await ask(world)).cost).toMatchObject({ reads: 1 + 21, writes: 1 });
    expect((await ask(world)).cost).toMatchObject({ reads: 1, writes: 0 });
    expect((await world.store.memory.list(SUMMARIES)).length).toBe(1);
  });

  it("an overview is right also where nothing can be remembered", async () => {
    const { world } = await worldWithLayers(20);
    world.store.before = async (operation, key) => {
      if (key.startsWith(SUMMARIES)) throw new StoreUnavailable(`no ${operation}`);
    };
    for (let round = 0; round < 2; round += 1) {
      const { answer, cost } = await ask(world);
      expect([answer.listAt("dataLayers").length, cost.reads]).toEqual([20, 22]);
    }
  });

  it("two overviews at once remember the same, and one of them writes", async () => {
    const { world } = await worldWithLayers(20);
    const [one, other] = await Promise.all([ask(world), ask(world)]);
    expect(one.answer.text).toBe(other.answer.text);
    expect((await ask(world)).cost.reads).toBe(1);
  });

  it("a connected site that the list does not have yet is not taken for a deleted one", async () => {
    const { world, siteId } = await worldWithLayers(20);
    const list = world.store.memory.list.bind(world.store.memory);
    world.store.memory.list = async (prefix, enough) =>
      (await list(prefix, enough)).filter(({ key }) => key !== siteKey(siteId));
    const { answer } = await ask(world);
    expect([answer.at("dataLayers.0.status"), answer.at("dataLayers.0.stage")]).toEqual(["idle", null]);
    expect(answer.listAt("sites")).toEqual([]);
  });

  it("an overview forgets a deleted layer at once, whatever else has changed", async () => {
    const { world } = await worldWithLayers(20);
    await warm(world);
    await world.patch(`/data-layers/${layerIdOf(7)}`, { name: "Gone Ltd", description: "Of Gone Ltd" });
    for (let index = 8; index < 16; index += 1)
      await world.patch(`/data-layers/${layerIdOf(index)}`, { name: "Other" });
    await ask(world);
    expect((await shardTexts(world)).join("")).toContain("Gone Ltd");
    await world.delete(`/data-layers/${layerIdOf(7)}`);
    expect((await ask(world)).cost.writes).toBe(1);
    expect((await shardTexts(world)).join("")).not.toContain("Gone Ltd");
    expect((await ask(world)).cost).toMatchObject({ reads: 1, writes: 0 });
  });

  it("a document that cannot be read is remembered as that, so that any number of such documents hides no other", async () => {
    const { world } = await worldWithLayers(1200);
    for (let index = 1; index < 1200; index += 1) {
      if (index % 10 === 0) continue;
      const stored = await world.store.memory.read(layerKey(layerIdOf(index)));
      await world.store.memory.write(layerKey(layerIdOf(index)), '{"v":99}', stored?.etag ?? null);
    }
    expect((await warm(world)).length).toBeLessThanOrEqual(3);
    await warm(world);
    const { answer, cost } = await ask(world);
    expect([answer.listAt("dataLayers").length, answer.listAt("unreadable.dataLayers").length]).toEqual([120, 1080]);
    expect(answer.at("unreadable.dataLayers.0.reason")).toBe("newer");
    expect(cost.reads).toBe(4);
    world.deploy("deploy-2");
    expect((await ask(world)).cost.reads).toBe(4 + 1000);
  });

  it("a tick removes what the overview and the usage remembered in shards of another number of documents, and no other", async () => {
    const { world } = await worldWithLayers(20);
    await warm(world);
    await world.get("/usage");
    const current = (await world.store.memory.list(SUMMARIES)).map(({ key }) => key);
    expect(current).toEqual(SUMMARY_NAMES.map((name) => summaryShardKey(name, 1, 0)));
    for (const name of SUMMARY_NAMES) {
      for (let shard = 0; shard < 4; shard += 1)
        await world.store.memory.write(summaryShardKey(name, 4, shard), "{}", null);
    }
    await drain(world.deps);
    expect((await world.store.memory.list(SUMMARIES)).map(({ key }) => key)).toEqual(current);
    for (let index = 0; index < 15; index += 1) await world.store.memory.remove(layerKey(layerIdOf(index)));
    world.now += HOUR;
    await drain(world.deps);
    expect(await world.store.memory.list(SUMMARIES)).toEqual([]);
  });

  it("an overview remembers nothing of what a scoped token saw", async () => {
    const { world } = await worldWithLayers(20);
    const made = await world.post("/tokens", { name: "Mine", role: "Developer", dataLayers: [layerIdOf(3)] });
    const answer = await world.get("/overview", { token: made.textAt("token") });
    expect(answer.listAt("dataLayers").length).toBe(1);
    expect(await shardTexts(world)).toEqual([]);
    expect((await ask(world)).answer.listAt("dataLayers").length).toBe(20);
  });
});
