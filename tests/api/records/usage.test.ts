import { describe, expect, it } from "vitest";
import { publish } from "../../../src/app/receive/publish.ts";
import { drain } from "../../../src/app/repair/drain.ts";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import { ApiWorld, done } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

const click = async (world: ApiWorld, layerId: string): Promise<void> => {
  const selectors = { header: null, query: null, alias: null };
  await publish(world.deps, { layerId, webhookId: null, selectors, body: null, receivedAt: world.now });
};

/** Two layers that feed one site: one has changes, the other says that nothing has changed. */
const lived = async () => {
  const world = new ApiWorld();
  const site = await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } });
  const siteId = site.textAt("id");
  const first = await world.layer({ name: "First", connectedSites: [{ siteId }] });
  const second = await world.layer({ name: "Second", connectedSites: [{ siteId }] });
  for (const layerId of [first, first, second]) {
    world.now += 5000;
    world.job = () => done(JSON.stringify({ changed: layerId === first }));
    await click(world, layerId);
    await world.work({ kind: "layer", id: layerId });
  }
  return { world, siteId, first, second };
};

/** Deliveries, all of them on the first of the month. */
const byDay = (deliveries: number) => ({ deliveries, deliveriesByDay: [deliveries] });
const none = { count: 0, p50Seconds: null, p95Seconds: null, histogram: [] };

