import { describe, expect, it } from "vitest";
import { z } from "zod";
import { drain } from "../../../src/app/repair/drain.ts";
import { HOUR } from "../../../src/core/durations.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { deliveryKey, layerKey, siteKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
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

/** A publish to the layer's default webhook; the time at which it arrived. */
const publish = async (world: ApiWorld, layerId: string): Promise<string> => {
  const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}`;
  const after: Promise<unknown>[] = [];
  const at = new Date(world.now).toISOString();
  const { status } = await answerPublish(new Request(url, { method: "POST" }), world.deps, (work) => after.push(work));
  expect(status).toBe(200);
  await Promise.all(after);
  return at;
};

/** Rewrites a document as the release before wrote it. */
const asBefore = async (world: ApiWorld, key: string): Promise<void> => {
  const stored = await world.store.memory.read(key);
  const { lastEnded: _lastEnded, lastDeliveryAt: _lastDeliveryAt, ...document } = JSON.parse(stored?.text ?? "{}");
  await world.store.memory.write(key, JSON.stringify(document), stored?.etag ?? null);
};

const cost = async (world: ApiWorld) => {
  const { reads, lists, requests } = world.store.counts;
  await world.get("/overview");
  const now = world.store.counts;
  return { reads: now.reads - reads, lists: now.lists - lists, requests: now.requests - requests };
};

describe("the overview", () => {
  it("the overview shows every layer and site with what it did last", async () => {
    const { world, siteId, layerId } = await lived();
    const arrivedAt = await publish(world, layerId);
    await world.work({ kind: "layer", id: layerId });
    await world.work({ kind: "site", id: siteId });
    const syncId = (await world.get(`/data-layers/${layerId}/syncs`)).textAt("items.0.id");
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

  it("the overview shows of documents of the release before what their records say", async () => {
    const { world, siteId, layerId } = await lived();
    await publish(world, layerId);
    await world.work({ kind: "layer", id: layerId });
    await world.work({ kind: "site", id: siteId });
    const said = (await world.get("/overview")).text;
    await asBefore(world, layerKey(layerId));
    await asBefore(world, siteKey(siteId));
    expect((await world.get("/overview")).text).toBe(said);
  });

  it("the overview reads no records of documents of the release before once a tick has seen them", async () => {
    const { world, siteId, layerId } = await lived();
    await publish(world, layerId);
    await world.work({ kind: "layer", id: layerId });
    await world.work({ kind: "site", id: siteId });
    const said = (await world.get("/overview")).text;
    await asBefore(world, layerKey(layerId));
    await asBefore(world, siteKey(siteId));
    expect(await cost(world)).toEqual({ reads: 4, lists: 8, requests: 12 });
    await drain(world.deps);
    expect(await cost(world)).toEqual({ reads: 2, lists: 2, requests: 4 });
    expect((await world.get("/overview")).text).toBe(said);
    const documents = async () => [
      await world.store.memory.read(layerKey(layerId)),
      await world.store.memory.read(siteKey(siteId)),
    ];
    const noted = await documents();
    world.now += 24 * HOUR;
    await drain(world.deps);
    expect(await documents()).toEqual(noted);
  });

  it("a tick that dies while it notes what ended last leaves the overview as it was", async () => {
    const { world, siteId, layerId } = await lived();
    const said = (await world.get("/overview")).text;
    await asBefore(world, layerKey(layerId));
    await asBefore(world, siteKey(siteId));
    for (let dies = 0; dies < 12; dies += 1) {
      let calls = 0;
      world.store.before = async () => {
        calls += 1;
        if (calls > dies) throw new StoreUnavailable("the tick died");
      };
      await drain(world.deps);
      world.store.before = async () => {};
      const now = await world.get("/overview");
      expect(now.at("dataLayers.0.lastSync")).toEqual(dig(JSON.parse(said), "dataLayers.0.lastSync"));
      expect(now.at("sites.0.lastBuild")).toEqual(dig(JSON.parse(said), "sites.0.lastBuild"));
      world.now += HOUR;
    }
  });

  it("the overview shows the newest record of a layer whose last sync ended under the release before", async () => {
    const { world, layerId } = await lived();
    const { memory } = world.store;
    const before = await memory.read(layerKey(layerId));
    const { lastEnded } = JSON.parse(before?.text ?? "{}");
    await world.post(`/data-layers/${layerId}/syncs`);
    await world.work({ kind: "layer", id: layerId });
    const said = (await world.get("/overview")).text;
    const after = await memory.read(layerKey(layerId));
    await memory.write(
      layerKey(layerId),
      JSON.stringify({ ...JSON.parse(after?.text ?? "{}"), lastEnded }),
      after?.etag ?? null,
    );
    expect((await world.get("/overview")).text).toBe(said);
  });

  it("the overview shows the sync that runs, and then how it ended", async () => {
    const { world, layerId } = await lived();
    const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
    world.job = async () => {
      expect((await world.get("/overview")).at("dataLayers.0.lastSync")).toMatchObject({
        id: syncId,
        status: "running",
      });
      return { kind: "answer", status: 400, location: null, retryAfter: null, text: "{}" };
    };
    await world.work({ kind: "layer", id: layerId });
    const { lastSync } = z
      .looseObject({ lastSync: z.unknown() })
      .parse((await world.get("/overview")).at("dataLayers.0"));
    expect(lastSync).toMatchObject({ id: syncId, status: "retrying" });
    await world.post(`/data-layers/${layerId}/syncs/${syncId}/cancel`);
    expect((await world.get("/overview")).at("dataLayers.0.lastSync")).toMatchObject({
      id: syncId,
      status: "cancelled",
    });
  });

  it("the overview shows the last delivery to the second, also of those that wrote nothing", async () => {
    const { world, layerId } = await lived();
    const first = await publish(world, layerId);
    world.now += 900;
    await publish(world, layerId);
    expect((await world.get("/overview")).at("dataLayers.0.lastDeliveryAt")).toBe(first);
    world.now += 200;
    const last = await publish(world, layerId);
    expect((await world.get("/overview")).at("dataLayers.0.lastDeliveryAt")).toBe(last);
  });

  it("the overview of few documents costs two lists and one read for each, whatever their history", async () => {
    const { world, layerId } = await lived();
    for (let index = 0; index < 60; index += 1) await delivered(world, layerId, true);
    expect(await cost(world)).toEqual({ reads: 2, lists: 2, requests: 4 });
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
