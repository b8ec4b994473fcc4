import { describe, expect, it } from "vitest";
import { siteKey } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

const imported = (world: ApiWorld, sites: readonly object[]) =>
  world.call("PUT", "/import", { body: { schemaVersion: 1, sites, dataLayers: [] } });

describe("sites", () => {
  it("sites are created, read, changed and deleted", async () => {
    const world = new ApiWorld();
    const made = await world.post("/sites", { name: "Web", buildHook });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/v1/sites/${made.textAt("id")}`);
    expect(made.at("build")).toMatchObject({
      status: "idle",
      stage: null,
      running: null,
      pending: null,
      retrying: null,
    });
    expect(made.at("build.reason")).toBe("Nothing was built yet.");
    const path = `/sites/${made.textAt("id")}`;
    const renamed = await world.patch(path, { name: "Website" });
    expect([renamed.at("name"), renamed.at("buildHook")]).toEqual(["Website", "api.netlify.com/…cdef"]);
    const moved = await world.patch(path, { buildHook: "https://api.netlify.com/build_hooks/9999" });
    expect(moved.at("buildHook")).toBe("api.netlify.com/…9999");
    expect((await world.delete(path)).status).toBe(204);
    for (const answer of [await world.get(path), await world.patch(path, {}), await world.delete(path)]) {
      expect([answer.status, answer.at("code")]).toEqual([404, "SITE_NOT_FOUND"]);
    }
    expect((await world.get("/sites")).at("items")).toEqual([]);
    const actions = await world.auditActions();
    expect(actions).toEqual(["site.created", "site.updated", "site.updated", "site.deleted"]);
  });

  it("a change that names an older version is refused", async () => {
    const world = new ApiWorld();
    const made = await world.post("/sites", { name: "Web", buildHook });
    const path = `/sites/${made.textAt("id")}`;
    const etag = (await world.get(path)).headers.get("etag") ?? "";
    expect(made.headers.get("etag")).toBe(etag);
    world.now += 1000;
    expect((await world.patch(path, { name: "A" }, { headers: { "if-match": etag } })).status).toBe(200);
    expect((await world.patch(path, { name: "B" }, { headers: { "if-match": etag } })).status).toBe(412);
  });

  it("a build hook that holds … is refused, wherever it is given", async () => {
    const world = new ApiWorld();
    const placeholder = "https://api.netlify.com/build_hooks/…";
    const site = await world.post("/sites", { name: "Web", buildHook });
    const connectedSites = [{ name: "Web", buildHook: placeholder }];
    for (const refused of [
      await world.post("/sites", { name: "Web", buildHook: placeholder }),
      await world.patch(`/sites/${site.textAt("id")}`, { buildHook: "https://api.netlify.com/…cdef" }),
      await world.post("/data-layers", { name: "Blog", connectedSites }),
    ]) {
      expect([refused.status, refused.at("code")]).toEqual([400, "INVALID_INPUT"]);
      expect(JSON.stringify(refused.at("errors"))).toContain("give the whole URL");
    }
  });

  it("a build hook that may not be called is refused", async () => {
    const world = new ApiWorld();
    for (const hook of [
      "http://api.netlify.com/x",
      "https://localhost/x",
      "https://169.254.169.254/",
      "nonsense",
      5,
      null,
    ]) {
      const refused = await world.post("/sites", { name: "Web", buildHook: hook });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "buildHook"]);
    }
  });

  it("a build hook of another shape than Netlify's is taken as kind other alone, wherever it is given", async () => {
    const world = new ApiWorld();
    const other = "https://ci.example.com/build/secret-of-the-hook";
    const site = await world.post("/sites", { name: "Web", buildHook });
    const path = `/sites/${site.textAt("id")}`;
    expect(site.at("kind")).toBe("netlify");
    const sites = [{ id: "elsewhere", name: "Elsewhere", buildHook: other }];
    for (const [refused, at] of [
      [await world.post("/sites", { name: "Web", buildHook: other }), "buildHook"],
      [await world.post("/sites", { name: "Web", buildHook: other, kind: "netlify" }), "buildHook"],
      [await world.post("/sites", { name: "Web", buildHook: "https://api.netlify.com/hooks/x" }), "buildHook"],
      [await world.patch(path, { buildHook: other }), "buildHook"],
      [
        await world.post("/data-layers", { name: "A", connectedSites: [{ name: "Web", buildHook: other }] }),
        "connectedSites.0.buildHook",
      ],
      [await imported(world, sites), "sites.0.buildHook"],
    ] as const) {
      expect([refused.status, refused.at("code"), refused.at("errors.0.path")]).toEqual([400, "INVALID_INPUT", at]);
      expect(refused.textAt("errors.0.message")).toMatch(
        /^must be a build hook of Netlify, https:\/\/api\.netlify\.com\/build_hooks\/<id>; this URL (is at ci\.example\.com|has another path)\. .*kind "other"/,
      );
      expect(refused.text).not.toContain("secret-of-the-hook");
    }
    const taken = await world.post("/sites", { name: "Web", buildHook: other, kind: "other" });
    for (const mistaken of [
      await world.post("/sites", { name: "Web", buildHook, kind: "other" }),
      await world.patch(path, { buildHook, kind: "other" }),
    ]) {
      expect([mistaken.status, mistaken.at("errors.0.path")]).toEqual([400, "buildHook"]);
      expect(mistaken.textAt("errors.0.message")).toContain('its kind cannot be "other"');
    }
    expect([taken.status, taken.at("kind")]).toEqual([201, "other"]);
    const connected = [{ name: "Of a layer", buildHook: other, kind: "other" }];
    expect((await world.post("/data-layers", { name: "A", connectedSites: connected })).status).toBe(201);
    expect((await world.patch(path, { buildHook: other, kind: "other" })).at("kind")).toBe("other");
    expect((await imported(world, [{ ...sites[0], kind: "other" }])).status).toBe(200);
    expect((await world.get("/export")).at("sites")).toContainEqual(
      expect.objectContaining({ id: "elsewhere", kind: "other" }),
    );
  });

  it("a site of kind other takes another such URL without its kind, and becomes netlify with a Netlify build hook", async () => {
    const world = new ApiWorld();
    const site = await world.post("/sites", { name: "Web", buildHook: "https://ci.example.com/1", kind: "other" });
    const path = `/sites/${site.textAt("id")}`;
    expect((await world.patch(path, { buildHook: "https://ci.example.com/2" })).at("kind")).toBe("other");
    for (const refused of [
      await world.patch(path, { kind: "netlify" }),
      await world.patch(path, { kind: "netlify", buildHook: "https://ci.example.com/2" }),
    ]) {
      expect([refused.status, refused.at("code")]).toEqual([400, "INVALID_INPUT"]);
    }
    expect((await world.patch(path, { buildHook })).at("kind")).toBe("netlify");
    expect((await world.get("/audit-log")).at("items.0.detail")).toMatchObject({
      before: { kind: "other" },
      after: { kind: "netlify" },
      replaced: ["buildHook"],
    });
  });

  it("a site of the release before has the kind that its hint tells, and keeps it", async () => {
    const world = new ApiWorld();
    for (const [url, kind] of [
      [buildHook, "netlify"],
      ["https://ci.example.com/1", "other"],
    ] as const) {
      const site = await world.post("/sites", { name: "Web", buildHook: url, kind });
      const path = `/sites/${site.textAt("id")}`;
      const stored = await world.store.memory.read(siteKey(site.textAt("id")));
      const { buildHookKind, ...before } = JSON.parse(stored?.text ?? "");
      expect(buildHookKind).toBe(kind);
      await world.store.memory.write(siteKey(site.textAt("id")), JSON.stringify(before), stored?.etag ?? null);
      expect((await world.get(path)).at("kind")).toBe(kind);
      const renamed = await world.patch(path, { name: "Website" });
      expect([renamed.status, renamed.at("kind")]).toEqual([200, kind]);
      // To name the kind that is shown changes nothing.
      const named = await world.patch(path, { kind });
      expect([named.at("kind"), named.headers.get("etag")]).toEqual([kind, renamed.headers.get("etag")]);
    }
  });

  it("sites show what they build and for whom, from the request to the end", async () => {
    const world = new ApiWorld();
    const pacing = { preset: "instant" };
    const siteId = (await world.post("/sites", { name: "Web", buildHook, pacing })).textAt("id");
    const layerId = await world.layer({ connectedSites: [{ siteId }] });
    const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
    await world.work({ kind: "layer", id: layerId });
    await world.work({ kind: "site", id: siteId });
    const sync = await world.get(`/data-layers/${layerId}/syncs/${syncId}`);
    const buildId = sync.textAt("sites.0.buildId");
    expect(sync.at("sites.0")).toMatchObject({ siteId, name: "Web", buildId, outcome: "queued", error: null });
    const build = await world.get(`/sites/${siteId}/builds/${buildId}`);
    expect(build.at("")).toMatchObject({
      id: buildId,
      status: "succeeded",
      requests: 1,
      causes: [{ dataLayerId: layerId, name: "Site content", syncId, again: false }],
    });
    expect((await world.get(`/sites/${siteId}/builds`)).at("items.0.id")).toBe(buildId);
    expect((await world.get(`/sites/${siteId}/builds/${syncId}`)).at("code")).toBe("BUILD_NOT_FOUND");
  });
});

describe("the pacing of a site", () => {
  const standard = {
    preset: "standard",
    quietSeconds: 140,
    maxWaitSeconds: 600,
    minIntervalSeconds: 0,
    dailyBuilds: null,
    monthlyBuilds: null,
    adapts: true,
  };

  it("a site's pacing is standard by default, and otherwise a preset or numbers of one's own", async () => {
    const world = new ApiWorld();
    const made = await world.post("/sites", { name: "Web", buildHook });
    expect(made.at("pacing")).toEqual(standard);
    const path = `/sites/${made.textAt("id")}`;
    const saver = await world.patch(path, { pacing: { preset: "saver" } });
    expect(saver.at("pacing")).toEqual({
      preset: "saver",
      quietSeconds: 120,
      maxWaitSeconds: 900,
      minIntervalSeconds: 3600,
      dailyBuilds: null,
      monthlyBuilds: 18,
      adapts: false,
    });
    const own = await world.patch(path, { pacing: { preset: "saver", monthlyBuilds: 20, dailyBuilds: 2 } });
    expect(own.at("pacing")).toMatchObject({ preset: null, quietSeconds: 120, dailyBuilds: 2, monthlyBuilds: 20 });
    expect((await world.patch(path, { name: "Website" })).at("pacing.dailyBuilds")).toBe(2);
    expect((await world.patch(path, { pacing: {} })).at("pacing")).toEqual(standard);
    const layer = await world.post("/data-layers", {
      name: "Blog",
      connectedSites: [{ name: "Other", buildHook, pacing: { preset: "instant" } }],
    });
    const [, other] = [layer, await world.get(`/sites/${layer.textAt("connectedSites.0.siteId")}`)];
    expect(other.at("pacing.preset")).toBe("instant");
  });

  it.each([
    [{ preset: "thrifty" }, "pacing.preset"],
    [{ quietSeconds: -1 }, "pacing.quietSeconds"],
    [{ quietSeconds: 1.5 }, "pacing.quietSeconds"],
    [{ quietSeconds: 601 }, "pacing.maxWaitSeconds"],
    [{ dailyBuilds: 0 }, "pacing.dailyBuilds"],
    [{ monthlyBuilds: "18" }, "pacing.monthlyBuilds"],
    [{ dailyBuilds: 5, monthlyBuilds: 4 }, "pacing.dailyBuilds"],
    [{ preset: "saver", dailyBuilds: 19 }, "pacing.dailyBuilds"],
    [{ budget: 3 }, "pacing.budget"],
  ])("a site's pacing is refused with the field that is wrong: %j", async (pacing, path) => {
    const world = new ApiWorld();
    const refused = await world.post("/sites", { name: "Web", buildHook, pacing });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });

  it("an import takes a day's budget above the month's, because an earlier release stored and exported it", async () => {
    const world = new ApiWorld();
    const pacing = { preset: "saver", dailyBuilds: 20 };
    expect((await imported(world, [{ id: "site-of-a-file", name: "Web", buildHook, pacing }])).status).toBe(200);
    const sites = await world.get("/sites");
    expect(sites.at("items.0.pacing")).toMatchObject({ dailyBuilds: 20, monthlyBuilds: 18 });
    expect((await world.patch(`/sites/${sites.textAt("items.0.id")}`, { pacing })).status).toBe(400);
  });

  it("a build that waits says for what and until when, and a person may let it go", async () => {
    const world = new ApiWorld();
    const pacing = { quietSeconds: 600, maxWaitSeconds: 3600 };
    const siteId = (await world.post("/sites", { name: "Web", buildHook, pacing })).textAt("id");
    const layerId = await world.layer({ connectedSites: [{ siteId }] });
    await world.post(`/data-layers/${layerId}/syncs`);
    await world.work({ kind: "layer", id: layerId });
    const asked = world.now;
    const waits = (await world.get(`/sites/${siteId}`)).at("build.pending");
    expect(waits).toMatchObject({ status: "pending", waitingFor: "quiet" });
    const until = (await world.get(`/sites/${siteId}`)).textAt("build.pending.waitingUntil");
    expect(Math.abs(Date.parse(until) - asked - 600_000)).toBeLessThan(10_000);
    await world.work({ kind: "site", id: siteId });
    expect(await world.get(`/sites/${siteId}`)).toSatisfy((site) => site.at("build.status") === "pending");

    const released = await world.post(`/sites/${siteId}/builds`);
    expect([released.status, released.at("waitingFor")]).toEqual([202, null]);
    expect(released.headers.get("location")).toBe(`/api/v1/sites/${siteId}/builds/${released.textAt("id")}`);
    await world.work({ kind: "site", id: siteId });
    const built = await world.get(`/sites/${siteId}/builds/${released.textAt("id")}`);
    expect(built.at("")).toMatchObject({ status: "succeeded", waitingFor: null, trigger: { type: "manual" } });
    expect(built.at("causes.0.dataLayerId")).toBe(layerId);
    expect(await world.auditActions()).toContain("build.requested");
  });

  it("a site is built by hand without anybody having asked, by those who may change it", async () => {
    const world = new ApiWorld();
    const siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
    expect((await world.post(`/sites/${siteId}/builds`, undefined, { as: "Reviewer" })).status).toBe(403);
    const asked = await world.post(`/sites/${siteId}/builds`);
    await world.work({ kind: "site", id: siteId });
    expect((await world.get(`/sites/${siteId}/builds/${asked.textAt("id")}`)).at("status")).toBe("succeeded");
    expect((await world.post("/sites/no-such-site/builds")).at("code")).toBe("SITE_NOT_FOUND");
  });
});
