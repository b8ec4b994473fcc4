import { describe, expect, it } from "vitest";
import { ApiWorld, done } from "../world.ts";

describe("cache tags of a data layer", () => {
  it("cache tags are given, shown to every member, replaced as a whole and removed, each in the audit log by its field", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ cachePurge: { tags: ["posts", "home"], siteId: "a1b2-c3" } });
    const path = `/data-layers/${id}`;
    expect((await world.get(path, { as: "Reviewer" })).at("cachePurge")).toEqual({
      tags: ["posts", "home"],
      siteId: "a1b2-c3",
    });
    expect((await world.patch(path, { name: "Renamed" })).at("cachePurge.tags")).toEqual(["posts", "home"]);
    expect((await world.patch(path, { cachePurge: { tags: ["posts"] } })).at("cachePurge")).toEqual({
      tags: ["posts"],
      siteId: null,
    });
    const entries = (await world.audit()).length;
    await world.patch(path, { cachePurge: { tags: ["posts"] } });
    expect(await world.audit()).toHaveLength(entries);
    expect((await world.patch(path, { cachePurge: null })).at("cachePurge")).toBeNull();
    expect((await world.get(path)).at("cachePurge")).toBeNull();
    const told = JSON.stringify(await world.audit());
    expect(told.match(/"fields":\["cachePurge"\]/g)).toHaveLength(2);
  });

  it("cache tags that Netlify would refuse are refused by their path", async () => {
    const world = new ApiWorld();
    const tags = (count: number) => Array.from({ length: count }, (_, i) => `tag-${i}`);
    const cases: [unknown, string][] = [
      [{ tags: [] }, "cachePurge.tags"],
      [{ tags: tags(11) }, "cachePurge.tags"],
      [{ tags: ["Posts", "posts"] }, "cachePurge.tags"],
      [{ tags: ["a,b"] }, "cachePurge.tags.0"],
      [{ tags: ["  "] }, "cachePurge.tags.0"],
      [{ tags: ["a\nb"] }, "cachePurge.tags.0"],
      [{ tags: ["a\ud800b"] }, "cachePurge.tags.0"],
      [{ tags: ["語"] }, "cachePurge.tags.0"],
      [{ tags: ["x".repeat(1025)] }, "cachePurge.tags.0"],
      [{ tags: ["a"], siteId: "not/an/id" }, "cachePurge.siteId"],
      [{ tags: ["a"], token: "secret" }, "cachePurge.token"],
      [{}, "cachePurge.tags"],
    ];
    for (const [cachePurge, path] of cases) {
      const refused = await world.post("/data-layers", { name: "Fine", cachePurge });
      expect([refused.status, refused.at("errors.0.path")], JSON.stringify(cachePurge)).toEqual([400, path]);
    }
    expect((await world.post("/data-layers", { name: "Fine", cachePurge: { tags: tags(10) } })).status).toBe(201);
    const odd = await world.post("/data-layers", { name: "Fine", cachePurge: { tags: [" Pages of Zoe ", "a/b:c"] } });
    expect(odd.at("cachePurge.tags")).toEqual(["Pages of Zoe", "a/b:c"]);
  });

  it("a sync says what became of its cache tags", async () => {
    const world = new ApiWorld();
    const id = await world.layer({ cachePurge: { tags: ["posts"] } });
    world.job = () => done('{"changed":true}');
    const asked = await world.post(`/data-layers/${id}/syncs`);
    const path = `/data-layers/${id}/syncs/${asked.textAt("syncId")}`;
    expect((await world.get(path)).at("purge")).toBeNull();
    world.purge = () => ({ kind: "failed", error: "the purge was answered 401", again: false });
    await world.work({ kind: "layer", id });
    const sync = await world.get(path);
    expect([sync.at("status"), sync.at("purge")]).toEqual([
      "succeeded",
      { outcome: "failed", tags: 1, error: "the purge was answered 401" },
    ]);
  });
});

