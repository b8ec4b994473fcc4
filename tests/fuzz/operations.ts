import { z } from "zod";

/** As much of JSON Schema as the API's description uses. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string | undefined;
  readonly type?: string | string[] | undefined;
  readonly properties?: Record<string, JsonSchema> | undefined;
  readonly required?: string[] | undefined;
  readonly items?: JsonSchema | undefined;
  readonly enum?: (string | number | boolean | null)[] | undefined;
  readonly anyOf?: JsonSchema[] | undefined;
  readonly pattern?: string | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
}

const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    required: z.array(z.string()).optional(),
    items: jsonSchema.optional(),
    enum: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    anyOf: z.array(jsonSchema).optional(),
    pattern: z.string().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
  }),
);

const contentSchema = z.looseObject({ "application/json": z.looseObject({ schema: jsonSchema }).optional() });
const documentSchema = z.looseObject({
  components: z.looseObject({ schemas: z.record(z.string(), jsonSchema) }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        description: z.string(),
        security: z.array(z.unknown()),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: jsonSchema })).default([]),
        requestBody: z.looseObject({ content: contentSchema }).optional(),
        responses: z.record(z.string(), z.looseObject({ content: contentSchema.optional() })),
      }),
    ),
  ),
});

/** One method of one path, as the API describes itself. */
export interface Operation {
  readonly method: string;
  /** `/api/v1/data-layers/{layerId}`. */
  readonly path: string;
  readonly public: boolean;
  readonly who: string;
  readonly query: readonly { readonly name: string; readonly schema: JsonSchema }[];
  readonly body: JsonSchema | null;
  /** What may be asked for in the query, and sent, in the description's words. */
  readonly checkedQuery: z.ZodType;
  readonly checkedBody: z.ZodType | null;
  /** What the answer of a status is to look like; null: without a body. */
  readonly answers: ReadonlyMap<number, z.ZodType | null>;
}

export interface Description {
  readonly operations: readonly Operation[];
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** The check of a named schema. */
  checkOf(name: string): z.ZodType;
}

/** Reads what the API says about itself: every route is fuzzed, and held to its own words, without a list of them here. */
export const readDescription = (text: string): Description => {
  const document = documentSchema.parse(JSON.parse(text));
  const { schemas } = document.components;
  const moved = (value: unknown): string => JSON.stringify(value).replaceAll("#/components/schemas/", "#/$defs/");
  const check = (schema: JsonSchema): z.ZodType =>
    z.fromJSONSchema(JSON.parse(`{"allOf":[${moved(schema)}],"$defs":${moved(schemas)}}`));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const answers = Object.entries(operation.responses).flatMap(([status, { content }]) => {
        const schema = content?.["application/json"]?.schema;
        const checked = schema === undefined ? null : check(schema);
        return /^\d+$/.test(status) ? [[Number(status), checked] as const] : [];
      });
      const query = operation.parameters.filter((parameter) => parameter.in === "query");
      const body = operation.requestBody?.content["application/json"]?.schema ?? null;
      return {
        method: method.toUpperCase(),
        path,
        public: operation.security.length === 0,
        who: operation.description,
        query,
        body,
        checkedQuery: check({
          type: "object",
          properties: Object.fromEntries(query.map((one) => [one.name, one.schema])),
        }),
        checkedBody: body === null ? null : check(body),
        answers: new Map(answers),
      };
    }),
  );
  const named = new Map(Object.keys(schemas).map((name) => [name, check({ $ref: `#/components/schemas/${name}` })]));
  return {
    operations,
    components: schemas,
    checkOf(name) {
      const found = named.get(name);
      if (found === undefined) throw new Error(`nothing is described as ${name}`);
      return found;
    },
  };
};

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`);

/** The operation that a request is one of; null: it is none that is described. */
export const operationOf = (operations: readonly Operation[], method: string, pathname: string): Operation | null => {
  let path = pathname;
  try {
    path = decodeURI(pathname);
  } catch {
    // Left as it came.
  }
  const asked = method === "HEAD" ? "GET" : method;
  return operations.find((one) => one.method === asked && patternOf(one.path).test(path)) ?? null;
};
