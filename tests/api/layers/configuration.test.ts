import { describe, expect, it } from "vitest";
import { publish } from "../../../src/app/receive/publish.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { type Answer, dig } from "../answer.ts";
import { ApiWorld, type Json } from "../world.ts";

const hook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const chat = "https://chat.example.com/in/verysecretpath";

/** A system in use: a layer whose id came from elsewhere, with webhooks, and one that only builds. */
const lived = async () => {
  const world = new ApiWorld();
  const site = await world.post("/sites", { name: "Web", buildHook: hook, pacing: { preset: "saver" } });
  const siteId = site.textAt("id");
  const kept = await world.layer({
    id: "0f8fad5b-d9cb-469f-a165-70867728950e",
    connectedSites: [{ siteId }],
    notifications: [{ id: "chat", name: "Chat", url: chat, events: ["sync.failed"] }],
    cachePurge: { tags: ["posts"] },
  });
  await world.layer({ name: "Only builds", dataSources: [], connectedSites: [{ siteId }] });
  const webhook = await world.post(`/data-layers/${kept}/webhooks`, { name: "Contentful", id: "webhook-of-before" });
  await world.post(`/data-layers/${kept}/webhooks`, { name: "WordPress" });
  return { world, siteId, kept, webhook };
};

const put = (world: ApiWorld, document: unknown, query = ""): Promise<Answer> =>
  world.call("PUT", `/import${query}`, { body: document });

const exportedBy = async (world: ApiWorld, query = "?secrets=true"): Promise<{ [key: string]: Json }> =>
  JSON.parse((await world.get(`/export${query}`)).text);

const counts = (create: number, update: number, gone: number, unchanged: number) => ({
  create,
  update,
  delete: gone,
  unchanged,
});

/** What a CMS sends to a URL. */
const sent = (world: ApiWorld, path: string) =>
  answerPublish(
    new Request(`https://hooks.example.com/hooks/data_layer/data_source/publish/${path}`, {
      method: "POST",
      headers: { "x-connect-data-source": "blog", "content-type": "application/vnd.contentful.management.v1+json" },
      body: '{"sys":{"type":"Entry","id":"5KsDBWseXY6QegucYAoacS"}}',
    }),
    world.deps,
    () => {},
  );

