import { beforeAll, describe, expect, it } from "vitest";
import { layerAt, siteAt } from "../../../src/dashboard/api/resources.ts";
import { deliveryKey } from "../../../src/store/keys.ts";
import { ApiWorld, type CallOptions } from "../world.ts";

interface Lived {
  readonly world: ApiWorld;
  /** What the parameters of a path stand for. */
  readonly ids: Readonly<Record<string, string>>;
  readonly layer: string;
  readonly site: string;
}

/** A layer with a webhook and a site; a sync of it has run, a build waits, a token was made. */
const lived = async (): Promise<Lived> => {
  const world = new ApiWorld();
  const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
  const siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
  const layerId = await world.layer({ connectedSites: [{ siteId }] });
  const webhook = (await world.post(`/data-layers/${layerId}/webhooks`, { name: "CMS" })).textAt("ref");
  const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
  const buildId = (await world.post(`/sites/${siteId}/builds`)).textAt("id");
  const tokenId = (await world.post("/tokens", { name: "CI", role: "Developer" })).textAt("id");
  const deliveryId = await logDelivery(world, layerId, syncId);
  const ids = { layerId, siteId, webhook, syncId, buildId, tokenId, deliveryId };
  return { world, ids, layer: `/data-layers/${layerId}`, site: `/sites/${siteId}` };
};

const syncs = async ({ world, ids, layer }: Lived): Promise<void> => {
  await world.post(`${layer}/syncs`);
  await world.work({ kind: "layer", id: ids["layerId"] ?? "" });
};

const builds = async ({ world, ids, site }: Lived): Promise<void> => {
  await world.post(`${site}/builds`);
  await world.work({ kind: "site", id: ids["siteId"] ?? "" });
};

const renamesLayer = ({ world, layer }: Lived) => world.patch(layer, { name: "Another name" });
const renamesSite = ({ world, site }: Lived) => world.patch(site, { name: "Another name" });
const renamesWebhook = ({ world, ids, layer }: Lived) =>
  world.patch(`${layer}/webhooks/${ids["webhook"]}`, { name: "Another name" });

const logDelivery = async (world: ApiWorld, layerId: string, syncId: string | null): Promise<string> => {
  const id = world.deps.ids.timeOrdered();
  const fields = { webhook: "default", dataSource: null, outcome: "queued", code: null, cause: null, warnings: [] };
  const sent = { syncId, bytes: 2, userAgent: null, subject: null, secret: null };
  const record = JSON.stringify({ id, receivedAt: world.now, ...fields, ...sent });
  await world.store.memory.write(deliveryKey(layerId, id), record, null);
  return id;
};

const delivers = ({ world, ids }: Lived) => logDelivery(world, ids["layerId"] ?? "", null);

type Change = (lived: Lived) => Promise<unknown>;

interface Covered {
  readonly query?: string;
  readonly as?: CallOptions["as"];
  /** What the ETag covers: each of these gives another one. Null: nothing that a request could change. */
  readonly changedBy: readonly Change[] | null;
  /** What goes on beside it. */
  readonly notChangedBy?: readonly Change[];
}

/** Every route that gives an ETag. */
const table: Record<string, Covered> = {
  "/data-layers": { changedBy: [renamesLayer] },
  "/data-layers/{layerId}": {
    changedBy: [
      renamesLayer,
      ({ world, layer }) => world.patch(layer, { connectedSites: [] }),
      ({ world, layer }) => world.patch(layer, { paused: true }),
      ({ world, layer }) => world.patch(layer, { defaultWebhook: "off" }),
      ({ world, layer }) => world.post(`${layer}/data-sources/blog/secret`),
    ],
    notChangedBy: [syncs, builds, delivers],
  },
  "/data-layers/{layerId}/webhooks": { changedBy: [renamesWebhook] },
  "/data-layers/{layerId}/webhooks/{webhook}": { changedBy: [renamesWebhook], notChangedBy: [syncs, builds, delivers] },
  "/data-layers/{layerId}/webhooks/{webhook}/recipe": {
    query: "?cms=contentful",
    changedBy: [({ world, ids, layer }) => world.post(`${layer}/webhooks/${ids["webhook"]}/rotate`)],
  },
  "/data-layers/{layerId}/status-links": {
    changedBy: [({ world, layer }) => world.post(`${layer}/status-links`, { name: "Editors" })],
    notChangedBy: [syncs, delivers],
  },
  "/data-layers/{layerId}/activity": { changedBy: [syncs, delivers] },
  "/data-layers/{layerId}/deliveries": { changedBy: [delivers] },
  "/data-layers/{layerId}/deliveries/{deliveryId}": { changedBy: [syncs] },
  "/data-layers/{layerId}/syncs": { changedBy: [syncs] },
  "/data-layers/{layerId}/syncs/{syncId}": { changedBy: [syncs] },
  "/sites": { changedBy: [renamesSite] },
  "/sites/{siteId}": {
    changedBy: [
      renamesSite,
      ({ world, site }) => world.patch(site, { buildHook: "https://api.netlify.com/build_hooks/9999" }),
      ({ world, site }) => world.patch(site, { pacing: { preset: "saver" } }),
      ({ world, site }) => world.patch(site, { netlifySiteId: "0123456789" }),
      ({ world, site }) => world.post(`${site}/deploy-notifications`),
    ],
    notChangedBy: [syncs, builds],
  },
  "/sites/{siteId}/builds": { changedBy: [builds] },
  "/sites/{siteId}/builds/{buildId}": { changedBy: [builds] },
  "/audit-log": { changedBy: [renamesLayer] },
  "/export": { changedBy: [renamesLayer, renamesSite, renamesWebhook] },
  "/overview": { changedBy: [syncs, builds] },
  "/usage": { changedBy: [syncs] },
  "/plan": { changedBy: [({ world }) => world.call("PUT", "/plan", { body: { plan: "pro" } })] },
  "/tokens": { changedBy: [({ world }) => world.post("/tokens", { name: "New", role: "Developer" })] },
  "/tokens/{tokenId}": { changedBy: null },
  "/session": { changedBy: null },
  "/recipes": { changedBy: null },
  "/health": { changedBy: null },
  "/openapi.json": { changedBy: null },
};

