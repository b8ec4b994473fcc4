import { OpenAPIHono, z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { BRANCH_BYTES, DESCRIPTION_BYTES, NAME_BYTES, PURGE_TAG_BYTES, URL_BYTES } from "../../../src/core/limits.ts";
import { ownRoutes } from "../../../src/edge/api/app.ts";
import { widestTexts } from "../../support/widest.ts";

/** What a text may take as it is stored, quotes included, by the last name of its path; a record of headers, before it is sealed. */
const BYTES: Readonly<Record<string, number>> = {
  name: NAME_BYTES + 2,
  description: DESCRIPTION_BYTES + 2,
  branch: BRANCH_BYTES + 2,
  url: URL_BYTES + 2,
  jwksUrl: URL_BYTES + 2,
  buildHook: URL_BYTES + 2,
  publicUrl: URL_BYTES + 2,
  tags: PURGE_TAG_BYTES + 2,
  // A label of a layer without sources, for the address of one test call. Nothing keeps it.
  source: 194,
  headers: 2700,
  in: 1202,
  startsWith: 1202,
  bodyPath: 602,
  // A header secret has at most 4,096 characters; all settings of a layer's webhooks share one limit besides.
  secret: 2 * 4096 + 2,
  previousSecret: 2 * 4096 + 2,
  signs: 402,
  of: 402,
  claims: 2700,
  pick: 386,
  text: 202,
  value: 202,
  pointer: 202,
  role: 162,
};
/** Ids, slugs, times, names of headers. */
const SHORT = 130;

/** Looked up among what there is, and stored nowhere. */
const LOOKED_UP = "requestSync dataSource";

/** Operations whose body is stored nowhere. */
const STORED_NOWHERE = ["testConditions"];

/** The schemas of all bodies that are stored, by operation, read from what describes the API. */
const bodies = (): [operation: string, schema: z.ZodType][] => {
  const { openAPIRegistry: registry } = new OpenAPIHono();
  for (const route of ownRoutes) route.describe(registry);
  return registry.definitions.flatMap((definition): [string, z.ZodType][] => {
    if (definition.type !== "route") return [];
    const { operationId = "", request } = definition.route;
    const content = request?.body?.content["application/json"];
    const schema = content !== undefined && "schema" in content ? content.schema : undefined;
    const isStored = !STORED_NOWHERE.includes(operationId);
    return schema instanceof z.ZodType && isStored ? [[operationId, schema]] : [];
  });
};

test.each(bodies())("every text that %s takes has a bound, in bytes of its stored form", (operation, schema) => {
  for (const [path, { bytes, bounded }] of widestTexts(schema)) {
    if (`${operation} ${path}` === LOOKED_UP) continue;
    expect(bounded, path).toBe(true);
    const field = path.replaceAll(".[]", "").split(".").at(-1) ?? "";
    expect(bytes, path).toBeLessThanOrEqual(BYTES[field] ?? SHORT);
  }
});

test("a field without a bound, or bounded in characters that take six bytes, is noticed", () => {
  const careless = z.object({ list: z.array(z.object({ name: z.string().max(1000), note: z.string().optional() })) });
  const [name, note] = widestTexts(careless);
  expect([name?.[0], name?.[1].bytes]).toEqual(["list.[].name", 6002]);
  expect([note?.[0], note?.[1].bounded]).toEqual(["list.[].note", false]);
});
