import { describe, expect, it } from "vitest";
import { z } from "zod";
import { LAYER_ORDER, orderKey } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

const ID = "reused-layer";
const hook = (name: string) => ({ name, buildHook: `https://api.netlify.com/build_hooks/${name}` });

/** A layer under a chosen id, with a source, a webhook, a sync that has ended and a site that it shares. */
const addLayer = async (world: ApiWorld, name: string, siteId: string) => {
  await world.layer({ id: ID, name, connectedSites: [{ siteId }] });
  const webhook = (await world.post(`/data-layers/${ID}/webhooks`, { name: `Webhook of ${name}` })).textAt("ref");
  const syncId = (await world.post(`/data-layers/${ID}/syncs`)).textAt("syncId");
  await world.work({ kind: "layer", id: ID });
  await world.patch(`/data-layers/${ID}`, { description: `Described by ${name}` });
  world.now += 60_000;
  return { webhook, syncId };
};

const tokenFor = async (world: ApiWorld, role = "Developer") =>
  (await world.post("/tokens", { name: "Scoped", role, dataLayers: [ID] })).textAt("token");

/** The former layer of an id, then the present one, each with a token of its own; one site builds for both. */
const twoLayers = async () => {
  const world = new ApiWorld();
  const siteId = (await world.post("/sites", hook("shared"))).textAt("id");
  const former = await addLayer(world, "Former", siteId);
  const formerToken = await tokenFor(world);
  expect((await world.delete(`/data-layers/${ID}`)).status).toBe(204);
  world.now += 60_000;
  const present = await addLayer(world, "Present", siteId);
  const presentToken = await tokenFor(world);
  return { world, siteId, former, formerToken, present, presentToken };
};

/** Everything that is stored but the tokens, whose last use is noted. */
const stored = async ({ store }: ApiWorld) =>
  (await store.memory.list("")).filter(({ key }) => !key.startsWith("settings/"));

const tokensDocument = z.looseObject({ tokens: z.array(z.looseObject({ layerUids: z.unknown().optional() })) });

/** Takes from every stored token what this release added to it. */
const asMadeBefore = async ({ store }: ApiWorld): Promise<void> => {
  const found = await store.memory.read("settings/tokens");
  if (found === null) throw new Error("there are no tokens");
  const document = tokensDocument.parse(JSON.parse(found.text));
  const tokens = document.tokens.map(({ layerUids: _uids, ...token }) => token);
  await store.memory.write("settings/tokens", JSON.stringify({ ...document, tokens }), found.etag);
};

describe.each([
  ["made by this release", false],
  ["made by the release before", true],
])("a data layer's id that is used anew, and a token of some data layers %s", (_which, before) => {
  it("the former layer's token finds nothing of the present layer and changes nothing of it", async () => {
    const { world, siteId, formerToken: token, present } = await twoLayers();
    if (before) await asMadeBefore(world);
    const unchanged = await stored(world);
    for (const [method, path, body] of [
      ["GET", `/data-layers/${ID}`],
      ["PATCH", `/data-layers/${ID}`, { name: "Taken" }],
      ["GET", `/data-layers/${ID}/webhooks`],
      ["POST", `/data-layers/${ID}/webhooks`, { name: "Mine" }],
      ["POST", `/data-layers/${ID}/webhooks/${present.webhook}/rotate`],
      ["GET", `/data-layers/${ID}/syncs`],
      ["POST", `/data-layers/${ID}/syncs`],
      ["GET", `/data-layers/${ID}/syncs/${present.syncId}`],
      ["GET", `/data-layers/${ID}/deliveries`],
      ["GET", `/data-layers/${ID}/activity`],
      ["GET", `/audit-log?dataLayerId=${ID}`],
      ["GET", `/sites/${siteId}`],
    ] as const) {
      const answer = await world.call(method, path, { token, body });
      expect([answer.status, method, path]).toEqual([404, method, path]);
    }
    for (const path of ["/data-layers", "/sites", "/audit-log"]) {
      expect((await world.get(path, { token })).listAt("items"), path).toEqual([]);
    }
    expect((await world.get("/overview", { token })).text).not.toMatch(/reused-layer|Present|shared/);
    expect((await world.get("/audit-log/export", { token })).text).toBe("");
    expect(await stored(world)).toEqual(unchanged);
  });

  it("the present layer's token finds nothing of the former layer, and everything of its own", async () => {
    const { world, siteId, former, presentToken: token, present } = await twoLayers();
    if (before) await asMadeBefore(world);
    await world.work({ kind: "site", id: siteId });
    const walked = [
      `/data-layers/${ID}`,
      `/data-layers/${ID}/syncs`,
      `/data-layers/${ID}/deliveries`,
      `/data-layers/${ID}/activity?hours=24`,
      "/audit-log?limit=100",
      "/audit-log/export",
      `/sites/${siteId}`,
      `/sites/${siteId}/builds`,
      "/overview",
    ];
    const texts: string[] = [];
    for (const path of walked) {
      const { status, text } = await world.get(path, { token });
      expect(status, path).toBe(200);
      for (const hidden of ["Former", former.webhook, former.syncId]) expect(text, path).not.toContain(hidden);
      texts.push(text);
    }
    for (const own of ["Present", present.webhook, present.syncId, "data_layer.created"]) {
      expect(texts.join("\n")).toContain(own);
    }
    expect((await world.get(`/data-layers/${ID}/syncs/${former.syncId}`, { token })).at("code")).toBe("SYNC_NOT_FOUND");
    expect((await world.get(`/data-layers/${ID}/syncs/${present.syncId}`, { token })).status).toBe(200);
  });
});

