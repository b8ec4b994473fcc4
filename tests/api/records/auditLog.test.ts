import { describe, expect, it } from "vitest";
import { DAY, HOUR } from "../../../src/core/durations.ts";
import { shownOf } from "../../../src/core/layer/settings.ts";
import { httpSettings } from "../../../src/core/layer/source.ts";
import { RETENTION } from "../../../src/core/retention.ts";
import { AUDIT, auditKey, layerKey, undatedKey } from "../../../src/store/keys.ts";
import { aRound } from "../../support/round.ts";
import { ApiWorld, type Json } from "../world.ts";

const hook = (secret: string) => `https://api.netlify.com/build_hooks/${secret}`;

const idsOf = (items: readonly Json[]): unknown[] =>
  items.map((item) => (typeof item === "object" && item !== null && !Array.isArray(item) ? item["id"] : null));

/** Everything that a list gives, page by page. */
const everyPage = async (world: ApiWorld, query: string, between: () => Promise<void> = async () => {}) => {
  const pages: Json[][] = [];
  for (let cursor: Json = ""; cursor !== null; ) {
    const page = await world.get(`/audit-log?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`, { as: "Reviewer" });
    expect(page.status).toBe(200);
    pages.push(page.listAt("items"));
    cursor = page.at("nextCursor");
    await between();
  }
  return pages;
};