describe("usage", () => {
  it("usage says what was done in the month, by layer and by site, and about what it costs", async () => {
    const { world, siteId, first, second } = await lived();
    const usage = await world.get("/usage", { as: "Reviewer" });
    expect(usage.status).toBe(200);
    expect([usage.at("month"), usage.at("from"), usage.at("until")]).toEqual([
      "2026-01",
      "2026-01-01T00:00:00.000Z",
      "2026-02-01T00:00:00.000Z",
    ]);
    expect(usage.at("dataLayers")).toEqual([
      { dataLayerId: second, name: "Second", ...byDay(1), syncs: 1, unchangedSyncs: 1, publishToLive: none },
      { dataLayerId: first, name: "First", ...byDay(2), syncs: 2, unchangedSyncs: 0, publishToLive: none },
    ]);
    expect([usage.at("deliveries"), usage.at("syncs"), usage.at("unchangedSyncs")]).toEqual([3, 3, 1]);
    expect([usage.at("builds"), usage.at("buildsAvoided")]).toEqual([2, 0]);
    expect(usage.at("sites")).toEqual([
      {
        siteId,
        name: "Web",
        asked: 2,
        builds: 2,
        buildsByDay: [2],
        buildsAvoided: 0,
        creditsSaved: 0,
        estimatedCredits: 30,
      },
    ]);
    expect([usage.at("deliveriesByDay"), usage.at("buildsByDay"), usage.at("publishToLive")]).toEqual([[3], [2], none]);
    expect(usage.at("estimatedCredits.builds")).toBe(30);
    expect(Number(usage.at("estimatedCredits.running"))).toBeGreaterThan(0);
    expect(usage.at("complete")).toBe(true);
    expect(usage.at("plan")).toEqual({ credits: 300, isKnown: false });
    expect(usage.at("forecast.text")).toMatch(/^At this pace the month costs about \d+ (?:of 300 )?credits\./);
    world.now += 31 * DAY;
    expect((await world.get("/usage?month=2026-01")).at("forecast")).toBeNull();
  });

  it("usage says how many builds a build saved that served several clicks", async () => {
    const world = new ApiWorld();
    const site = await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "saver" } });
    const layerId = await world.layer({ dataSources: [], connectedSites: [{ siteId: site.textAt("id") }] });
    for (let clicks = 0; clicks < 4; clicks += 1) {
      await click(world, layerId);
      await world.work({ kind: "layer", id: layerId });
      world.now += 10_000;
    }
    world.now += HOUR;
    await world.work({ kind: "site", id: site.textAt("id") });
    const usage = await world.get("/usage");
    expect([usage.at("builds"), usage.at("buildsAvoided"), usage.at("sites.0.asked")]).toEqual([1, 3, 4]);
    expect([usage.at("creditsSaved"), usage.at("sites.0.creditsSaved")]).toEqual([45, 45]);
  });

  it("usage counts each publish for each site that it asks for, also where one sync serves several", async () => {
    const world = new ApiWorld();
    const sites = [
      await world.post("/sites", { name: "One", buildHook }),
      await world.post("/sites", { name: "Two", buildHook }),
    ];
    const siteIds = sites.map((site) => site.textAt("id"));
    const layerId = await world.layer({ dataSources: [], connectedSites: siteIds.map((siteId) => ({ siteId })) });
    for (let clicks = 0; clicks < 5; clicks += 1) {
      await click(world, layerId);
      world.now += 2000;
    }
    await world.work({ kind: "layer", id: layerId });
    expect((await world.get("/usage")).at("creditsSaved")).toBe(0);
    world.now += HOUR;
    for (const id of siteIds) await world.work({ kind: "site", id });
    const usage = await world.get("/usage");
    expect([usage.at("builds"), usage.at("buildsAvoided"), usage.at("creditsSaved")]).toEqual([2, 8, 120]);
  });

  it("the builds saved in the month of an update are the sum of the sites', whichever release counted them", async () => {
    const world = new ApiWorld();
    const ids: string[] = [];
    for (const name of ["Updated", "At rest"]) {
      const site = await world.post("/sites", { name, buildHook, pacing: { preset: "instant" } });
      const id = site.textAt("id");
      ids.push(id);
      const found = await world.deps.store.read(siteKey(id));
      const document = JSON.parse(found?.text ?? "");
      const slot = { ...document.slot, usage: { "2026-01": { asked: 170, coalesced: 120, builds: 50 } } };
      await world.deps.store.write(siteKey(id), JSON.stringify({ ...document, slot }), found?.etag ?? null);
    }
    const avoided = async () => {
      const usage = await world.get("/usage");
      return [usage.at("buildsAvoided"), usage.at("sites.0.buildsAvoided"), usage.at("sites.1.buildsAvoided")];
    };
    expect(await avoided()).toEqual([240, 120, 120]);
    const layerId = await world.layer({ dataSources: [], connectedSites: [{ siteId: ids[0] }] });
    for (let clicks = 0; clicks < 3; clicks += 1) await click(world, layerId);
    world.now += 5000;
    await world.work({ kind: "layer", id: layerId });
    world.now += HOUR;
    await world.work({ kind: "site", id: ids[0] ?? "" });
    expect(await avoided()).toEqual([240, 120, 120]);
  });

  it("usage costs no write: counts are part of writes that happen anyway, and reading them is reading", async () => {
    const { world } = await lived();
    const before = await world.dump();
    await world.get("/usage");
    expect(await world.dump()).toBe(before);
  });

  it("usage of deleted layers and sites is not forgotten, also when their last trace is gone", async () => {
    const { world, siteId, first } = await lived();
    const before = await world.get("/usage");
    await world.delete(`/sites/${siteId}?disconnect=true`);
    await world.delete(`/data-layers/${first}`);
    const deleted = await world.get("/usage");
    expect([deleted.at("deliveries"), deleted.at("builds")]).toEqual([before.at("deliveries"), before.at("builds")]);
    expect([deleted.at("sites.0.name"), deleted.at("dataLayers.1.name")]).toEqual([null, null]);
    world.now += DAY + MINUTE;
    await drain(world.deps);
    const later = await world.get("/usage");
    expect(later.at("sites")).toEqual([]);
    expect(["deliveries", "builds", "buildsAvoided"].map((field) => later.at(field))).toEqual(
      ["deliveries", "builds", "buildsAvoided"].map((field) => before.at(field)),
    );
  });

  it("usage counts the ticks of the repair among the costs of Layerhook itself", async () => {
    const world = new ApiWorld();
    expect((await world.get("/usage")).at("estimatedCredits.running")).toBe(0);
    for (let tick = 0; tick < 10; tick += 1) await drain(world.deps);
    expect((await world.get("/usage")).at("estimatedCredits.running")).toBeCloseTo(0.0103, 4);
  });

  it("usage is kept month by month, for thirteen months", async () => {
    const { world } = await lived();
    world.now = Date.UTC(2026, 1, 2);
    expect((await world.get("/usage")).at("deliveries")).toBe(0);
    expect((await world.get("/usage?month=2026-01")).at("deliveries")).toBe(3);
    expect((await world.get("/usage?month=2025-02")).status).toBe(200);
    for (const month of ["2025-01", "2026-03", "2026-13", "2026", "nonsense", ""]) {
      const refused = await world.get(`/usage?month=${month}`);
      expect([refused.status, refused.at("errors.0.path")], month).toEqual([400, "month"]);
    }
    expect((await world.get("/usage?month=2025-01")).textAt("detail")).toContain("from 2025-02 to 2026-02");
    const stray = await world.get("/usage?year=2026");
    expect([stray.status, stray.at("errors.0.path")]).toEqual([400, "year"]);
  });

  it("usage with a document that cannot be read says that something is missing", async () => {
    const { world, first } = await lived();
    const found = await world.store.memory.read(layerKey(first));
    await world.store.memory.write(layerKey(first), "{}", found?.etag ?? null);
    const usage = await world.get("/usage");
    expect([usage.status, usage.at("complete"), usage.at("deliveries")]).toEqual([200, false, 1]);
  });

  it("usage keeps its ETag while only the repair ticks, until its ticks have come to a credit", async () => {
    const { world, first } = await lived();
    await drain(world.deps);
    const told = await world.get("/usage");
    const again = (etag: string | null) => world.get("/usage", { headers: { "if-none-match": etag ?? "" } });
    for (let tick = 0; tick < 10; tick += 1) await drain(world.deps);
    expect((await again(told.headers.get("etag"))).status).toBe(304);
    await click(world, first);
    const clicked = await again(told.headers.get("etag"));
    expect([clicked.status, clicked.at("deliveries")]).toEqual([200, 4]);
    for (let tick = 0; tick < 1000; tick += 1) await drain(world.deps);
    expect((await again(clicked.headers.get("etag"))).status).toBe(200);
  });

  it("a build of another service is counted, and costs no credits", async () => {
    const world = new ApiWorld();
    const other = { name: "Docs", buildHook: "https://ci.example.com/build/1", kind: "other" };
    const made = await world.post("/sites", { ...other, pacing: { preset: "instant" } });
    const id = await world.layer({ connectedSites: [{ siteId: made.textAt("id") }] });
    world.now += 5000;
    await click(world, id);
    await world.work({ kind: "layer", id });
    const usage = await world.get("/usage");
    expect([usage.at("builds"), usage.at("estimatedCredits.builds")]).toEqual([1, 0]);
    expect(usage.at("sites.0")).toMatchObject({ builds: 1, estimatedCredits: 0, creditsSaved: 0 });
    expect(usage.at("estimatedCredits.total")).toBe(usage.at("estimatedCredits.running"));
    expect(Number(usage.at("forecast.credits"))).toBeLessThan(15);
  });

  it("what a build cost stays when its site gets another kind of build hook, is deleted, and is forgotten", async () => {
    const world = new ApiWorld();
    const elsewhere = { buildHook: "https://ci.example.com/build/1", kind: "other" };
    const made = await world.post("/sites", { name: "Docs", ...elsewhere, pacing: { preset: "instant" } });
    const siteId = made.textAt("id");
    const layerId = await world.layer({ dataSources: [], connectedSites: [{ siteId }] });
    const builds = async () => {
      for (let clicks = 0; clicks < 3; clicks += 1) {
        await click(world, layerId);
        world.now += 2000;
      }
      await world.work({ kind: "layer", id: layerId });
      world.now += HOUR;
      await world.work({ kind: "site", id: siteId });
    };
    const costs = async () => {
      const usage = await world.get("/usage");
      const forecast = Number(usage.at("forecast.credits")) > 100;
      return [usage.at("builds"), usage.at("estimatedCredits.builds"), usage.at("creditsSaved"), forecast];
    };
    await builds();
    await builds();
    expect(await costs()).toEqual([2, 0, 0, false]);
    await world.patch(`/sites/${siteId}`, { buildHook });
    expect(await costs()).toEqual([2, 0, 0, false]);
    await builds();
    const spent = [3, 15, 30, true];
    expect(await costs()).toEqual(spent);
    await world.patch(`/sites/${siteId}`, elsewhere);
    expect(await costs()).toEqual(spent);
    expect((await world.get("/usage")).at("sites.0")).toMatchObject({
      builds: 3,
      estimatedCredits: 15,
      creditsSaved: 30,
    });
    await world.delete(`/sites/${siteId}?disconnect=true`);
    expect(await costs()).toEqual(spent);
    world.now += DAY + MINUTE;
    await drain(world.deps);
    expect((await world.get("/usage")).at("sites")).toEqual([]);
    expect(await costs()).toEqual(spent);
  });

  it("a plan that is used up was so on the day of its builds, whichever days had none", async () => {
    const { world } = await lived();
    const said = async () => (await world.get("/usage")).at("forecast.text");
    world.now = Date.UTC(2026, 0, 30, 18);
    expect(await said()).toMatch(/^At this pace the month costs about 3\d of 300 credits\.$/);
    await world.call("PUT", "/plan", { body: { plan: 20 } });
    expect(await said()).toContain("The plan's 20 were used up on 2026-01-01.");
  });
});