const filled = (path: string, { ids }: Lived): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "");

describe("the ETag of", () => {
  let described: string[] = [];
  beforeAll(async () => {
    const { paths } = JSON.parse((await new ApiWorld().get("/openapi.json", { as: null })).text);
    described = Object.keys(paths)
      .filter((path) => JSON.stringify(paths[path].get ?? {}).includes("If-None-Match"))
      .map((path) => path.slice("/api/v1".length));
  });

  it("every route with an ETag is in the table", () => {
    expect(Object.keys(table).sort()).toEqual(described.sort());
  });

  it.each(["/data-layers/{layerId}", "/data-layers/{layerId}/webhooks/{webhook}", "/sites/{siteId}"])(
    "the description of %s says that its ETag covers the settings only, and what to poll instead",
    async (path) => {
      const { paths, info } = JSON.parse((await new ApiWorld().get("/openapi.json", { as: null })).text);
      const { description } = paths[`/api/v1${path}`].get;
      expect(description).toContain("The ETag covers the settings only");
      const [, polled = ""] = /poll `GET ([^`]+)`/.exec(description) ?? [];
      expect(table).toHaveProperty([polled]);
      expect(info.description).toContain("Only the settings of a data layer, a webhook or a site count for its ETag");
    },
  );

  it.each(Object.entries(table))("the ETag of %s changes with what it covers, and only then", async (path, row) => {
    const { query = "", changedBy, notChangedBy = [] } = row;
    for (const change of changedBy ?? [null]) {
      const one = await lived();
      const read = (etag = "") => one.world.get(filled(path, one) + query, { headers: { "if-none-match": etag } });
      const etag = (await read()).headers.get("etag") ?? "";
      expect(etag).not.toBe("");
      expect([(await read(etag)).status, (await read("*")).status]).toEqual([304, 304]);
      for (const other of notChangedBy) {
        await other(one);
        expect((await read(etag)).status, String(other)).toBe(304);
      }
      if (change === null) continue;
      await change(one);
      const after = await read(etag);
      expect([after.status, after.headers.get("etag") === etag], String(change)).toEqual([200, false]);
    }
  });

  it.each(["/data-layers/{layerId}", "/sites/{siteId}"])(
    "the ETag of %s still guards a change of settings after a sync and a build",
    async (path) => {
      const one = await lived();
      const etag = (await one.world.get(filled(path, one))).headers.get("etag") ?? "";
      await syncs(one);
      await builds(one);
      const changed = await one.world.patch(filled(path, one), { name: "New" }, { headers: { "if-match": etag } });
      expect(changed.status).toBe(200);
      const late = await one.world.patch(filled(path, one), { name: "Newer" }, { headers: { "if-match": etag } });
      expect([late.status, late.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    },
  );

  it.each([
    ["/data-layers/{layerId}", "/activity"],
    ["/sites/{siteId}", "/builds"],
  ])("the ETag of %s is described with what it covers, and what to poll instead", async (path, instead) => {
    const { paths } = JSON.parse((await new ApiWorld().get("/openapi.json", { as: null })).text);
    const { description } = paths[`/api/v1${path}`].get;
    expect(description).toContain("The ETag covers the settings only");
    expect(description).toContain(`${path}${instead}`);
  });

  it("the ETag of settings alone lets the dashboard see what changes beside them", () => {
    expect([layerAt("a").moves, siteAt("a").moves]).toEqual([true, true]);
  });
});
