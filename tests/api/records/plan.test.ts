import { describe, expect, it } from "vitest";
import { drain } from "../../../src/app/repair/drain.ts";
import { HOUR } from "../../../src/core/durations.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const set = (world: ApiWorld, plan: unknown) => world.call("PUT", "/plan", { body: { plan } });

describe("the team's plan", () => {
  it("the plan is Free until an Owner says another one, by its name or by its credits", async () => {
    const world = new ApiWorld();
    const shown = async () => (await world.get("/plan", { as: "Reviewer" })).at("");
    expect(await shown()).toEqual({ plan: "free", credits: 300, source: "default" });
    expect((await set(world, "personal")).at("")).toEqual({ plan: "personal", credits: 1000, source: "setting" });
    expect((await set(world, 3000)).at("")).toEqual({ plan: "pro", credits: 3000, source: "setting" });
    expect((await set(world, 1250)).at("")).toEqual({ plan: null, credits: 1250, source: "setting" });
    expect(await shown()).toEqual({ plan: null, credits: 1250, source: "setting" });
    expect((await world.get("/usage")).at("plan")).toEqual({ credits: 1250, isKnown: true });
    expect((await set(world, "free")).at("")).toEqual({ plan: "free", credits: 300, source: "setting" });
    expect((await set(world, null)).at("")).toEqual({ plan: "free", credits: 300, source: "default" });
  });

  it.each([["enterprise"], [0], [1.5], [100_000_000], [true], [undefined]])(
    "the plan %j is refused, and nothing changes",
    async (plan) => {
      const world = new ApiWorld();
      const refused = await set(world, plan);
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "plan"]);
      expect((await world.get("/plan")).at("source")).toBe("default");
    },
  );

  it("the variable counts before the stored plan, and the stored one cannot be changed meanwhile", async () => {
    const world = new ApiWorld();
    await set(world, "pro");
    Object.assign(world.deps, { monthlyCredits: 1000 });
    expect((await world.get("/plan")).at("")).toEqual({ plan: "personal", credits: 1000, source: "variable" });
    const refused = await set(world, "free");
    expect([refused.status, refused.at("code")]).toEqual([409, "PLAN_SET_BY_VARIABLE"]);
    Object.assign(world.deps, { monthlyCredits: undefined });
    expect((await world.get("/plan")).at("credits")).toBe(3000);
  });

  it("a change of the plan with the ETag of an older one is refused, and so is the second of two", async () => {
    const world = new ApiWorld();
    const change = (plan: unknown, etag: string | null) =>
      world.call("PUT", "/plan", { body: { plan }, headers: { "if-match": etag ?? "" } });
    const read = (await world.get("/plan")).headers.get("etag");
    const first = await change("pro", read);
    expect([first.status, first.at("credits")]).toEqual([200, 3000]);
    for (const plan of ["personal", "pro", null]) {
      const second = await change(plan, read);
      expect([second.status, second.at("code")]).toEqual([412, "CHANGED_SINCE"]);
    }
    expect((await world.get("/plan")).at("credits")).toBe(3000);
    const next = await change("personal", first.headers.get("etag"));
    expect([next.status, next.at("credits")]).toEqual([200, 1000]);
  });

  it("a change of the plan is in the audit log once, with what was before, and the same plan again is no change", async () => {
    const world = new ApiWorld();
    await set(world, "pro");
    await set(world, "pro");
    await set(world, "free");
    const entries = await world.get("/audit-log?action=plan.updated");
    expect(entries.at("items")).toMatchObject([
      { target: { type: "plan" }, dataLayerId: null, detail: { before: 3000, credits: 300 } },
      { target: { type: "plan" }, dataLayerId: null, detail: { before: null, credits: 3000 } },
    ]);
  });

  it("the tick shares out what the stored plan pays, and a publish reads no more for it", async () => {
    const world = new ApiWorld();
    const siteId = (await world.post("/sites", { name: "Web", buildHook })).textAt("id");
    const layerId = await world.layer({ dataSources: [], connectedSites: [{ siteId }] });
    const shareOf = async () => {
      await world.post(`/data-layers/${layerId}/syncs`);
      await world.work({ kind: "layer", id: layerId });
      world.now += HOUR;
      await drain(world.deps);
      return JSON.parse((await world.deps.store.read(siteKey(siteId)))?.text ?? "null").allowance.builds;
    };
    expect(await shareOf()).toBe(17);
    await set(world, "personal");
    expect(await shareOf()).toBeGreaterThan(50);
  });
});