describe("the audit log", () => {
  it("the audit log says who did what to what, newest first, to every member", async () => {
    const world = new ApiWorld();
    const layerId = await world.layer();
    await world.post(`/data-layers/${layerId}/webhooks`, { name: "CMS" }, { as: "Developer" });
    const log = await world.get("/audit-log", { as: "Reviewer" });
    expect(log.listAt("items").map((_, index) => log.at(`items.${index}.action`))).toEqual([
      "default_webhook.disabled",
      "webhook.created",
      "data_layer.created",
    ]);
    expect(log.at("items.1.actor")).toEqual({
      id: "token:developer@example.com",
      name: "Developer of the team",
      email: "developer@example.com",
    });
    expect(log.at("items.1.target.name")).toBe("CMS");
    expect(log.at("items.1.dataLayerId")).toBe(layerId);
    expect(log.at("items.2.at")).toBe("2026-01-01T00:00:00.000Z");
    expect(log.at("nextCursor")).toBeNull();
  });

  it("the audit log gives every entry once, page by page, also while new ones are made", async () => {
    const world = new ApiWorld();
    for (let made = 0; made < 7; made += 1) await world.layer({ name: `Layer ${made}` });
    const before = idsOf(await world.audit()).reverse();
    for (const limit of [1, 2, 3, 7, 50]) {
      const pages = await everyPage(world, `limit=${limit}`, async () => {
        await world.layer({ name: "Meanwhile" });
      });
      const seen = idsOf(pages.flat());
      expect(seen.slice(-before.length)).toEqual(before);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it("the audit log never runs backwards: of a layer and the site created with it the layer comes last, in any order of writes", async () => {
    const world = new ApiWorld();
    const layerId = await world.layer();
    // Time passes with every call of the store.
    world.store.fault = () => {
      world.now += 7;
      return "none";
    };
    const connectedSites = [{ name: "Shop", buildHook: hook("s") }];
    await world.post("/data-layers", { name: "With a site", dataSources: [], connectedSites });
    // One change waits at its read until another, asked for later, is made.
    let between: (() => Promise<unknown>) | null = () =>
      world.post("/sites", { name: "Between", buildHook: hook("b") });
    world.store.before = async (op, key) => {
      if (op !== "read" || key !== layerKey(layerId)) return;
      const other = between;
      between = null;
      await other?.();
    };
    await world.patch(`/data-layers/${layerId}`, { name: "Renamed" });
    const log = await world.get("/audit-log");
    const each = log
      .listAt("items")
      .map((_, index) => [log.textAt(`items.${index}.action`), log.textAt(`items.${index}.at`)]);
    const times = each.map(([, at]) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(each.map(([action]) => action)).toEqual([
      "site.created",
      "data_layer.updated",
      "data_layer.created",
      "site.created",
      "data_layer.created",
    ]);
    const [, , , made = ""] = times;
    const since = await world.get(`/audit-log?from=${made}`);
    expect(since.listAt("items")).toHaveLength(4);
    expect((await world.get(`/audit-log?until=${made}`)).listAt("items")).toHaveLength(1);
  });

  it("the audit log is filtered by layer, actor, action and time", async () => {
    const world = new ApiWorld();
    const first = await world.layer({ name: "First" });
    const noon = new Date(world.now).toISOString();
    world.now += HOUR;
    const second = await world.layer({ name: "Second" });
    await world.post(`/data-layers/${first}/webhooks`, { name: "CMS" }, { as: "Developer" });
    const actions = async (query: string) => {
      const answer = await world.get(`/audit-log?${query}`);
      return answer.listAt("items").map((_, index) => answer.at(`items.${index}.action`));
    };
    expect(await actions(`dataLayerId=${second}`)).toEqual(["data_layer.created"]);
    expect(await actions(`dataLayerId=${first}`)).toHaveLength(3);
    expect(await actions("actor=Developer@example.com")).toEqual(["default_webhook.disabled", "webhook.created"]);
    expect(await actions("actor=token:owner")).toEqual(["data_layer.created", "data_layer.created"]);
    expect(await actions(`action=data_layer.created&until=${noon}`)).toEqual(["data_layer.created"]);
    expect(await actions(`from=${noon}`)).toHaveLength(3);
    for (const [query, field] of [
      ["action=nonsense", "action"],
      ["dataLayerId=../x", "dataLayerId"],
      ["from=yesterday", "from"],
      ["layer=x", "layer"],
      ["cursor=!", "cursor"],
      ["limit=101", "limit"],
    ]) {
      const refused = await world.get(`/audit-log?${query}`);
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, field]);
    }
  });

  it("the actor of the filter may be a part of a name or an address, and a text with @ is a whole address", async () => {
    const world = new ApiWorld();
    const layer = await world.layer();
    await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS" }, { as: "Developer" });
    const count = async (actor: string) => (await world.get(`/audit-log?actor=${actor}`)).listAt("items").length;
    expect(await count("owner")).toBe(1);
    expect(await count("DEV")).toBe(2);
    expect(await count("developer@example.com")).toBe(2);
    expect(await count("developer@example")).toBe(0);
    expect(await count("per@example.com")).toBe(0);
    expect(await count("token:own")).toBe(0);
  });

  it("the audit log outlives the layer: what was done to it and who deleted it stays", async () => {
    const world = new ApiWorld();
    const layerId = await world.layer({ name: "Short-lived" });
    await world.delete(`/data-layers/${layerId}`);
    const log = await world.get(`/audit-log?dataLayerId=${layerId}`);
    expect([log.at("items.0.action"), log.at("items.1.action")]).toEqual(["data_layer.deleted", "data_layer.created"]);
    expect(log.at("items.0.detail.before.name")).toBe("Short-lived");
    expect(log.at("items.1.detail.after.name")).toBe("Short-lived");
  });

  it("the log of a layer shows entries that have not reached the archive yet, and each entry once", async () => {
    const world = new ApiWorld();
    const layerId = await world.layer();
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    await world.patch(`/data-layers/${layerId}`, { name: "Renamed" });
    const owed = await world.get(`/audit-log?dataLayerId=${layerId}`);
    expect(owed.at("items.0.action")).toBe("data_layer.updated");
    expect(await world.auditActions()).toEqual(["data_layer.created"]);
    world.store.fault = () => "none";
    await world.patch(`/data-layers/${layerId}`, { name: "Renamed again" });
    expect((await world.get(`/audit-log?dataLayerId=${layerId}`)).listAt("items")).toHaveLength(3);
  });

  it("the audit log says what was before and what is after, and of lists only the items that differ", async () => {
    const world = new ApiWorld();
    const source = (slug: string, path: string) => ({ slug, url: `https://jobs.example.com/${path}` });
    const settings = shownOf(httpSettings, { timeoutSeconds: 900, settleSeconds: 3 });
    const layerId = await world.layer({
      dataSources: [source("blog", "blog"), source("shop", "shop?token=t0ps3cret")],
    });
    await world.patch(`/data-layers/${layerId}?sync=false`, {
      name: "New name",
      dataSources: [source("blog", "blog"), source("shop", "shop?token=an0ther")],
    });
    const log = await world.get("/audit-log");
    expect(log.at("items.0.detail")).toEqual({
      fields: ["name", "dataSources"],
      before: {
        name: "Site content",
        dataSources: [
          {
            slug: "shop",
            name: "shop",
            type: "http",
            url: "jobs.example.com/…cret",
            ...settings,
          },
        ],
      },
      after: {
        name: "New name",
        dataSources: [
          {
            slug: "shop",
            name: "shop",
            type: "http",
            url: "jobs.example.com/…ther",
            ...settings,
          },
        ],
      },
      replaced: ["dataSources.shop.url"],
    });
  });

  it("the audit log names a credential that was replaced and shows nothing of it", async () => {
    const world = new ApiWorld();
    const site = await world.post("/sites", { name: "Web", buildHook: hook("firsthooksecret") });
    const notification = { id: "chat", name: "Chat", events: ["sync.failed"] };
    const layerId = await world.layer({
      notifications: [{ ...notification, url: "https://chat.example.com/firstpath" }],
    });
    await world.patch(`/sites/${site.textAt("id")}`, { buildHook: hook("secondhooksecret"), name: "Website" });
    await world.patch(`/data-layers/${layerId}`, {
      notifications: [{ ...notification, url: "https://chat.example.com/secondpath" }],
    });
    await world.delete(`/sites/${site.textAt("id")}`);
    await world.delete(`/data-layers/${layerId}`);
    const log = await world.get("/audit-log?action=site.updated");
    expect(log.at("items.0.detail")).toEqual({
      fields: ["name", "buildHook"],
      before: { name: "Web" },
      after: { name: "Website" },
      replaced: ["buildHook"],
    });
    const updated = await world.get("/audit-log?action=data_layer.updated");
    expect(updated.at("items.0.detail.replaced")).toEqual(["notifications.chat.url"]);
    const text = JSON.stringify(await world.audit());
    for (const secret of ["cret", "path", "whsec_", "build_hooks"]) expect(text).not.toContain(secret);
  });

  it("the audit log names the fields it leaves out of a change that is too long, so that no entry outgrows its document", async () => {
    const world = new ApiWorld();
    const tags = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(1000, "x"));
    await world.layer({ cachePurge: { tags } });
    const log = await world.get("/audit-log");
    expect(log.at("items.0.detail.omitted")).toEqual(["cachePurge"]);
    expect(log.at("items.0.detail.after.name")).toBe("Site content");
  });

  it("the audit log joins what one request did: the site it created and the layer", async () => {
    const world = new ApiWorld();
    Object.assign(world, { deps: { ...world.deps, requestId: "01REQUEST" } });
    await world.layer({ connectedSites: [{ name: "Web", buildHook: hook("0123456789") }] });
    const log = await world.get("/audit-log");
    expect([log.at("items.0.requestId"), log.at("items.1.requestId")]).toEqual(["01REQUEST", "01REQUEST"]);
  });

  it("the audit log is exported as one JSON document a line, with the same filters", async () => {
    const world = new ApiWorld();
    for (let made = 0; made < 40; made += 1) await world.layer({ name: `Layer ${made}` });
    await world.post("/sites", { name: "Web", buildHook: hook("0123456789") });
    const exported = await world.get("/audit-log/export?action=data_layer.created", { as: "Reviewer" });
    expect(exported.headers.get("content-type")).toContain("application/x-ndjson");
    expect(exported.headers.get("link")).toBeNull();
    const lines = exported.text.trim().split("\n");
    expect(lines).toHaveLength(40);
    const [first = ""] = lines;
    expect(JSON.parse(first)).toEqual((await world.get("/audit-log?action=data_layer.created")).at("items.0"));
    expect((await world.get("/audit-log/export?action=site.deleted")).text).toBe("");
    expect((await world.get("/audit-log/export", { as: null })).status).toBe(401);
  });

  it("a page of rare entries may be short, but its cursor leads to the next one; so does an export's link", async () => {
    const world = new ApiWorld();
    const rare = await world.layer({ name: "Rare" });
    const [template] = await world.audit();
    for (let made = 0; made < 2100; made += 1) {
      world.now += 1;
      const id = world.deps.ids.timeOrdered();
      const entry = { ...Object(template), id, dataLayerId: "another-layer" };
      // As the release before appended them: nothing but the entry tells its layer.
      await world.store.memory.write(undatedKey(AUDIT, id), JSON.stringify(entry), null);
    }
    const pages = await everyPage(world, `dataLayerId=${rare}&limit=20`);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flat()).toHaveLength(1);
    const parts: string[] = [];
    for (let next: string | undefined = `/audit-log/export?dataLayerId=${rare}`; next !== undefined; ) {
      const part = await world.get(next);
      parts.push(part.text);
      next = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(part.headers.get("link") ?? "")?.[1];
    }
    expect(parts.map((text) => text.split("\n").length - 1)).toEqual([0, 0, 0, 0, 1]);
  });

  it("an entry that cannot be read hides no other", async () => {
    const world = new ApiWorld();
    await world.layer();
    const unread = { id: world.deps.ids.timeOrdered(), dataLayerId: null, action: "site.created" };
    await world.store.memory.write(auditKey(unread), "{", null);
    expect((await world.get("/audit-log")).listAt("items")).toHaveLength(1);
    expect(world.facts.some(({ kind }) => kind === "trouble")).toBe(true);
  });

  it("an entry of a neighbouring release may have an action that this release does not know", async () => {
    const world = new ApiWorld();
    await world.layer();
    const [template] = await world.audit();
    const id = world.deps.ids.timeOrdered();
    const entry = { ...Object(template), id, action: "something.invented" };
    await world.store.memory.write(auditKey(entry), JSON.stringify(entry), null);
    expect((await world.get("/audit-log")).at("items.0.action")).toBe("something.invented");
  });

  it("the audit log is kept for its time and then cut by the repair, but never its newest entries", async () => {
    const world = new ApiWorld();
    await world.layer({ name: "Old" });
    world.now += (RETENTION.auditDays - 1) * DAY;
    await aRound(world.deps);
    const newer = await world.layer({ name: "Newer" });
    expect(await world.audit()).toHaveLength(2);
    world.now += 2 * DAY;
    await aRound(world.deps);
    const log = await world.get("/audit-log");
    expect(log.listAt("items").map((_, index) => log.at(`items.${index}.dataLayerId`))).toEqual([newer]);
  });
});
