import { describe, expect, it } from "vitest";
import { ApiWorld, done } from "./world.ts";

describe("cache tags of a data layer", () => {
  it("are given, shown to every member, replaced as a whole and taken away, each in the audit log by its field", async () => {
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

  it("what Netlify would not take is refused by its path", async () => {
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

  it("a sync says what became of them", async () => {
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
