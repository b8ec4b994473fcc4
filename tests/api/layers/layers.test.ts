import { describe, expect, it } from "vitest";
import { deleteSite } from "../../../src/app/manage/sites.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

const blog = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
const shop = { slug: "shop", name: "Shop", type: "http", url: "https://jobs.example.com/shop", timeoutSeconds: 60 };
const hook = "https://api.netlify.com/build_hooks/0123456789abcdef";

describe("data layers", () => {
  it("a new layer is answered whole, with its place, and found there", async () => {
    const world = new ApiWorld();
    const made = await world.post("/data-layers", {
      name: "  Site content ",
      description: "Everything\nof the site",
      dataSources: [blog, shop],
      connectedSites: [{ name: "Web", buildHook: hook }],
      notifications: [{ name: "Chat", url: "https://chat.example.com/in/abcdefgh", events: ["sync.failed"] }],
    });
    expect(made.status).toBe(201);
    const location = made.headers.get("location") ?? "";
    expect(location).toBe(`/api/v1/data-layers/${made.textAt("id")}`);
    expect(made.at("name")).toBe("Site content");
    expect(made.at("dataSources.0.timeoutSeconds")).toBe(900);
    expect(made.textAt("dataSources.0.secret")).toMatch(/^whsec_/);
    expect(made.at("dataSources.1.timeoutSeconds")).toBe(60);
    expect(made.at("connectedSites.0.name")).toBe("Web");
    expect(made.at("notifications.0.url")).toBe("chat.example.com/…efgh");
    expect(made.at("defaultWebhook")).toEqual({
      url: `https://hooks.example.com/hooks/data_layer/data_source/publish/${made.textAt("id")}`,
      enabled: true,
      setting: "on",
      keptUntil: null,
      lastDeliveryAt: null,
      warnings: [],
      brake: null,
    });
    expect(made.at("createdAt")).toBe("2026-01-01T00:00:00.000Z");
    const found = await world.get(location.slice("/api/v1".length));
    expect(found.at("")).toEqual(made.at(""));
  });

  it("a layer with sources syncs them once it is made, unless told not to; a build layer starts nothing", async () => {
    const world = new ApiWorld();
    const made = await world.post("/data-layers", { name: "Content", dataSources: [blog] });
    expect([made.at("status"), made.at("sync.pending.trigger.type")]).toEqual(["pending", "configuration"]);
    expect(world.wakes).toEqual([{ kind: "layer", id: made.textAt("id") }]);
    const quiet = await world.post("/data-layers?sync=false", { name: "Content", dataSources: [blog] });
    const build = await world.post("/data-layers", { name: "Builds" });
    expect([quiet.at("status"), build.at("status")]).toEqual(["idle", "idle"]);
    expect(world.wakes).toHaveLength(1);
  });

  it("a paused layer says so before anything else and keeps what is asked of it", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ paused: true });
    await world.post(`/data-layers/${id}/syncs`);
    const layer = await world.get(`/data-layers/${id}`);
    expect([layer.at("status"), layer.at("sync.pending.status")]).toEqual(["paused", "pending"]);
    expect(world.wakes).toEqual([]);
    await world.patch(`/data-layers/${id}`, { paused: false });
    expect(world.wakes).toEqual([{ kind: "layer", id }]);
    expect((await world.get(`/data-layers/${id}`)).at("status")).toBe("pending");
  });

  it("a source that keeps its slug keeps its secret; the list is replaced as a whole", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ dataSources: [blog] });
    const before = await world.get(`/data-layers/${id}`);
    const moved = { ...blog, url: "https://elsewhere.example.com/blog" };
    const after = await world.patch(`/data-layers/${id}`, { dataSources: [shop, moved] });
    expect(after.at("dataSources.1.secret")).toBe(before.at("dataSources.0.secret"));
    expect(after.at("dataSources.0.secret")).not.toBe(before.at("dataSources.0.secret"));
    expect(after.at("sync.pending.scope")).toEqual(["blog", "shop"]);
    const less = await world.patch(`/data-layers/${id}`, { dataSources: [shop] });
    expect(less.listAt("dataSources")).toHaveLength(1);
  });

  it("a notification that keeps its id keeps its URL and its secret", async () => {
    const world = new ApiWorld();
    const url = "https://chat.example.com/in/abcdefgh";
    const id = await world.layer({ notifications: [{ id: "chat", name: "Chat", url, events: ["sync.failed"] }] });
    const before = await world.get(`/data-layers/${id}`);
    const body = { notifications: [{ id: "chat", name: "Team chat", events: ["sync.failed", "sync.succeeded"] }] };
    const after = await world.patch(`/data-layers/${id}`, body);
    expect(after.at("notifications.0.secret")).toBe(before.at("notifications.0.secret"));
    expect([after.at("notifications.0.name"), after.at("notifications.0.url")]).toEqual([
      "Team chat",
      "chat.example.com/…efgh",
    ]);
    const refused = await world.patch(`/data-layers/${id}`, {
      notifications: [{ name: "New", events: ["sync.failed"] }],
    });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "notifications.0.url"]);
  });

  it("a change that changes nothing writes nothing and leaves no entry", async () => {
    const world = new ApiWorld();
    const url = "https://chat.example.com/in/abcdefgh";
    const notifications = [{ id: "chat", name: "Chat", url, events: ["sync.failed"] }];
    const id = await world.layer({ dataSources: [blog], notifications });
    const { writes } = world.store.counts;
    const entries = await world.audit();
    for (const body of [{}, { name: "Site content" }, { dataSources: [blog] }, { notifications }, { paused: false }]) {
      expect((await world.patch(`/data-layers/${id}`, body)).status).toBe(200);
    }
    expect(world.store.counts.writes).toBe(writes);
    expect(await world.audit()).toEqual(entries);
  });

  it("the entry of a change names the fields that changed, and no values", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    await world.patch(`/data-layers/${id}`, { name: "Renamed", description: "", paused: true });
    const [, updated] = await world.audit();
    expect(updated).toMatchObject({
      action: "data_layer.updated",
      detail: { fields: ["name", "paused"] },
      target: { type: "data_layer", id, name: "Renamed" },
      dataLayerId: id,
    });
  });

  it("fields that a later release stored survive a change made by this one", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const key = `layers/${id}`;
    const standing = await world.store.memory.read(key);
    const later = JSON.parse(standing?.text ?? "");
    later.colour = "red";
    later.sources[0].shape = "round";
    await world.store.memory.write(key, JSON.stringify(later), standing?.etag ?? null);
    await world.patch(`/data-layers/${id}`, { name: "New", dataSources: [{ ...blog, name: "Weblog" }] });
    const after = JSON.parse((await world.store.memory.read(key))?.text ?? "");
    expect([after.name, after.colour, after.sources[0].name, after.sources[0].shape]).toEqual([
      "New",
      "red",
      "Weblog",
      "round",
    ]);
  });

  it("a layer's ETag covers its settings only: a sync does not change it, a change of settings does", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const first = (await world.get(`/data-layers/${id}`)).headers.get("etag") ?? "";
    expect(first).toMatch(/^"\d+"$/);
    await world.post(`/data-layers/${id}/syncs`);
    expect((await world.get(`/data-layers/${id}`)).headers.get("etag")).toBe(first);
    const same = await world.get(`/data-layers/${id}`, { headers: { "if-none-match": `W/${first}, "x"` } });
    expect([same.status, same.text]).toEqual([304, ""]);
    const changed = await world.patch(`/data-layers/${id}`, { name: "New" }, { headers: { "if-match": first } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(first);
    const late = await world.patch(`/data-layers/${id}`, { name: "Newer" }, { headers: { "if-match": first } });
    expect([late.status, late.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    expect((await world.get(`/data-layers/${id}`)).at("name")).toBe("New");
  });

  it("a stale If-Match makes no site", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const body = { connectedSites: [{ name: "Web", buildHook: hook }] };
    expect((await world.patch(`/data-layers/${id}`, body, { headers: { "if-match": '"99"' } })).status).toBe(412);
    expect((await world.get("/sites")).at("items")).toEqual([]);
  });

  it("a layer is deleted only in the version named by If-Match", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const seen = (await world.get(`/data-layers/${id}`)).headers.get("etag") ?? "";
    await world.patch(`/data-layers/${id}`, { name: "Renamed meanwhile" });
    const refused = await world.delete(`/data-layers/${id}`, { headers: { "if-match": seen } });
    expect([refused.status, refused.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    const now = (await world.get(`/data-layers/${id}`)).headers.get("etag") ?? "";
    expect((await world.delete(`/data-layers/${id}`, { headers: { "if-match": now } })).status).toBe(204);
    expect((await world.get(`/data-layers/${id}`)).status).toBe(404);
  });

  it("the default webhook can be switched off, which is for good", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const off = await world.patch(`/data-layers/${id}`, { defaultWebhook: "off" });
    expect(off.at("defaultWebhook.enabled")).toBe(false);
    expect((await world.patch(`/data-layers/${id}`, { defaultWebhook: "off" })).status).toBe(200);
    const on = await world.patch(`/data-layers/${id}`, { defaultWebhook: "on", name: "Else" });
    expect([on.status, on.at("code")]).toEqual([409, "DEFAULT_WEBHOOK_OFF"]);
    expect((await world.get(`/data-layers/${id}`)).at("name")).toBe("Site content");
    expect((await world.auditActions()).slice(1)).toEqual(["data_layer.updated", "default_webhook.disabled"]);
  });

  it("a chosen id is kept, taken only once, and free again after its layer is gone", async () => {
    const world = new ApiWorld();
    const body = { name: "Kept", id: "Kept_id-0123" };
    expect((await world.post("/data-layers", body)).at("id")).toBe("Kept_id-0123");
    const taken = await world.post("/data-layers", body);
    expect([taken.status, taken.at("code")]).toEqual([409, "ID_TAKEN"]);
    expect((await world.delete("/data-layers/Kept_id-0123")).status).toBe(204);
    world.now += 1000;
    const again = await world.post("/data-layers", { ...body, name: "Again" });
    expect([again.status, again.at("name")]).toEqual([201, "Again"]);
    const listed = await world.get("/data-layers");
    expect(listed.listAt("items")).toHaveLength(1);
    expect(listed.at("items.0.name")).toBe("Again");
  });

  it("a deleted layer is gone from everything but the audit log", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const webhook = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    const sync = await world.post(`/data-layers/${id}/syncs`);
    expect((await world.delete(`/data-layers/${id}`)).status).toBe(204);
    for (const path of [
      "",
      "/webhooks",
      `/webhooks/${webhook.textAt("ref")}`,
      "/syncs",
      `/syncs/${sync.textAt("syncId")}`,
    ]) {
      const answer = await world.get(`/data-layers/${id}${path}`);
      expect([answer.status, answer.at("code")]).toEqual([404, "DATA_LAYER_NOT_FOUND"]);
    }
    expect((await world.patch(`/data-layers/${id}`, { name: "x" })).status).toBe(404);
    expect((await world.delete(`/data-layers/${id}`)).status).toBe(404);
    expect((await world.get("/data-layers")).at("items")).toEqual([]);
    expect((await world.auditActions()).at(-1)).toBe("data_layer.deleted");
  });

  it("a source's secret is rotated with a day's overlap", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const before = await world.get(`/data-layers/${id}`);
    const rotated = await world.post(`/data-layers/${id}/data-sources/blog/secret`);
    expect(rotated.status).toBe(200);
    expect(rotated.at("previousSecretExpiresAt")).toBe(new Date(world.now + 24 * 3600 * 1000).toISOString());
    const after = await world.get(`/data-layers/${id}`, {
      headers: { "if-none-match": before.headers.get("etag") ?? "" },
    });
    expect(after.at("dataSources.0.secret")).toBe(rotated.at("secret"));
    expect(after.at("dataSources.0.secret")).not.toBe(before.at("dataSources.0.secret"));
    expect(after.at("dataSources.0.previousSecretExpiresAt")).toBe(rotated.at("previousSecretExpiresAt"));
    world.now += 25 * 3600 * 1000;
    expect((await world.get(`/data-layers/${id}`)).at("dataSources.0.previousSecretExpiresAt")).toBe(null);
    expect((await world.post(`/data-layers/${id}/data-sources/nope/secret`)).at("code")).toBe("DATA_SOURCE_NOT_FOUND");
    expect((await world.auditActions()).at(-1)).toBe("data_source.secret_rotated");
  });

  it("a notification's secret is rotated with a day's overlap, and its last try is there for whoever reads", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const chat = { name: "Chat", url: "https://chat.example.com/in/x", events: ["sync.failed"] };
    const made = await world.patch(`/data-layers/${id}`, { notifications: [chat] });
    expect([made.at("notifications.0.lastTry"), made.at("notifications.0.waiting")]).toEqual([null, 0]);
    const path = `/data-layers/${id}/notifications/${made.textAt("notifications.0.id")}/secret`;
    const rotated = await world.post(path);
    expect(rotated.at("previousSecretExpiresAt")).toBe(new Date(world.now + 24 * 3600 * 1000).toISOString());
    const after = await world.get(`/data-layers/${id}`);
    expect(after.at("notifications.0.secret")).toBe(rotated.at("secret"));
    expect(rotated.at("secret")).not.toBe(made.at("notifications.0.secret"));
    expect((await world.auditActions()).at(-1)).toBe("notification.secret_rotated");
    expect((await world.post(`/data-layers/${id}/notifications/nope/secret`)).at("code")).toBe(
      "NOTIFICATION_NOT_FOUND",
    );
  });

  it("a site that is not there cannot be connected, one deleted since can stay", async () => {
    const world = new ApiWorld();
    const refused = await world.post("/data-layers", { name: "x", connectedSites: [{ siteId: "no-such-site" }] });
    expect([refused.status, refused.at("code")]).toEqual([422, "SITE_UNKNOWN"]);
    expect((await world.get("/data-layers")).at("items")).toEqual([]);
    const one = (await world.post("/sites", { name: "One", buildHook: hook })).textAt("id");
    const two = (await world.post("/sites", { name: "Two", buildHook: hook })).textAt("id");
    const id = await world.layer({ connectedSites: [{ siteId: one }] });
    // As in a race that the layer lost: the API would not delete a site that a layer connects.
    await deleteSite(world.deps, { id: "o", name: "Olive", email: "" }, one);
    const both = await world.patch(`/data-layers/${id}`, { connectedSites: [{ siteId: two }, { siteId: one }] });
    const connectedSites = [
      { siteId: two, name: "Two" },
      { siteId: one, missing: true },
    ];
    expect(both.at("connectedSites")).toEqual(connectedSites);
    expect((await world.get(`/data-layers/${id}/activity`)).at("layer.connectedSites")).toEqual(connectedSites);
    const key = siteKey(two);
    const stored = await world.store.memory.read(key);
    await world.store.memory.write(key, "{ broken", stored?.etag ?? null);
    // What cannot be read is not said to be deleted.
    expect((await world.get(`/data-layers/${id}`)).at("connectedSites.0")).toEqual({ siteId: two });
  });
});

