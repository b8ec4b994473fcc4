import { describe, expect, it } from "vitest";
import { ApiWorld } from "../world.ts";

const namesOn = (page: Awaited<ReturnType<ApiWorld["get"]>>): unknown[] =>
  page.listAt("items").map((_, i) => page.at(`items.${i}.name`));

describe("lists, page by page", () => {
  it("layers come newest first; a layer created or deleted between two pages neither doubles nor hides another", async () => {
    const world = new ApiWorld();
    const ids: string[] = [];
    for (let i = 0; i < 8; i += 1) ids.push(await world.layer({ name: `Layer ${i}` }));
    const first = await world.get("/data-layers?limit=3");
    expect(namesOn(first)).toEqual(["Layer 7", "Layer 6", "Layer 5"]);
    await world.layer({ name: "Newer" });
    await world.delete(`/data-layers/${ids[3] ?? ""}`);
    await world.delete(`/data-layers/${ids[5] ?? ""}`);
    const second = await world.get(`/data-layers?limit=3&cursor=${first.textAt("nextCursor")}`);
    const third = await world.get(`/data-layers?limit=3&cursor=${second.textAt("nextCursor")}`);
    expect([...namesOn(second), ...namesOn(third)]).toEqual(["Layer 4", "Layer 2", "Layer 1", "Layer 0"]);
    expect(third.at("nextCursor")).toBe(null);
  });

  it("a page is full if there is enough to show, however many were deleted", async () => {
    const world = new ApiWorld();
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      const made = await world.post("/sites", {
        name: `Site ${i}`,
        buildHook: "https://api.netlify.com/build_hooks/of-a-site",
      });
      ids.push(made.textAt("id"));
    }
    for (const id of ids.slice(4)) await world.delete(`/sites/${id}`);
    const page = await world.get("/sites?limit=3");
    expect(namesOn(page)).toEqual(["Site 3", "Site 2", "Site 1"]);
    const rest = await world.get(`/sites?limit=3&cursor=${page.textAt("nextCursor")}`);
    expect([namesOn(rest), rest.at("nextCursor")]).toEqual([["Site 0"], null]);
  });

  it("a page is twenty unless asked otherwise, and costs the reading of one page", async () => {
    const world = new ApiWorld();
    for (let i = 0; i < 30; i += 1)
      await world.post("/sites", { name: `Site ${i}`, buildHook: "https://api.netlify.com/build_hooks/of-a-site" });
    const { reads } = world.store.counts;
    const page = await world.get("/sites");
    expect(page.listAt("items")).toHaveLength(20);
    expect(world.store.counts.reads - reads).toBe(20);
    expect((await world.get("/sites?limit=50")).at("nextCursor")).toBe(null);
  });

  it("a page of a hundred, the largest, is read a few items at a time, and an empty limit or cursor is none", async () => {
    const world = new ApiWorld();
    for (let i = 0; i < 101; i += 1)
      await world.post("/sites", { name: `Site ${i}`, buildHook: "https://api.netlify.com/build_hooks/of-a-site" });
    let [reading, most] = [0, 0];
    world.store.before = async (op) => {
      if (op !== "read") return;
      reading += 1;
      most = Math.max(most, reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
    };
    const { reads } = world.store.counts;
    const page = await world.get("/sites?limit=100&cursor=");
    expect([page.listAt("items").length, world.store.counts.reads - reads]).toEqual([100, 100]);
    expect(most).toBeLessThanOrEqual(50);
    expect(namesOn(await world.get(`/sites?limit=&cursor=${page.textAt("nextCursor")}`))).toEqual(["Site 0"]);
    expect((await world.get("/sites?limit=")).listAt("items")).toHaveLength(20);
  });

  it("a limit or a cursor that no list gave is refused", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const queries = [
      "limit=0",
      "limit=101",
      "limit=010",
      "limit=-1",
      "limit=1e1",
      "limit=x",
      "cursor=../x",
      "cursor=%00",
    ];
    for (const path of ["/data-layers", "/sites", `/data-layers/${id}/webhooks`, `/data-layers/${id}/syncs`]) {
      for (const query of queries) {
        const refused = await world.get(`${path}?${query}`);
        expect([refused.status, refused.at("code")], `${path}?${query}`).toEqual([400, "INVALID_INPUT"]);
      }
    }
  });

  it("a list has an ETag of its content", async () => {
    const world = new ApiWorld();
    await world.layer();
    const etag = (await world.get("/data-layers")).headers.get("etag") ?? "";
    expect((await world.get("/data-layers", { headers: { "if-none-match": etag } })).status).toBe(304);
    await world.layer();
    expect((await world.get("/data-layers", { headers: { "if-none-match": etag } })).status).toBe(200);
  });
});
