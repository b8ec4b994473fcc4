import type { Usage } from "../../src/core/usage/usage.ts";
import { layerKey, SUMMARIES } from "../../src/store/keys.ts";
import { ApiWorld } from "./world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** The id of one of many layers. */
export const layerIdOf = (index: number): string => `layer-${String(index).padStart(8, "0")}`;

/** A world with so many layers of one site, written as the API writes them. `named` gives their names; each has counted `usage`. */
export const worldWithLayers = async (
  layers: number,
  named = (index: number): string => `Layer ${index}`,
  usage: Usage = {},
) => {
  const world = new ApiWorld();
  const site = await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } });
  const siteId = site.textAt("id");
  if (layers === 0) return { world, siteId };
  const first = await world.layer({ id: layerIdOf(0), name: named(0), connectedSites: [{ siteId }] });
  const document = JSON.parse((await world.store.memory.read(layerKey(first)))?.text ?? "{}");
  for (let index = 1; index < layers; index += 1) {
    const copy = { ...document, id: layerIdOf(index), name: named(index), slot: { ...document.slot, usage } };
    await world.store.memory.write(layerKey(copy.id), JSON.stringify(copy), null);
  }
  return { world, siteId };
};

/** What one request costs the store, and what it says. */
export const costOf = async (world: ApiWorld, path: string, etag = "") => {
  const { reads, writes, requests } = world.store.counts;
  const answer = await world.get(path, { headers: { "if-none-match": etag } });
  const now = world.store.counts;
  const cost = { reads: now.reads - reads, writes: now.writes - writes, requests: now.requests - requests };
  return { answer, cost, etag: answer.headers.get("etag") ?? "" };
};

export type Cost = Awaited<ReturnType<typeof costOf>>["cost"];

/** Asks until nothing is left out. Returns what the requests cost. */
export const costsUntilWhole = async (world: ApiWorld, path: string): Promise<Cost[]> => {
  const costs: Cost[] = [];
  for (;;) {
    const { answer, cost } = await costOf(world, path);
    costs.push(cost);
    if (answer.at("left") === 0) return costs;
  }
};

/** What is remembered of documents, shard by shard. */
export const shardTexts = async ({ store }: ApiWorld): Promise<string[]> => {
  const listed = await store.memory.list(SUMMARIES);
  return Promise.all(listed.map(async ({ key }) => (await store.memory.read(key))?.text ?? ""));
};
