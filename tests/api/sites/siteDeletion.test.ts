import { describe, expect, it } from "vitest";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import { dig } from "../answer.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** A site that layers of these names connect, each beside another site. */
const connected = async (...names: readonly string[]) => {
  const world = new ApiWorld();
  const siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
  const other = (await world.post("/sites", { name: "Other", buildHook })).textAt("id");
  const layers: string[] = [];
  for (const name of names) {
    layers.push(await world.layer({ name, dataSources: [], connectedSites: [{ siteId }, { siteId: other }] }));
  }
  const sitesOf = async (layerId: string) => {
    const listed = (await world.get(`/data-layers/${layerId}`)).listAt("connectedSites");
    return listed.map((site) => dig(site, "siteId"));
  };
  return { world, siteId, other, layers, path: `/sites/${siteId}`, sitesOf };
};

/** What the audit log says since a moment, without what an entry holds beside it. */
const entriesSince = async (world: ApiWorld, before: number) =>
  (await world.audit()).slice(before).map((entry) => [dig(entry, "action"), dig(entry, "target.id")]);

describe("a site that data layers connect", () => {
  it("a connected site is not deleted: the answer names the layers, and nothing is changed", async () => {
    const { world, layers, path, siteId, other, sitesOf } = await connected("Blog", "Shop");
    const { writes } = world.store.counts;
    const refused = await world.delete(path);
    expect([refused.status, refused.at("code")]).toEqual([409, "SITE_IN_USE"]);
    expect(refused.textAt("detail")).toMatch(/^2 data layers connect this site: "Blog", "Shop"\. .*\?disconnect=true/);
    const named = [
      { id: layers[0], name: "Blog" },
      { id: layers[1], name: "Shop" },
    ];
    expect([refused.at("dataLayers"), refused.at("more")]).toEqual([named, 0]);
    expect(world.store.counts.writes).toBe(writes);
    expect((await world.get(path)).status).toBe(200);
    expect(await sitesOf(layers[0] ?? "")).toEqual([siteId, other]);
  });

  it("a connected site's refusal names at most ten layers", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `Layer ${index}`);
    const { world, path } = await connected(...names);
    const refused = await world.delete(path);
    expect([refused.listAt("dataLayers").length, refused.at("more")]).toEqual([10, 2]);
    expect(refused.textAt("detail")).toMatch(/^12 data layers connect this site: .*"Layer 9" and 2 more\./);
  });

  it("a connected site is disconnected and deleted on request, every step with its own audit entry", async () => {
    const { world, layers, path, siteId, other, sitesOf } = await connected("Blog", "Shop");
    const before = (await world.audit()).length;
    expect((await world.delete(`${path}?disconnect=true`)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
    for (const id of layers) expect(await sitesOf(id)).toEqual([other]);
    expect(await entriesSince(world, before)).toEqual([
      ["data_layer.updated", layers[0]],
      ["data_layer.updated", layers[1]],
      ["site.deleted", siteId],
    ]);
    const [first] = (await world.audit()).slice(before);
    expect(dig(first ?? null, "detail")).toEqual({
      fields: ["connectedSites"],
      before: { connectedSites: [{ siteId }] },
      after: { connectedSites: [] },
    });
  });

  it("a connected site stays, and stays connected, if `If-Match` names another version", async () => {
    const { world, layers, path, siteId, other, sitesOf } = await connected("Blog");
    const seen = (await world.get(path)).headers.get("etag") ?? "";
    await world.patch(path, { name: "Renamed meanwhile" });
    const stale = await world.delete(`${path}?disconnect=true`, { headers: { "if-match": seen } });
    expect([stale.status, stale.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    expect(await sitesOf(layers[0] ?? "")).toEqual([siteId, other]);
    const now = (await world.get(path)).headers.get("etag") ?? "";
    expect((await world.delete(`${path}?disconnect=true`, { headers: { "if-match": now } })).status).toBe(204);
  });

  it("a connected site is deleted only in the version named, also if it changes while its layers are looked up", async () => {
    const { world, path } = await connected();
    const seen = (await world.get(path)).headers.get("etag") ?? "";
    let looked = false;
    world.store.before = async (op, key) => {
      if (op !== "list" || key !== "layers/" || looked) return;
      looked = true;
      await world.patch(path, { name: "Renamed meanwhile" });
    };
    expect((await world.delete(path, { headers: { "if-match": seen } })).status).toBe(412);
    expect((await world.get(path)).at("name")).toBe("Renamed meanwhile");
  });

  it("a site that changes after layers were disconnected stays, and the answer says how far the deletion came", async () => {
    const { world, layers, path } = await connected("Blog", "Shop");
    const seen = (await world.get(path)).headers.get("etag") ?? "";
    let renamed = false;
    world.store.before = async (op, key) => {
      if (op !== "write" || key !== layerKey(layers[1] ?? "") || renamed) return;
      renamed = true;
      await world.patch(path, { name: "Renamed meanwhile" });
    };
    const refused = await world.delete(`${path}?disconnect=true`, { headers: { "if-match": seen } });
    expect([refused.status, refused.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    expect(refused.textAt("detail")).toContain("The site is disconnected from 2 data layers, and not deleted.");
  });

  it.each(["down", "reply-lost"] as const)(
    "a site's deletion that broke off goes on when it is sent again, with one entry a step (%s)",
    async (fault) => {
      const { world, layers, path, siteId } = await connected("Blog", "Shop", "News");
      const before = (await world.audit()).length;
      world.store.fault = (op, key) => (op === "write" && key === layerKey(layers[1] ?? "") ? fault : "none");
      expect((await world.delete(`${path}?disconnect=true`)).status).toBe(fault === "down" ? 503 : 204);
      world.store.fault = () => "none";
      const again = await world.delete(`${path}?disconnect=true`);
      expect(again.status).toBe(fault === "down" ? 204 : 404);
      expect((await entriesSince(world, before)).sort()).toEqual([
        ...layers.map((id) => ["data_layer.updated", id]).sort(),
        ["site.deleted", siteId],
      ]);
    },
  );

  it("a site is disconnected from a layer that connects it while it is deleted", async () => {
    const { world, path, siteId, sitesOf } = await connected();
    const late = await world.layer({ name: "Late", dataSources: [] });
    let done = false;
    world.store.before = async (op, key) => {
      if (op !== "write" || key !== siteKey(siteId) || done) return;
      done = true;
      await world.patch(`/data-layers/${late}`, { connectedSites: [{ siteId }] });
    };
    expect((await world.delete(`${path}?disconnect=true`)).status).toBe(204);
    expect(done).toBe(true);
    expect(await sitesOf(late)).toEqual([]);
  });

  it("a site's deletion loses no setting that somebody else gives a layer meanwhile", async () => {
    const { world, layers, path, other, sitesOf } = await connected("Blog");
    const layer = `/data-layers/${layers[0]}`;
    const third = (await world.post("/sites", { name: "Third", buildHook })).textAt("id");
    let done = false;
    world.store.before = async (op, key) => {
      if (op !== "write" || key !== layerKey(layers[0] ?? "") || done) return;
      done = true;
      const connectedSites = [...(await sitesOf(layers[0] ?? "")), third].map((siteId) => ({ siteId }));
      await world.patch(layer, { name: "Renamed", connectedSites });
    };
    expect((await world.delete(`${path}?disconnect=true`)).status).toBe(204);
    expect((await world.get(layer)).at("name")).toBe("Renamed");
    expect(await sitesOf(layers[0] ?? "")).toEqual([other, third]);
  });

  it("a site stays if a layer has no room for its audit entry, and the answer says how far the deletion came", async () => {
    const { world, layers, path } = await connected("Blog", "Shop");
    const stuck = `/data-layers/${layers[1]}`;
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    for (let i = 0, { status } = await world.get(stuck); i < 80 && status === 200; i += 1) {
      ({ status } = await world.patch(stuck, { name: `Shop ${i}` }));
    }
    const refused = await world.delete(`${path}?disconnect=true`);
    expect([refused.status, refused.at("code")]).toEqual([503, "AUDIT_BACKLOG"]);
    expect(refused.textAt("detail")).toContain("The site is disconnected from 1 data layer, and not deleted");
    world.store.fault = () => "none";
    expect((await world.get(path)).status).toBe(200);
    expect((await world.delete(`${path}?disconnect=true`)).status).toBe(204);
  });

  it("a site stays while a layer that may connect it cannot be read", async () => {
    const { world, layers, path } = await connected("Blog");
    const key = layerKey(layers[0] ?? "");
    const stored = await world.store.memory.read(key);
    const newer = (stored?.text ?? "").replace('"v":1', '"v":2');
    await world.store.memory.write(key, newer, stored?.etag ?? null);
    const refused = await world.delete(path);
    expect([refused.status, refused.at("code")]).toEqual([503, "DOCUMENT_NEWER"]);
    expect((await world.get(path)).status).toBe(200);
  });
});

describe("an import that prunes", () => {
  const put = (world: ApiWorld, document: unknown, query: string) =>
    world.call("PUT", `/import${query}`, { body: document });

  /** The configuration without the site; of its layer the document does not say what it connects. */
  const withoutSite = async (one: Awaited<ReturnType<typeof connected>>) => {
    const { sites, dataLayers, ...rest } = JSON.parse((await one.world.get("/export?secrets=true")).text);
    const layers = dataLayers.map(({ connectedSites: _, ...layer }: Record<string, unknown>) => layer);
    return { ...rest, sites: sites.filter(({ id }: { id: string }) => id !== one.siteId), dataLayers: layers };
  };

  it("an import that prunes a site disconnects it from the layers that keep their sites, and says so before", async () => {
    const one = await connected("Blog");
    const document = await withoutSite(one);
    const dry = await put(one.world, document, "?prune=true&dryRun=true");
    const change = { type: "data_layer", action: "update", fields: ["connectedSites"] };
    expect(dry.at("changes")).toContainEqual(expect.objectContaining(change));
    expect((await put(one.world, document, "?prune=true")).at("changes")).toEqual(dry.at("changes"));
    expect(await one.sitesOf(one.layers[0] ?? "")).toEqual([one.other]);
    expect((await one.world.get(one.path)).status).toBe(404);
  });

  it("an import that prunes leaves alone the sites of a layer that it does not delete", async () => {
    const one = await connected("Blog");
    const { sites, ...document } = JSON.parse((await one.world.get("/export?secrets=true")).text);
    const layers = document.dataLayers.map(({ connectedSites: _, ...layer }: Record<string, unknown>) => layer);
    const kept = await put(one.world, { ...document, sites, dataLayers: layers }, "?prune=true");
    expect(kept.at("counts")).toEqual({ create: 0, update: 0, delete: 0, unchanged: 3 });
  });

  it("an import that prunes stops before a site that a layer has connected meanwhile, and finishes when imported again", async () => {
    const one = await connected("Blog");
    const { world, layers, siteId, path } = one;
    const document = await withoutSite(one);
    let done = false;
    world.store.before = async (op, key) => {
      // The layers are read a second time before the first site is deleted.
      if (op !== "list" || key !== "layers/" || (await one.sitesOf(layers[0] ?? "")).includes(siteId) || done) return;
      done = true;
      await world.patch(`/data-layers/${layers[0]}`, { connectedSites: [{ siteId }] });
    };
    const broken = await put(world, document, "?prune=true");
    expect([broken.status, broken.at("code")]).toEqual([409, "IMPORT_INTERRUPTED"]);
    expect((await world.get(path)).status).toBe(200);
    expect((await put(world, document, "?prune=true")).status).toBe(200);
    expect((await world.get(path)).status).toBe(404);
    expect(await one.sitesOf(layers[0] ?? "")).toEqual([]);
  });
});
