import { describe, expect, it } from "vitest";
import { ApiWorld } from "../world.ts";

const RANDOM = "u4fX0q-Yd2LkS7_mZb1RwPcE9hTjNa6v";
const WEAK = ["password", "aaaaaaaa", "my-webhook-secret", "contentful-2026-hook"];
const verification = { scheme: "github", secret: "a-secret-of-the-sender" };

describe("a webhook whose id a person could guess", () => {
  it("a guessable webhook id is accepted with a warning in every answer to those who may change it", async () => {
    const world = new ApiWorld();
    const layer = await world.layer();
    for (const id of WEAK) {
      const made = await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS", id });
      expect([made.status, made.at("warnings")], id).toEqual([201, ["GUESSABLE_URL"]]);
      const path = `/data-layers/${layer}/webhooks/${made.textAt("ref")}`;
      expect((await world.get(path)).at("warnings")).toEqual(["GUESSABLE_URL"]);
      expect((await world.patch(path, { name: "Renamed" })).at("warnings")).toEqual(["GUESSABLE_URL"]);
      expect((await world.get(path, { as: "Reviewer" })).text).not.toContain("GUESSABLE");
    }
    const list = await world.get(`/data-layers/${layer}/webhooks`);
    expect(list.listAt("items").length).toBe(WEAK.length);
    expect(list.at("items.0.warnings")).toEqual(["GUESSABLE_URL"]);
  });

  it("a guessable webhook id is warned of until requests are verified or it has a new URL", async () => {
    const world = new ApiWorld();
    const layer = await world.layer();
    const made = await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS", id: "password" });
    const path = `/data-layers/${layer}/webhooks/${made.textAt("ref")}`;
    expect((await world.patch(path, { verification })).at("warnings")).toEqual([]);
    expect((await world.patch(path, { verification: null })).at("warnings")).toEqual(["GUESSABLE_URL"]);
    Object.assign(world.deps.ids, { secret: () => RANDOM });
    expect((await world.post(`${path}/rotate`, {})).at("warnings")).toEqual([]);
    expect((await world.get(path)).at("warnings")).toEqual([]);
    const verified = await world.post(`/data-layers/${layer}/webhooks`, { name: "x", id: "aaaaaaaa", verification });
    expect(verified.at("warnings")).toEqual([]);
  });

  it("a guessable webhook id is told apart from a random one", async () => {
    const world = new ApiWorld();
    const layer = await world.layer();
    const made = await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS", id: RANDOM });
    expect(made.at("warnings")).toEqual([]);
  });
});

describe("the default webhook of a layer whose id a person could guess", () => {
  it("the default webhook of a layer with a guessable id is warned of while it is accepted", async () => {
    const world = new ApiWorld();
    const made = await world.post("/data-layers", { name: "Blog", id: "blog-production" });
    expect([made.status, made.at("defaultWebhook.warnings")]).toEqual([201, ["GUESSABLE_URL"]]);
    await world.post("/data-layers/blog-production/webhooks", { name: "CMS" });
    expect((await world.get("/data-layers/blog-production")).at("defaultWebhook.warnings")).toEqual([]);
    const random = await world.post("/data-layers", { name: "Blog", id: "k9Tz-3vWq8LmYx0Bd5Rn_2HsGf7Jc4Pa" });
    expect(random.at("defaultWebhook.warnings")).toEqual([]);
  });
});