describe("the audit log, for a token of some data layers", () => {
  it("the audit log reads, for a scoped token, only entries it may show, also where an older layer is in its scope", async () => {
    const world = new ApiWorld();
    const older = await world.layer({ name: "Older" });
    const siteId = (await world.post("/sites", hook("shared"))).textAt("id");
    await addLayer(world, "Former", siteId);
    await world.delete(`/data-layers/${ID}`);
    world.now += 1000;
    await addLayer(world, "Present", siteId);
    const scope = { name: "Scoped", role: "Reviewer", dataLayers: [older, ID] };
    const token = (await world.post("/tokens", scope)).textAt("token");
    await world.get("/session", { token });
    const { reads } = world.store.counts;
    const page = await world.get("/audit-log?limit=100", { token });
    expect(page.text).not.toContain("Former");
    // The tokens, each of the layers, and each entry.
    expect(world.store.counts.reads - reads).toBe(1 + 2 + page.listAt("items").length);
  });
});

describe("a data layer's id that is used anew, for a member who sees everything", () => {
  it("a list begins with the present layer; an id that was answered before is still found, and the audit log is whole", async () => {
    const { world, former, present } = await twoLayers();
    const syncs = await world.get(`/data-layers/${ID}/syncs`);
    expect(syncs.text).toContain(present.syncId);
    expect(syncs.text).not.toContain(former.syncId);
    expect((await world.get(`/data-layers/${ID}/syncs/${former.syncId}`)).at("id")).toBe(former.syncId);
    const audit = await world.get(`/audit-log?limit=100&dataLayerId=${ID}`);
    for (const name of ["Former", "Present", "data_layer.deleted"]) expect(audit.text).toContain(name);
  });
});

describe("a data layer whose id was used before", () => {
  it("a layer is listed once, by its own order marker, also if the marker of a former layer of its id is left", async () => {
    const { world } = await twoLayers();
    await world.store.write(orderKey(LAYER_ORDER, world.now - 1_000_000, ID), "{}", null);
    expect((await world.get("/data-layers")).listAt("items")).toHaveLength(1);
  });
});

describe("a deleted data layer, for its own token", () => {
  it("a deleted layer's audit entries stay readable for its own token until its id is used again", async () => {
    const world = new ApiWorld();
    const siteId = (await world.post("/sites", hook("shared"))).textAt("id");
    await addLayer(world, "Former", siteId);
    const token = await tokenFor(world, "Reviewer");
    await world.delete(`/data-layers/${ID}`);
    expect((await world.get(`/audit-log?dataLayerId=${ID}`, { token })).text).toContain("data_layer.deleted");
    await addLayer(world, "Present", siteId);
    expect((await world.get("/audit-log", { token })).listAt("items")).toEqual([]);
  });
});
