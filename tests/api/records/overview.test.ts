import { describe, expect, it } from "vitest";
import { HOUR } from "../../../src/core/durations.ts";
import { deliveryKey } from "../../../src/store/keys.ts";
import { dig } from "../answer.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** A layer that feeds a site; a sync by hand has run, and the site was built. */
const lived = async () => {
  const world = new ApiWorld();
  const siteId = (await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id");
  const layerId = await world.layer({ name: "Blog", connectedSites: [{ siteId }] });
  const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
  await world.work({ kind: "layer", id: layerId });
  await world.work({ kind: "site", id: siteId });
  return { world, siteId, layerId, syncId };
};

/** `byDay`: kept below its day. The release before kept them without. */
const delivered = async (world: ApiWorld, layerId: string, byDay = false): Promise<string> => {
  const id = world.deps.ids.timeOrdered();
  const record = {
    id,
    receivedAt: world.now,
    webhook: "default",
    dataSource: null,
    outcome: "queued",
    code: null,
    cause: null,
    warnings: [],
    syncId: null,
    bytes: 2,
    userAgent: null,
    subject: null,
    secret: null,
  };
  const key = byDay ? deliveryKey(layerId, id) : `deliveries/${layerId}/${id}`;
  await world.store.memory.write(key, JSON.stringify(record), null);
  return id;
};

describe("the overview", () => {
  it("the overview shows every layer and site with what it did last", async () => {
    const { world, siteId, layerId, syncId } = await lived();
    const arrivedAt = new Date(world.now).toISOString();
    await delivered(world, layerId);
    const overview = await world.get("/overview", { as: "Reviewer" });
    expect(overview.at("dataLayers.0")).toMatchObject({
      id: layerId,
      status: "idle",
      siteIds: [siteId],
      lastDeliveryAt: arrivedAt,
      lastSync: { id: syncId, status: "succeeded" },
    });
    expect(overview.at("sites.0")).toMatchObject({
      id: siteId,
      name: "Web",
      lastBuild: { status: "succeeded" },
      hasBuilt: true,
    });
  });

  it("the overview says of what never did anything that it did not", async () => {
    const world = new ApiWorld();
    await world.layer();
    const overview = await world.get("/overview");
    expect(overview.at("dataLayers.0.lastSync")).toBeNull();
    expect(overview.at("dataLayers.0.lastDeliveryAt")).toBeNull();
  });

  it("the overview shows a scoped token its layers and their sites alone", async () => {
    const { world, layerId, siteId } = await lived();
    await world.layer({ name: "Other", connectedSites: [{ name: "Shop", buildHook }] });
    const made = await world.post("/tokens", { name: "Mine", role: "Developer", dataLayers: [layerId] });
    const overview = await world.get("/overview", { token: made.textAt("token") });
    expect([overview.listAt("dataLayers").length, overview.listAt("sites").length]).toEqual([1, 1]);
    expect(overview.at("sites.0.id")).toBe(siteId);
  });
});

describe("a layer's activity", () => {
  it("a layer's activity shows its deliveries, its syncs and its sites' builds of the last hours", async () => {
    const { world, layerId, siteId, syncId } = await lived();
    const id = await delivered(world, layerId);
    const activity = await world.get(`/data-layers/${layerId}/activity?hours=1`);
    expect(activity.at("layer.id")).toBe(layerId);
    expect(activity.at("arrived")).toEqual([{ id, at: new Date(world.now).toISOString() }]);
    expect(activity.at("deliveries.0.id")).toBe(id);
    expect(activity.at("syncs.0")).toMatchObject({ id: syncId, status: "succeeded" });
    expect(activity.at("sites.0")).toMatchObject({ siteId, name: "Web", builds: [{ status: "succeeded" }] });
    expect(activity.at("cut")).toBe(false);
  });

  it("a layer's activity leaves out what is older, except what still waits", async () => {
    const { world, layerId } = await lived();
    await delivered(world, layerId);
    await world.patch(`/data-layers/${layerId}`, { paused: true });
    const waiting = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
    world.now += 3 * HOUR;
    const activity = await world.get(`/data-layers/${layerId}/activity?hours=2`);
    expect(activity.at("arrived")).toEqual([]);
    expect(activity.listAt("deliveries").length).toBe(1);
    expect(activity.listAt("syncs")).toMatchObject([{ id: waiting, status: "pending" }]);
    expect(activity.at("sites.0.builds")).toEqual([]);
  });

  it("a layer's activity shows yesterday's deliveries too, however many came today", async () => {
    const { world, layerId } = await lived();
    world.now += 20 * HOUR;
    const first = await delivered(world, layerId, true);
    world.now += 20 * HOUR;
    for (let index = 0; index < 25; index += 1) await delivered(world, layerId, true);
    const arrived = (await world.get(`/data-layers/${layerId}/activity?hours=24`)).listAt("arrived");
    expect([arrived.length, dig(arrived.at(-1) ?? null, "id")]).toEqual([26, first]);
  });

  it("a layer's activity says that it left something out where there was too much", async () => {
    const { world, layerId } = await lived();
    for (let index = 0; index < 120; index += 1) {
      const record = await world.store.memory.list(`syncs/${layerId}/`);
      const text = (await world.store.memory.read(record[0]?.key ?? ""))?.text ?? "";
      const id = world.deps.ids.timeOrdered();
      await world.store.memory.write(`syncs/${layerId}/${id}`, JSON.stringify({ ...JSON.parse(text), id }), null);
    }
    const activity = await world.get(`/data-layers/${layerId}/activity`);
    expect([activity.listAt("syncs").length, activity.at("cut")]).toEqual([100, true]);
  });

  it("a layer's activity has an ETag that changes with its state, and shows nobody a secret", async () => {
    const { world, layerId } = await lived();
    const path = `/data-layers/${layerId}/activity`;
    const first = await world.get(path);
    expect(first.text).not.toContain("whsec_");
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    expect((await world.get(path, { headers })).status).toBe(304);
    await world.post(`/data-layers/${layerId}/syncs`);
    expect((await world.get(path, { headers })).status).toBe(200);
  });

  it("a layer's activity goes back a week at most", async () => {
    const { world, layerId } = await lived();
    const answer = await world.get(`/data-layers/${layerId}/activity?hours=169`);
    expect([answer.status, answer.textAt("errors.0.path")]).toEqual([400, "hours"]);
  });
});
