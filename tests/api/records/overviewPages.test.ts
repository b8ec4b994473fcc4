import { describe, expect, it } from "vitest";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import type { Answer } from "../answer.ts";
import { ApiWorld } from "../world.ts";
import { costOf, costsUntilWhole, layerIdOf, worldWithLayers } from "../worldWithLayers.ts";

/** No answer of the API may have more: a function's may have 6 MB. */
const MOST_BYTES = 4 * 1024 * 1024;
const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
/** The longest name and the longest description. */
const longName = (index: number): string => `${String(index).padStart(5, "0")}${"語".repeat(75)}`;
const longText = "語".repeat(500);

const idsIn = (answer: Answer, list = "dataLayers"): string[] =>
  answer.listAt(list).map((_one, index) => answer.textAt(`${list}.${index}.id`));

/** Every page from the first one on. */
const pagesOf = async (world: ApiWorld, path: string): Promise<Answer[]> => {
  const pages: Answer[] = [];
  for (let cursor: unknown = ""; cursor !== null; cursor = pages.at(-1)?.at("nextCursor") ?? null) {
    const next = `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(String(cursor))}`;
    pages.push(await world.get(cursor === "" ? path : next));
  }
  return pages;
};

const bytesOf = ({ text }: Answer): number => Buffer.byteLength(text);

/** Changes a stored document. */
const rewrite = async ({ store }: ApiWorld, key: string, change: (document: object) => object): Promise<void> => {
  const found = await store.memory.read(key);
  await store.memory.write(key, JSON.stringify(change(JSON.parse(found?.text ?? "{}"))), found?.etag ?? null);
};

/** Five layers with a site each: the second failed, the fourth is held, and the third had a delivery last. */
const troubled = async () => {
  const world = new ApiWorld();
  const ids: string[] = [];
  const siteIds: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const site = await world.post("/sites", { name: `Site ${index}`, buildHook, pacing: { preset: "instant" } });
    siteIds.push(site.textAt("id"));
    const sources = index === 1 ? undefined : [];
    const made = await world.layer({
      id: layerIdOf(index),
      name: `Layer ${index}`,
      ...(sources && { dataSources: sources }),
      connectedSites: [{ siteId: site.textAt("id") }],
    });
    ids.push(made);
    world.now += 1000;
  }
  return { world, ids, siteIds };
};

describe("pages of the overview", () => {
  it("an overview that fits is whole and newest first, and says how many there are", async () => {
    const { world } = await worldWithLayers(20);
    const answer = await world.get("/overview");
    expect(idsIn(answer)).toEqual([...idsIn(answer)].sort().reverse());
    expect([answer.at("nextCursor"), answer.at("totals")]).toEqual([
      null,
      { dataLayers: 20, matching: 20, needAttention: 0, sites: 1 },
    ]);
  });

  it("pages of the overview have every layer once, and each has the sites that its layers connect", async () => {
    const { world, siteId } = await worldWithLayers(25);
    const lone = (await world.post("/sites", { name: "Lone", buildHook })).textAt("id");
    const pages = await pagesOf(world, "/overview?limit=10");
    expect(pages.map((page) => page.listAt("dataLayers").length)).toEqual([10, 10, 5]);
    expect(new Set(pages.flatMap((page) => idsIn(page))).size).toBe(25);
    // The site that no layer connects comes last.
    expect(pages.map((page) => idsIn(page, "sites").sort())).toEqual([[siteId], [siteId], [siteId, lone].sort()]);
    for (const page of pages)
      expect(page.at("totals")).toEqual({ dataLayers: 25, matching: 25, needAttention: 0, sites: 2 });
  });

  it("pages of the overview begin with what failed, is held or is tried again, and go on by the last activity", async () => {
    const { world, ids } = await troubled();
    const at = world.now;
    await rewrite(world, layerKey(ids[2] ?? ""), (document) => ({ ...document, lastDeliveryAt: at }));
    await rewrite(world, layerKey(ids[0] ?? ""), (document) => ({ ...document, lastDeliveryAt: at - 5000 }));
    world.job = () => ({ kind: "answer", status: 500, location: null, retryAfter: null, text: "" });
    await world.post(`/data-layers/${ids[1]}/syncs`);
    await world.work({ kind: "layer", id: ids[1] ?? "" });
    const whole = await world.get("/overview");
    const inTrouble = whole
      .listAt("dataLayers")
      .flatMap((_one, index) =>
        ["failed", "held", "retrying"].includes(String(whole.at(`dataLayers.${index}.stage`)))
          ? [whole.textAt(`dataLayers.${index}.id`)]
          : [],
      );
    expect(inTrouble).toEqual([ids[1]]);
    const pages = await pagesOf(world, "/overview?limit=1");
    expect(pages.flatMap((page) => idsIn(page)).slice(0, 3)).toEqual([ids[1], ids[2], ids[0]]);
    expect(pages[0]?.at("totals.needAttention")).toBe(1);
    const attention = await world.get("/overview?status=attention");
    expect([idsIn(attention), attention.at("totals.matching")]).toEqual([[ids[1]], 1]);
    expect(idsIn(await world.get("/overview?status=retrying"))).toEqual([ids[1]]);
    expect(idsIn(await world.get("/overview?status=failed"))).toEqual([]);
  });

  it("a search in the overview looks at the names, descriptions and ids of all layers, and counts what it found", async () => {
    const { world, siteId } = await worldWithLayers(200);
    await world.patch(`/data-layers/${layerIdOf(150)}`, { name: "Shop of Ada", description: "Prices für alle" });
    for (const text of ["shop OF", "prices", "FU\u0308R", layerIdOf(150)]) {
      const found = await world.get(`/overview?limit=10&q=${encodeURIComponent(text)}`);
      expect([idsIn(found), idsIn(found, "sites"), found.at("totals.matching")]).toEqual([
        [layerIdOf(150)],
        [siteId],
        1,
      ]);
    }
    const pages = await pagesOf(world, "/overview?limit=80&q=layer-000001");
    expect(pages.map((page) => page.listAt("dataLayers").length)).toEqual([80, 20]);
    expect((await world.get("/overview?q=nowhere")).at("totals")).toEqual({
      dataLayers: 200,
      matching: 0,
      needAttention: 0,
      sites: 1,
    });
  });

  it("a page of the overview has an ETag of its own, and costs 304 while nothing has changed anywhere", async () => {
    const { world } = await worldWithLayers(20);
    const page = await costOf(world, "/overview?limit=5");
    const other = await costOf(world, "/overview?limit=6", page.etag);
    expect(other.answer.status).toBe(200);
    const again = await costOf(world, "/overview?limit=5", page.etag);
    expect([again.answer.status, again.cost.requests]).toEqual([304, 2]);
    await world.patch(`/data-layers/${layerIdOf(1)}`, { paused: true });
    expect((await costOf(world, "/overview?limit=5&status=paused", page.etag)).answer.status).toBe(200);
  });

  it("the first page of the overview alone names the documents that cannot be read", async () => {
    const { world } = await worldWithLayers(20);
    await rewrite(world, layerKey(layerIdOf(3)), () => ({ v: 99 }));
    const pages = await pagesOf(world, "/overview?limit=10");
    expect(pages.map((page) => page.listAt("unreadable.dataLayers").length)).toEqual([1, 0]);
  });

  it.each(["limit=0", "limit=1001", "limit=x", "cursor=x", "status=fine", "q=", "page=2"])(
    "an overview refuses %s and names the parameter",
    async (query) => {
      const { world } = await worldWithLayers(1);
      const refused = await world.get(`/overview?${query}`);
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, query.slice(0, query.indexOf("="))]);
    },
  );
});

