import { describe, expect, it } from "vitest";
import * as resources from "../../../src/dashboard/api/resources.ts";
import { ApiWorld } from "../world.ts";
import { operationsOf } from "./describedCalls.ts";

const things = { layerId: "some-layer-id", siteId: "some-site-id", webhook: "wh_1" };
const filled = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => Reflect.get(things, name) ?? "some-id-0123");

const walked = async () => {
  const world = new ApiWorld();
  const operations = operationsOf((await world.get("/openapi.json")).text);
  return { world, operations };
};

describe("the query of a request", () => {
  it("a parameter that a route does not take is refused by its name, with those that it takes", async () => {
    const { world, operations } = await walked();
    for (const { method, path, query } of operations.filter((one) => one.path !== "/health")) {
      const answer = await world.call(method, `${filled(path)}?limits=1`);
      const names = query.map(({ name }) => name);
      const allowed = names.length === 0 ? "this request has no query parameters" : `allowed: ${names.join(", ")}`;
      expect([method, path, answer.status, answer.at("code"), answer.at("errors")]).toEqual([
        ...[method, path, 400, "INVALID_INPUT"],
        [{ path: "limits", message: `unknown parameter; ${allowed}` }],
      ]);
    }
    expect(operations.length).toBeGreaterThan(40);
  });

  it("a parameter that is given twice is refused, whatever its values", async () => {
    const { world, operations } = await walked();
    let tried = 0;
    for (const { method, path, query } of operations) {
      for (const { name } of query) {
        tried += 1;
        const answer = await world.call(method, `${filled(path)}?${name}=1&${name}=1`);
        expect([method, path, answer.status, answer.at("errors.0")]).toEqual([
          ...[method, path, 400],
          { path: name, message: "must be given once" },
        ]);
      }
    }
    expect(tried).toBeGreaterThan(20);
  });

  it("a refused query changes nothing, and who may not call is told so first", async () => {
    const world = new ApiWorld();
    const path = `/data-layers/${await world.layer()}`;
    expect((await world.delete(`${path}?sync=false`)).status).toBe(400);
    expect((await world.get(path)).status).toBe(200);
    expect((await world.get(`${path}?x=1`, { as: null })).status).toBe(401);
    expect((await world.delete(`${path}?x=1`, { as: "Reviewer" })).status).toBe(403);
  });

  it("the health check, which is public, takes any query, so that a cache can be passed", async () => {
    expect((await new ApiWorld().get("/health?x=1&x=2", { as: null })).status).toBe(200);
  });

  it("the dashboard asks with parameters that the routes take, and no others", async () => {
    const { operations } = await walked();
    const { layerId, siteId, webhook } = things;
    const filter = {
      dataLayerId: layerId,
      actor: "ada",
      action: "site.created",
      from: "2026-01-01",
      until: "2026-02-01",
    };
    const deliveries = {
      q: "entry",
      stage: "failed",
      outcome: "queued",
      webhook: "default",
      source: "blog",
      from: "2026-01-01",
      until: "2026-02-01",
    };
    const asked: Record<keyof typeof resources, string> = {
      sessionAt: resources.sessionAt.path,
      healthAt: resources.healthAt.path,
      overviewAt: resources.overviewAt.path,
      layersAt: resources.layersAt({ q: "blog", status: "failed" }, "c").path,
      creditsAt: resources.creditsAt.path,
      planAt: resources.planAt.path,
      usageAt: resources.usageAt("2026-01").path,
      activityAt: resources.activityAt(layerId, 24).path,
      layerAt: resources.layerAt(layerId).path,
      syncsAt: resources.syncsAt(layerId, "c").path,
      syncAt: resources.syncAt(layerId, "s").path,
      deliveriesAt: resources.deliveriesAt(layerId, deliveries, "c").path,
      deliveryAt: resources.deliveryAt(layerId, "d").path,
      webhooksAt: resources.webhooksAt(layerId, "c").path,
      statusLinksAt: resources.statusLinksAt(layerId).path,
      siteAt: resources.siteAt(siteId).path,
      buildsAt: resources.buildsAt(siteId, "c").path,
      buildAt: resources.buildAt(siteId, "b").path,
      tokensAt: resources.tokensAt.path,
      auditAt: resources.auditAt(filter, "c").path,
      auditExportUrl: resources.auditExportUrl(filter).slice("/api/v1".length),
      recipesAt: resources.recipesAt.path,
      recipeAt: resources.recipeAt(layerId, webhook, "sanity", "blog").path,
    };
    for (const [name, path] of Object.entries(asked)) {
      const { pathname, searchParams } = new URL(path, "https://hooks.example.com");
      const operation = operations.find(
        (one) => one.method === "GET" && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
      );
      const taken = operation?.query.map((one) => one.name);
      expect(taken, name).toEqual(expect.arrayContaining([...searchParams.keys()]));
    }
  });
});
