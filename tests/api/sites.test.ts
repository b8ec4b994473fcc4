import { describe, expect, it } from "vitest";
import { ApiWorld } from "./world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

describe("sites", () => {
  it("are made, read, changed and deleted", async () => {
    const world = new ApiWorld();
    const made = await world.post("/sites", { name: "Web", buildHook });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/v1/sites/${made.textAt("id")}`);
    expect(made.at("build")).toEqual({ status: "idle", running: null, pending: null });
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

  it("show what they build and for whom, from the asking to the end", async () => {
    const world = new ApiWorld();
    const siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
    const layerId = await world.layer({ connectedSites: [{ siteId }] });
    const syncId = (await world.post(`/data-layers/${layerId}/syncs`)).textAt("syncId");
    await world.work({ kind: "layer", id: layerId });
    await world.work({ kind: "site", id: siteId });
    const sync = await world.get(`/data-layers/${layerId}/syncs/${syncId}`);
    const buildId = sync.textAt("sites.0.buildId");
    expect(sync.at("sites.0")).toEqual({ siteId, name: "Web", buildId, outcome: "queued" });
    const build = await world.get(`/sites/${siteId}/builds/${buildId}`);
    expect(build.at("")).toMatchObject({
      id: buildId,
      status: "succeeded",
      requests: 1,
      causes: [{ dataLayerId: layerId, name: "Site content", syncId }],
    });
    expect((await world.get(`/sites/${siteId}/builds`)).at("items.0.id")).toBe(buildId);
    expect((await world.get(`/sites/${siteId}/builds/${syncId}`)).at("code")).toBe("BUILD_NOT_FOUND");
  });
});