describe("the Netlify sites that are called with the team's token", () => {
  const hook = "https://api.netlify.com/build_hooks/of-a-site";
  const connected = async () => {
    const world = new ApiWorld();
    const siteId = (await world.post("/sites", { name: "Web", buildHook: hook, netlifySiteId: "site-of-ours" })).textAt(
      "id",
    );
    const other = await world.post("/sites", { name: "Other", buildHook: hook, netlifySiteId: "site-of-others" });
    const id = await world.layer({ connectedSites: [{ siteId }] });
    const scoped = async (role: string) =>
      (await world.post("/tokens", { name: "Scoped", role, dataLayers: [id] })).textAt("token");
    return { world, path: `/data-layers/${id}`, siteId, otherId: other.textAt("id"), scoped };
  };
  const purging = (siteId: string) => ({ cachePurge: { tags: ["posts"], siteId } });

  it("a layer purges a site it is connected to for any writer, another one for an Owner of all layers alone", async () => {
    const { world, path, scoped } = await connected();
    const [developer, owner] = [await scoped("Developer"), await scoped("Owner")];
    for (const by of [{ as: "Developer" }, { token: developer }, { token: owner }] as const) {
      expect((await world.patch(path, purging("site-of-ours"), by)).at("cachePurge.siteId")).toBe("site-of-ours");
      await world.patch(path, { cachePurge: null }, by);
    }
    for (const [by, code] of [
      [{ as: "Developer" }, "FORBIDDEN"],
      [{ token: developer }, "FORBIDDEN"],
      [{ token: owner }, "TOKEN_SCOPED"],
    ] as const) {
      for (const siteId of ["site-of-others", "site-of-nobody"]) {
        const refused = await world.patch(path, purging(siteId), by);
        expect([refused.status, refused.at("code")], JSON.stringify(by)).toEqual([403, code]);
      }
    }
    const made = await world.post("/data-layers", { name: "New", ...purging("site-of-others") }, { as: "Developer" });
    expect([made.status, made.at("code")]).toEqual([403, "FORBIDDEN"]);
    expect((await world.get(path)).at("cachePurge")).toBeNull();
    expect((await world.patch(path, purging("site-of-others"))).status).toBe(200);
  });

  it("a Developer connects a site and names it for the purge in one change, also in a new layer", async () => {
    const { world, path, otherId } = await connected();
    const change = { connectedSites: [{ siteId: otherId }], ...purging("site-of-others") };
    expect((await world.patch(path, change, { as: "Developer" })).status).toBe(200);
    expect((await world.post("/data-layers", { name: "New", ...change }, { as: "Developer" })).status).toBe(201);
    const leaving = { connectedSites: [], ...purging("site-of-ours") };
    expect((await world.patch(path, leaving, { as: "Developer" })).status).toBe(403);
  });

  it("a Netlify site id that an Owner set stays when a Developer sends it again, and a Developer may clear it", async () => {
    const { world, path, siteId } = await connected();
    await world.patch(path, purging("site-of-nobody"));
    const by = { as: "Developer" } as const;
    const tags = { cachePurge: { tags: ["posts", "home"], siteId: "site-of-nobody" } };
    expect((await world.patch(path, tags, by)).at("cachePurge.tags")).toEqual(["posts", "home"]);
    expect((await world.patch(path, { cachePurge: { tags: ["posts"] } }, by)).at("cachePurge.siteId")).toBeNull();
    const site = `/sites/${siteId}`;
    const kept = await world.patch(site, { name: "Renamed", netlifySiteId: "site-of-ours" }, by);
    expect(kept.at("netlifySiteId")).toBe("site-of-ours");
    expect((await world.patch(site, { netlifySiteId: null }, by)).at("netlifySiteId")).toBeNull();
  });

  it("only an Owner gives a site its id at Netlify", async () => {
    const { world, siteId } = await connected();
    const by = { as: "Developer" } as const;
    const changed = await world.patch(`/sites/${siteId}`, { name: "Taken", netlifySiteId: "site-of-others" }, by);
    const made = await world.post("/sites", { name: "New", buildHook: hook, netlifySiteId: "site-of-others" }, by);
    for (const refused of [changed, made]) expect([refused.status, refused.at("code")]).toEqual([403, "FORBIDDEN"]);
    expect((await world.get(`/sites/${siteId}`)).at("name")).toBe("Web");
    expect((await world.post("/sites", { name: "New", buildHook: hook, netlifySiteId: null }, by)).status).toBe(201);
  });
});
