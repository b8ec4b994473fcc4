import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { faultText, secretFaultText } from "../../../src/edge/faultText.ts";
import { ApiWorld } from "../world.ts";

type Schema = { readonly [key: string]: unknown };
const schemaSchema = z.record(z.string(), z.unknown());
const operationSchema = z.looseObject({
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaSchema })) }).optional(),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), schemaSchema) }),
});

const WRONG: readonly unknown[] = [null, true, -1, 1.5, 1e12, "", "x\u0000", "?".repeat(3000), [], [7], {}, { a: 1 }];

/** Bodies that have one wrong value each, at every depth of a schema. `wrap` puts a value where the schema stands. */
const wrongBodies = (
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  wrap: (value: unknown) => unknown,
  depth = 0,
): unknown[] => {
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    return wrongBodies(named[reference.split("/").at(-1) ?? ""] ?? {}, named, wrap, depth);
  }
  const found: unknown[] = WRONG.map(wrap);
  if (depth > 4) return found;
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    for (const one of z.array(schemaSchema).safeParse(schema[key]).data ?? []) {
      found.push(...wrongBodies(one, named, wrap, depth + 1));
    }
  }
  const properties = z.record(z.string(), schemaSchema).safeParse(schema["properties"]).data ?? {};
  const fixed = Object.entries(properties).flatMap(([name, { enum: values, const: only }]) => {
    const value = only ?? (Array.isArray(values) ? values[0] : undefined);
    return value === undefined ? [] : [[name, value] as const];
  });
  for (const [name, property] of Object.entries(properties)) {
    const inObject = (value: unknown) => wrap({ ...Object.fromEntries(fixed), [name]: value });
    found.push(...wrongBodies(property, named, inObject, depth + 1));
  }
  const items = schemaSchema.safeParse(schema["items"]).data;
  if (items !== undefined) found.push(...wrongBodies(items, named, (value) => wrap([value]), depth + 1));
  return found;
};

/** How the sentences of the validation library begin. */
const FOREIGN = /^(?:invalid|too (?:big|small)|unrecognized|expected|not a multiple)|received |to be (?:[<>]|one)/i;

describe("the faults of an input", () => {
  it("every fault of every body says in our own words what is allowed", async () => {
    const world = new ApiWorld();
    const document = documentSchema.parse(JSON.parse((await world.get("/openapi.json")).text));
    const messages = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        const schema = requestBody?.content["application/json"]?.schema;
        if (schema === undefined) continue;
        const url = path.slice("/api/v1".length).replaceAll(/\{\w+\}/g, "some-id-0123");
        const bodies = new Set(
          wrongBodies(schema, document.components.schemas, (value) => value).map((body) => JSON.stringify(body)),
        );
        for (const body of bodies) {
          const answer = await world.call(method.toUpperCase(), url, { body: JSON.parse(body) });
          if (answer.status !== 400) continue;
          for (const fault of z.array(z.object({ path: z.string(), message: z.string() })).parse(answer.at("errors"))) {
            messages.add(fault.message);
          }
        }
      }
    }
    expect([...messages].filter((message) => FOREIGN.test(message))).toEqual([]);
    expect([...messages]).toEqual(
      expect.arrayContaining([
        "is required: send text",
        "must be text; you sent null",
        "must be true or false; you sent -1",
        'must be one of "netlify", "other"; you sent "x\\u0000"',
        "must be at most 3600; you sent 1000000000000",
      ]),
    );
  }, 120_000);

  test.each([
    [z.number().gt(3), 3, "must be more than 3; you sent 3", "must be more than 3"],
    [z.array(z.string()).min(1), [], "must have at least 1 items; you sent 0", "must have at least 1 items"],
    [z.enum(["a"]), "s3cret", 'must be "a"; you sent "s3cret"', 'must be "a"'],
    [z.string(), 4, "must be text; you sent 4", "must be text"],
    [
      z.iso.datetime(),
      "now",
      "must be a time in UTC such as 2026-01-31T12:00:00Z",
      "must be a time in UTC such as 2026-01-31T12:00:00Z",
    ],
  ] as const)("a fault shows what was sent, unless that may be a secret", (schema, value, shown, hidden) => {
    const messageOf = (error: typeof faultText) => schema.safeParse(value, { error }).error?.issues[0]?.message;
    expect([messageOf(faultText), messageOf(secretFaultText)]).toEqual([shown, hidden]);
  });
});
