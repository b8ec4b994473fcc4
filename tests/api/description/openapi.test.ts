import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { examples } from "../../../src/contract/examples.ts";
import { problemCodes } from "../../../src/contract/problemCodes.ts";
import { apiApp } from "../../../src/edge/api/app.ts";
import { ApiWorld, type Json } from "../world.ts";
import { checkedBy } from "./described.ts";

const keysOf = (value: Json): string[] => (typeof value === "object" && value !== null ? Object.keys(value) : []);

const documentSchema = z.object({
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string(),
        tags: z.array(z.string()).length(1),
        security: z.array(z.unknown()),
        "x-roles": z.array(z.string()).optional(),
        responses: z.record(z.string(), z.object({ description: z.string().optional() })),
      }),
    ),
  ),
});

describe("the description of the API", () => {
  it("the API description is OpenAPI 3.1 and describes every method of every path, with who may call it", async () => {
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
        "DELETE /data-layers/{layerId}/status-links/{statusLink}",
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
        "GET /data-layers/{layerId}/deliveries/{deliveryId}",
        "GET /data-layers/{layerId}/status-links",
        "GET /data-layers/{layerId}/syncs",
        "GET /data-layers/{layerId}/syncs/{syncId}",
        "GET /data-layers/{layerId}/webhooks",
        "GET /data-layers/{layerId}/webhooks/{webhook}",
        "GET /data-layers/{layerId}/webhooks/{webhook}/recipe",
        "GET /export",
        "GET /health",
        "GET /openapi.json",
        "GET /overview",
        "GET /plan",
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
        "POST /data-layers/{layerId}/data-sources/test",
        "POST /data-layers/{layerId}/data-sources/{slug}/secret",
        "POST /data-layers/{layerId}/deliveries/{deliveryId}/resend",
        "POST /data-layers/{layerId}/live/test",
        "POST /data-layers/{layerId}/notifications/{notificationId}/secret",
        "POST /data-layers/{layerId}/status-links",
        "POST /data-layers/{layerId}/syncs",
        "POST /data-layers/{layerId}/syncs/{syncId}/cancel",
        "POST /data-layers/{layerId}/syncs/{syncId}/retry",
        "POST /data-layers/{layerId}/webhooks",
        "POST /data-layers/{layerId}/webhooks/{webhook}/restore",
        "POST /data-layers/{layerId}/webhooks/{webhook}/rotate",
        "POST /data-layers/{layerId}/webhooks/{webhook}/test",
        "POST /data-layers/{layerId}/webhooks/{webhook}/test-conditions",
        "POST /session",
        "POST /sites",
        "POST /sites/{siteId}/builds",
        "POST /sites/{siteId}/deploy-notifications",
        "POST /sites/{siteId}/test-hook",
        "POST /tokens",
        "PUT /import",
        "PUT /plan",
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

  it("a named schema is never described as empty: only a place for it may be", async () => {
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

  it("the API description lints clean by the recommended rules", async () => {
    const { text } = await new ApiWorld().get("/openapi.json");
    const problems = await lintFromString({ source: text, config: await createConfig({ extends: ["recommended"] }) });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  }, 60_000);

  it("every operation says its group, which roles may call it, and with which problems it refuses", async () => {
    const { text } = await new ApiWorld().get("/openapi.json");
    const document = documentSchema.parse(JSON.parse(text));
    const groups = new Set(document.tags.map(({ name }) => name));
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const which = `${method} ${path}`;
        expect(operation.operationId, which).toMatch(/^[a-z][A-Za-z]+$/);
        expect(operation.summary.length, which).toBeGreaterThan(10);
        for (const tag of operation.tags) expect(groups, which).toContain(tag);
        if (operation.security.length === 0) continue;
        const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
        expect(Object.fromEntries(refusals)["401"]?.description, which).toContain("UNAUTHENTICATED");
        for (const [status, { description = "" }] of refusals.filter(([known]) => known !== "429")) {
          for (const code of description.replaceAll("`", "").split(", ")) {
            const known = Object.entries<{ statuses: readonly number[] }>(problemCodes).find(([name]) => name === code);
            expect(known?.[1].statuses, `${which} ${code}`).toContain(Number(status));
          }
        }
      }
    }
    const { patch, delete: remove, get } = document.paths["/api/v1/data-layers/{layerId}"] ?? {};
    expect([patch?.["x-roles"], remove?.["x-roles"], get?.["x-roles"]]).toEqual([
      ["Owner", "Developer"],
      ["Owner"],
      ["*"],
    ]);
  });

  it("every example is of a schema that is there", async () => {
    const { text } = await new ApiWorld().get("/openapi.json");
    const { components } = JSON.parse(text);
    for (const [name, example] of Object.entries(examples)) {
      expect(components.schemas[name]?.examples, name).toEqual([JSON.parse(JSON.stringify(example))]);
    }
  });

  it("no route answers that is not described", async () => {
    const world = new ApiWorld();
    const { paths } = JSON.parse((await world.get("/openapi.json")).text);
    const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const served = apiApp.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    expect(served.sort()).toEqual(described.sort());
  });
});

describe("how the answers of all tests are held to the description", () => {
  const checked = async () => {
    const { answer: check, named } = checkedBy((await new ApiWorld().get("/openapi.json")).text);
    const session = { actor: { id: "token:owner", name: "Owner", email: "" }, role: "Owner", via: "token" };
    const answering = (status: number, body: unknown, type = "application/json") => ({
      status,
      text: JSON.stringify(body),
      headers: new Headers({ "content-type": type }),
    });
    return { check, named, answering, session: { ...session, dataLayers: null } };
  };

  it("an answer that the description covers is let through", async () => {
    const { check, named, answering, session } = await checked();
    expect(check("GET", "/session", answering(200, session))).toBe(null);
    expect(named("Accepted", examples["Accepted"])).toBe(null);
    expect(named("Accepted", { ...Object(examples["Accepted"]), outcome: "lost" })).toContain("/outcome");
  });

  it("a field too many, one too few, one of another type are found", async () => {
    const { check, answering, session } = await checked();
    const { role: _role, ...less } = session;
    for (const body of [{ ...session, secret: "x" }, less, { ...session, via: 7 }, { ...session, actor: {} }]) {
      expect(check("GET", "/session", answering(200, body)), JSON.stringify(body)).not.toBe(null);
    }
  });

  it("a status, a type, a code, a route that is not described is found", async () => {
    const { check, answering, session } = await checked();
    const problem = { type: "x", title: "x", status: 401, detail: "x", code: "SYNC_ENDED" };
    expect(check("GET", "/session", answering(418, session))).toContain("this status is not described");
    expect(check("GET", "/session", answering(200, session, "text/html"))).toContain("text/html is not described");
    expect(check("GET", "/session", answering(401, problem, "application/problem+json"))).toContain("/code");
    expect(check("GET", "/nothing", answering(200, session))).toContain("no such operation");
    expect(check("DELETE", "/session", answering(204, session))).toContain("a body that is not described");
  });
});