describe("the largest answers", () => {
  it("the overview and the usage of ten thousand layers with long names lead on before they have 4 MB, and leave none out", {
    timeout: 240_000,
  }, async () => {
    const days = Array.from({ length: 31 }, () => 12);
    const busy = { deliveries: 372, deliveriesByDay: days, started: 300, live: days.slice(0, 16) };
    const { world } = await worldWithLayers(10_000, longName, { "2026-01": busy });
    for (const path of ["/overview", "/usage"]) {
      await costsUntilWhole(world, path);
      const pages = await pagesOf(world, path);
      expect(pages.length).toBeGreaterThan(1);
      expect(Math.max(...pages.map(bytesOf))).toBeLessThanOrEqual(MOST_BYTES);
      // A page is cut by its length alone.
      expect(Math.min(...pages.slice(0, -1).map(bytesOf))).toBeGreaterThan(MOST_BYTES - 16 * 1024);
      const layers = pages.flatMap((page) => page.listAt("dataLayers"));
      expect(new Set(layers.map((one) => JSON.stringify(one))).size).toBe(10_000);
    }
    const few = await world.get("/overview?limit=200");
    expect([few.listAt("dataLayers").length, few.at("totals.dataLayers")]).toEqual([200, 10_000]);
    expect(bytesOf(few)).toBeLessThan(160 * 1024);
  });

  it("the widest layers of the overview fit, beside thousands of documents that cannot be read", {
    timeout: 240_000,
  }, async () => {
    const { world, siteId } = await worldWithLayers(1000, longName);
    const site = JSON.parse((await world.store.memory.read(siteKey(siteId)))?.text ?? "{}");
    const siteIds = Array.from({ length: 20 }, (_none, index) => `${"s".repeat(120)}${String(index).padStart(8, "0")}`);
    for (const id of siteIds)
      await world.store.memory.write(siteKey(id), JSON.stringify({ ...site, id, name: longName(0) }), null);
    for (let index = 0; index < 1000; index += 1) {
      await rewrite(world, layerKey(layerIdOf(index)), (document) => ({
        ...document,
        description: longText,
        connectedSites: siteIds.map((id) => ({ siteId: id })),
      }));
    }
    for (let index = 0; index < 3000; index += 1)
      await world.store.memory.write(layerKey(`${"u".repeat(120)}${String(index).padStart(8, "0")}`), "{}", null);
    await costsUntilWhole(world, "/overview");
    for (const path of ["/overview", "/overview?limit=1000"]) {
      const pages = await pagesOf(world, path);
      expect(Math.max(...pages.map(bytesOf))).toBeLessThanOrEqual(MOST_BYTES);
      expect(pages.flatMap((page) => idsIn(page))).toHaveLength(1000);
      expect(pages[0]?.listAt("unreadable.dataLayers")).toHaveLength(3000);
    }
  });

  it("pages of the usage have every site and every layer once, and the sums of all", async () => {
    const { world, siteId } = await worldWithLayers(25);
    const pages = await pagesOf(world, "/usage?limit=10");
    expect(pages.map((page) => page.listAt("sites").length + page.listAt("dataLayers").length)).toEqual([10, 10, 6]);
    expect(pages[0]?.at("sites.0.siteId")).toBe(siteId);
    const whole = await world.get("/usage");
    expect(pages.flatMap((page) => page.listAt("dataLayers"))).toEqual(whole.listAt("dataLayers"));
    for (const page of pages) expect(page.at("estimatedCredits")).toEqual(whole.at("estimatedCredits"));
  });
});