it("a notification's format is kept by its id, shown, exported and audited, and an unknown one is refused", async () => {
  const world = new ApiWorld();
  const url = "https://hooks.slack.com/services/T0/B0/made-up";
  const id = await world.layer({
    notifications: [{ id: "chat", name: "Chat", url, format: "slack", events: ["sync.failed"] }],
  });
  const path = `/data-layers/${id}`;
  expect((await world.get(path)).at("notifications.0.format")).toBe("slack");
  const kept = await world.patch(path, { notifications: [{ id: "chat", name: "Team chat" }] });
  expect(kept.at("notifications.0.format")).toBe("slack");
  expect((await world.get("/export")).at("dataLayers.0.notifications.0.format")).toBe("slack");
  const standard = await world.patch(path, { notifications: [{ id: "chat", name: "Team chat", format: "standard" }] });
  expect(standard.at("notifications.0.format")).toBe("standard");
  expect((await world.get("/audit-log")).at("items.0.detail.after.notifications.0.format")).toBe("standard");
  const count = (await world.audit()).length;
  await world.patch(path, { notifications: [{ id: "chat", name: "Team chat", format: "standard" }] });
  expect(await world.audit()).toHaveLength(count);
  const refused = await world.patch(path, { notifications: [{ id: "chat", name: "Chat", format: "irc" }] });
  expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "notifications.0.format"]);
});