describe("the configuration as one document", () => {
  it("a configuration exported, wiped and imported is as it was: a CMS is answered 200 at its old URL", async () => {
    const { world, kept } = await lived();
    const document = await exportedBy(world);
    const wiped = await put(world, { schemaVersion: 1, sites: [], dataLayers: [] }, "?prune=true");
    expect([wiped.status, wiped.at("counts")]).toEqual([200, counts(0, 0, 3, 0)]);
    expect((await sent(world, `${kept}/webhook-of-before`)).status).toBe(404);
    expect((await put(world, document)).at("counts")).toEqual(counts(5, 0, 0, 0));
    expect((await sent(world, `${kept}/webhook-of-before`)).status).toBe(200);
    expect((await sent(world, kept)).status).toBe(401);
    expect(await exportedBy(world)).toEqual(document);
  });

  it("a configuration moves to another system whole: ids, webhook URLs, signing secrets, hooks", async () => {
    const { world } = await lived();
    const document = await exportedBy(world);
    const other = new ApiWorld();
    other.now += 1_000_000;
    expect((await put(other, document)).status).toBe(200);
    expect(await exportedBy(other)).toEqual(document);
    const layer = await world.get("/data-layers/0f8fad5b-d9cb-469f-a165-70867728950e");
    const there = await other.get("/data-layers/0f8fad5b-d9cb-469f-a165-70867728950e");
    expect(there.at("dataSources.0.secret")).toBe(layer.at("dataSources.0.secret"));
  });

  it("a configuration imported twice changes nothing and leaves nothing in the audit log", async () => {
    const { world } = await lived();
    const document = await exportedBy(world);
    const before = await world.audit();
    const again = await put(world, document, "?prune=true");
    expect(again.at("counts")).toEqual(counts(0, 0, 0, 5));
    expect(await world.audit()).toEqual(before);
    const other = new ApiWorld();
    await put(other, document);
    expect((await put(other, document, "?prune=true")).at("counts")).toEqual(counts(0, 0, 0, 5));
  });

  it("a dry run says just what the import then does, and writes nothing", async () => {
    const { world, kept } = await lived();
    const document = {
      schemaVersion: 1,
      sites: [{ id: "docs-site", name: "Docs", buildHook: hook }],
      dataLayers: [
        { id: kept, name: "Renamed", connectedSites: [{ siteId: "docs-site" }], webhooks: [{ name: "Sanity" }] },
        { id: "second-layer", name: "New one" },
      ],
    };
    const before = await world.dump();
    const dry = await put(world, document, "?dryRun=true&prune=true");
    expect(await world.dump()).toBe(before);
    expect(
      dry.listAt("changes").map((_, at) => [dry.at(`changes.${at}.action`), dry.at(`changes.${at}.name`)]),
    ).toEqual([
      ["create", "Docs"],
      ["update", "Renamed"],
      ["create", "Sanity"],
      ["delete", "Contentful"],
      ["delete", "WordPress"],
      ["create", "New one"],
      ["delete", "Only builds"],
      ["delete", "Web"],
    ]);
    expect(dry.at("changes.1.fields")).toEqual(["name", "connectedSites"]);
    const real = await put(world, document, "?prune=true");
    expect(real.at("changes")).toEqual(dry.at("changes"));
    const now = await exportedBy(world, "");
    expect(now["sites"]).toMatchObject([{ id: "docs-site", name: "Docs" }]);
    expect(now["dataLayers"]).toMatchObject([
      { id: kept, name: "Renamed", connectedSites: [{ siteId: "docs-site" }], webhooks: [{ name: "Sanity" }] },
      { id: "second-layer", name: "New one" },
    ]);
  });

  it("an import with a range deletes nothing out of it, and takes a deleted site from the layers that stay", async () => {
    const { world, siteId, kept } = await lived();
    const nothing = { schemaVersion: 1, sites: [], dataLayers: [] };
    const ids = async (): Promise<unknown[]> => {
      const { sites, dataLayers } = await exportedBy(world);
      return [sites, dataLayers].map((list) => (Array.isArray(list) ? list.map((one) => dig(one, "id")) : list));
    };
    const [, layers] = await ids();
    const onlySites = await put(world, nothing, "?prune=true&from=sites/");
    expect(onlySites.at("counts")).toEqual({ create: 0, update: 2, delete: 1, unchanged: 0 });
    expect(await ids()).toEqual([[], layers]);
    expect((await world.get(`/data-layers/${kept}`)).at("connectedSites")).toEqual([]);
    const one = await put(world, nothing, `?prune=true&from=layers/${kept}&until=layers/${kept}0`);
    expect(one.at("counts")).toEqual({ create: 0, update: 0, delete: 1, unchanged: 0 });
    expect((await ids())[1]).toHaveLength(1);
    for (const query of [`from=sites/${siteId}`, "prune=webhooks&until=sites/", "prune=true&from=sites"])
      expect((await put(world, nothing, `?${query}`)).status, query).toBe(400);
  });

  it("an import without prune deletes nothing: what the document does not have stays", async () => {
    const { world, kept } = await lived();
    const document = { schemaVersion: 1, sites: [], dataLayers: [{ id: kept, name: "Renamed", webhooks: [] }] };
    expect((await put(world, document)).at("counts")).toEqual(counts(0, 1, 0, 0));
    const now = await exportedBy(world);
    expect(now["sites"]).toHaveLength(1);
    expect(now["dataLayers"]).toMatchObject([{}, { webhooks: [{ name: "Contentful" }, { name: "WordPress" }] }]);
  });

  it("an import starts no sync, neither of new sources nor of changed ones", async () => {
    const { world, kept } = await lived();
    const source = { slug: "shop", url: "https://jobs.example.com/shop" };
    const document = {
      schemaVersion: 1,
      sites: [],
      dataLayers: [
        { id: kept, name: "Site content", dataSources: [source] },
        { id: "another-layer", name: "Another", dataSources: [source] },
      ],
    };
    expect((await put(world, document)).at("counts")).toEqual(counts(1, 1, 0, 0));
    expect(world.wakes).toEqual([]);
    for (const id of [kept, "another-layer"])
      expect((await world.get(`/data-layers/${id}/syncs`)).at("items")).toEqual([]);
  });

  it("an export without secrets is for every member, holds none, and changes nothing when imported again", async () => {
    const { world } = await lived();
    const answer = await world.get("/export", { as: "Reviewer" });
    for (const secret of ["0123456789abcdef", "verysecretpath", "whsec_", "webhook-of-before", "secret-of-a-webhook"]) {
      expect(answer.text).not.toContain(secret);
    }
    expect((await put(world, JSON.parse(answer.text), "?prune=true")).at("counts")).toEqual(counts(0, 0, 0, 5));
  });

  it("an export with secrets is for an Owner alone, who is in the audit log before they have it", async () => {
    const { world } = await lived();
    for (const as of ["Developer", "Reviewer"] as const) {
      expect((await world.get("/export?secrets=true", { as })).status).toBe(403);
    }
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    const refused = await world.get("/export?secrets=true");
    expect([refused.status, refused.text.includes("whsec_")]).toEqual([503, false]);
    world.store.fault = () => "none";
    await world.get("/export?secrets=true");
    const log = await world.get("/audit-log");
    expect([log.at("items.0.action"), log.at("items.0.actor.id")]).toEqual(["configuration.exported", "token:owner"]);
    expect((await world.get("/export")).text).not.toContain("whsec_");
    expect((await world.get("/audit-log?action=configuration.exported")).listAt("items")).toHaveLength(1);
  });

  it("an import is for an Owner alone", async () => {
    const { world } = await lived();
    for (const as of ["Developer", "Reviewer"] as const) {
      const body = { schemaVersion: 1, sites: [], dataLayers: [] };
      expect((await world.call("PUT", "/import?dryRun=true", { as, body })).status).toBe(403);
    }
  });

  it("an import with anything impossible in it is refused as a whole, and every place is named", async () => {
    const { world, kept } = await lived();
    const before = await world.dump();
    const refused = await put(world, {
      schemaVersion: 1,
      sites: [{ id: "no-hook-given", name: "No hook" }],
      dataLayers: [
        {
          id: kept,
          name: "Renamed",
          connectedSites: [{ siteId: "nowhere-at-all" }],
          webhooks: [{ ref: "wh_unknown", name: "Lost" }],
        },
        { id: "new-layer", name: "New", notifications: [{ name: "Chat", events: ["sync.failed"] }] },
      ],
    });
    expect(refused.status).toBe(400);
    expect(refused.listAt("errors").map((_, at) => refused.at(`errors.${at}.path`))).toEqual([
      "sites.0.buildHook",
      "dataLayers.0.connectedSites.0.siteId",
      "dataLayers.0.webhooks.0.ref",
      "dataLayers.1.notifications.0.url",
    ]);
    const inner = {
      schemaVersion: 1,
      sites: [{ id: "inner-site", name: "In", buildHook: "https://10.0.0.1/x" }],
      dataLayers: [],
    };
    expect((await put(world, inner)).at("errors.0.path")).toBe("sites.0.buildHook");
    for (const [document, path] of [
      [{ schemaVersion: 2, sites: [], dataLayers: [] }, "schemaVersion"],
      [{ schemaVersion: 1, dataLayers: [] }, "sites"],
      [{ schemaVersion: 1, sites: [], dataLayers: [], layers: [] }, "layers"],
    ] as const) {
      const answer = await put(world, document, "?prune=true");
      expect([answer.status, answer.at("errors.0.path")]).toEqual([400, path]);
    }
    expect(await world.dump()).toBe(before);
  });

  it("an import of a new site without a build hook names that fault alone, and not the layers that connect the site", async () => {
    const dataLayers = [{ id: "first-layer", name: "First", connectedSites: [{ siteId: "hookless" }] }];
    const document = { schemaVersion: 1, sites: [{ id: "hookless", name: "No hook" }], dataLayers };
    const refused = await put(new ApiWorld(), document);
    expect(refused.at("errors")).toEqual([{ path: "sites.0.buildHook", message: "is required for a new site" }]);
  });

  it("an import names headers that may not follow a URL to another origin by their own path", async () => {
    const world = new ApiWorld();
    const probe = { slug: "cms", type: "probe", url: "https://cms.example.com/" };
    const id = await world.layer({ dataSources: [{ ...probe, headers: { authorization: "Bearer 0123456789" } }] });
    const dataSources = [
      { slug: "new", type: "probe", url: "https://a.example.com/" },
      { ...probe, url: "https://b.example.com/" },
    ];
    const refused = await put(world, { schemaVersion: 1, sites: [], dataLayers: [{ id, name: "Moved", dataSources }] });
    expect(refused.listAt("errors")).toHaveLength(1);
    expect(refused.at("errors.0.path")).toBe("dataLayers.0.dataSources.1.headers");
  });

  it("an export is read in pages that together are the whole, each audited, none of them importable alone", async () => {
    const { world } = await lived();
    const whole = await exportedBy(world);
    const pages: Answer[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Answer = await world.get(`/export?secrets=true&limit=1&cursor=${cursor}`);
      pages.push(page);
      cursor = page.at("nextCursor") === null ? null : page.textAt("nextCursor");
    }
    expect(pages).toHaveLength(3);
    const put1 = await put(world, JSON.parse(pages[0]?.text ?? ""), "?prune=true");
    expect([put1.status, put1.at("errors.0.path")]).toEqual([400, "nextCursor"]);
    const all = (list: string) => pages.flatMap((page) => page.listAt(list));
    expect([all("sites"), all("dataLayers")]).toEqual([whole["sites"], whole["dataLayers"]]);
    expect((await world.get("/audit-log?action=configuration.exported")).listAt("items")).toHaveLength(4);
    expect((await world.get("/export?limit=1", { as: "Reviewer" })).text).not.toContain("0123456789abcdef");
    expect((await world.get("/export?secrets=true&limit=1", { as: "Developer" })).status).toBe(403);
  });

  it("a configuration is read and changed in parts by the names they give: others are not read", async () => {
    const world = new ApiWorld();
    for (let at = 0; at < 12; at += 1) await world.layer({ name: `Layer ${at}`, connectedSites: [] });
    let reads = 0;
    world.store.fault = (op, key) => {
      if (op === "read" && /^(?:layers|sites)\//.test(key)) reads += 1;
      return "none";
    };
    await world.get("/export?limit=4");
    expect(reads).toBe(4);
    reads = 0;
    const [first] = (await world.get("/data-layers?limit=1")).listAt("items");
    reads = 0;
    const document = { schemaVersion: 1, sites: [], dataLayers: [{ id: dig(first ?? null, "id"), name: "Renamed" }] };
    expect((await put(world, document, "?dryRun=true&prune=webhooks")).at("counts")).toEqual(counts(0, 1, 0, 0));
    expect(reads).toBe(1);
  });

  it("an import with prune=webhooks deletes webhooks of its layers and nothing else", async () => {
    const { world, kept } = await lived();
    const document = {
      schemaVersion: 1,
      sites: [],
      dataLayers: [{ id: kept, name: "Site content", webhooks: [{ name: "WordPress" }] }],
    };
    const answer = await put(world, document, "?prune=webhooks");
    expect([answer.status, answer.at("counts")]).toEqual([200, counts(0, 0, 1, 2)]);
    expect(await exportedBy(world, "")).toMatchObject({
      sites: [{}],
      dataLayers: [{}, { webhooks: [{ name: "WordPress" }] }],
    });
  });

  it("an import cut short in the middle is finished by importing again, and nothing is created twice", async () => {
    const { world } = await lived();
    const document = await exportedBy(world);
    const other = new ApiWorld();
    let writes = 0;
    other.store.fault = (op, key) => {
      if (op !== "write" || !/^(?:layers|sites)\//.test(key)) return "none";
      writes += 1;
      return writes > 3 ? "down" : "none";
    };
    expect((await put(other, document)).status).toBe(503);
    other.store.fault = () => "none";
    expect((await put(other, document)).status).toBe(200);
    expect(await exportedBy(other)).toEqual(document);
    expect((await other.get("/sites")).listAt("items")).toHaveLength(1);
  });

  it("an export is refused as long as a part of it cannot be read", async () => {
    const { world } = await lived();
    await world.store.memory.write("layers/broken-layer", "{", null);
    expect((await world.get("/export")).status).toBe(503);
  });

  it("an import never enables the default webhook where it was forbidden for good", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ defaultWebhook: "off" });
    const document = { schemaVersion: 1, sites: [], dataLayers: [{ id, name: "Site content", defaultWebhook: "on" }] };
    expect((await put(world, document)).at("errors.0.path")).toBe("dataLayers.0.defaultWebhook");
    const delivery = { layerId: id, webhookId: null, selectors: { header: null, query: "", alias: null }, body: null };
    expect(await publish(world.deps, { ...delivery, receivedAt: world.now })).toMatchObject({ kind: "refused" });
  });
});
