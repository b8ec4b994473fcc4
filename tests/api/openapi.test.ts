import { describe, expect, it } from "vitest";
import { ApiWorld, type Json } from "./world.ts";

const keysOf = (value: Json): string[] => (typeof value === "object" && value !== null ? Object.keys(value) : []);

describe("the description of the API", () => {
  it("is OpenAPI 3.1 and describes every method of every path, with who may call it", async () => {
    const world = new ApiWorld();
    const answer = await world.get("/openapi.json", { as: null });
    expect(answer.at("openapi")).toBe("3.1.0");
    const described = keysOf(answer.at("paths")).flatMap((path) => {
      const operations = JSON.parse(answer.text).paths[path];
      return Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.slice("/api/v1".length)}`);
    });
    expect(described.sort()).toMatchInlineSnapshot(`
      [
        "DELETE /data-layers/{layerId}",
        "DELETE /data-layers/{layerId}/webhooks/{webhook}",
        "DELETE /session",
        "DELETE /sites/{siteId}",
        "DELETE /sites/{siteId}/deploy-notifications",
        "DELETE /tokens/{tokenId}",
        "GET /audit-log",
        "GET /audit-log/export",
        "GET /data-layers",
        "GET /data-layers/{layerId}",
        "GET /data-layers/{layerId}/activity",
        "GET /data-layers/{layerId}/deliveries",
        "GET /data-layers/{layerId}/syncs",
        "GET /data-layers/{layerId}/syncs/{syncId}",
        "GET /data-layers/{layerId}/webhooks",
        "GET /data-layers/{layerId}/webhooks/{webhook}",
        "GET /data-layers/{layerId}/webhooks/{webhook}/recipe",
        "GET /export",
        "GET /health",
        "GET /openapi.json",
        "GET /overview",
        "GET /recipes",
        "GET /session",
        "GET /sites",
        "GET /sites/{siteId}",
        "GET /sites/{siteId}/builds",
        "GET /sites/{siteId}/builds/{buildId}",
        "GET /tokens",
        "GET /tokens/{tokenId}",
        "GET /usage",
        "PATCH /data-layers/{layerId}",
        "PATCH /data-layers/{layerId}/webhooks/{webhook}",
        "PATCH /sites/{siteId}",
        "POST /data-layers",
        "POST /data-layers/{layerId}/data-sources/{slug}/secret",
        "POST /data-layers/{layerId}/syncs",
        "POST /data-layers/{layerId}/syncs/{syncId}/cancel",
        "POST /data-layers/{layerId}/syncs/{syncId}/retry",
        "POST /data-layers/{layerId}/webhooks",
        "POST /data-layers/{layerId}/webhooks/{webhook}/restore",
        "POST /data-layers/{layerId}/webhooks/{webhook}/rotate",
        "POST /data-layers/{layerId}/webhooks/{webhook}/test",
        "POST /session",
        "POST /sites",
        "POST /sites/{siteId}/builds",
        "POST /sites/{siteId}/deploy-notifications",
        "POST /tokens",
        "PUT /import",
      ]
    `);
  });

  it("every described path answers, and allows just the methods described", async () => {
    const world = new ApiWorld();
    const { paths } = JSON.parse((await world.get("/openapi.json")).text);
    for (const [path, operations] of Object.entries<Record<string, unknown>>(paths)) {
      const real = path.slice("/api/v1".length).replaceAll(/\{\w+\}/g, "some-id-0123");
      const answer = await world.call("put" in operations ? "DELETE" : "PUT", real);
      expect(answer.status, path).toBe(405);
      const allowed = (answer.headers.get("allow") ?? "").split(", ").filter((method) => method !== "HEAD");
      expect(allowed.sort()).toEqual(
        Object.keys(operations)
          .map((method) => method.toUpperCase())
          .sort(),
      );
    }
  });

  it("every pattern is one that JSON Schema can hold", async () => {
    const world = new ApiWorld();
    const { text } = await world.get("/openapi.json");
    const patterns = [...text.matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map(([, literal = ""]) =>
      String(JSON.parse(literal)),
    );
    expect(patterns.length).toBeGreaterThan(3);
    for (const pattern of new Set(patterns)) expect(pattern).toMatch(/\$$/);
  });

  it("what has a name is never described as nothing: only a place for it may be empty", async () => {
    const world = new ApiWorld();
    const { components } = JSON.parse((await world.get("/openapi.json")).text);
    for (const [name, { type }] of Object.entries<{ type: unknown }>(components.schemas))
      expect(type, name).toBe("object");
    const { running } = components.schemas.DataLayer.properties.sync.properties;
    expect(running.anyOf).toEqual([{ $ref: "#/components/schemas/Sync" }, { type: "null" }]);
  });

  it("every reference leads somewhere, and no operation id is used twice", async () => {
    const world = new ApiWorld();
    const { text } = await world.get("/openapi.json");
    const document = JSON.parse(text);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
    expect(references.length).toBeGreaterThan(10);
    for (const path of new Set(references)) {
      const target = path.split("/").reduce((value, step) => value?.[step], document);
      expect(target, path).toBeDefined();
    }
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
