import { OpenAPIHono, z } from "@hono/zod-openapi";
import { examples } from "../../contract/examples.ts";
import { REPOSITORY } from "../../contract/repository.ts";
import { tagOf, tags } from "../../contract/tags.ts";
import { SESSION_COOKIE } from "../access/sessions.ts";
import type { Route } from "./definition.ts";
import { rateLimited } from "./describeRoute.ts";
import { etagOf, namesEtag } from "./etags.ts";
import { problemResponses } from "./operationProblems.ts";
import { refusedParameters } from "./queryParameters.ts";

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string().openapi({ description: "Stable." }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "The errors of the input, field by field." }),
  })
  .openapi("Problem");

/** Adds examples to a schema. */
const withExamples = <S extends object>(schemas: Readonly<Record<string, S>>): Record<string, S> =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const example = examples[name];
      return [name, example === undefined ? schema : { ...schema, examples: [example] }];
    }),
  );

const choiceSchema = z.looseObject({
  oneOf: z.array(z.unknown()),
  discriminator: z.object({ mapping: z.record(z.string(), z.string()) }),
});

/** Removes discriminators that are optional (a source without a type is a job), because OpenAPI requires them. */
const withoutHalfDiscriminators = (_key: string, value: unknown): unknown => {
  const parsed = choiceSchema.safeParse(value);
  if (!parsed.success) return value;
  const { oneOf, discriminator, ...rest } = parsed.data;
  return Object.keys(discriminator.mapping).length === oneOf.length ? value : { ...rest, anyOf: oneOf };
};

const describeAll = (routes: readonly Route[], version: string): string => {
  const describing = new OpenAPIHono();
  const { openAPIRegistry: registry } = describing;
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "A Layerhook token, or a Netlify token of a member of the team.",
  });
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: SESSION_COOKIE,
    description:
      "The cookie that `POST /api/v1/session` sets. With a session, only Layerhook's own pages can make changes.",
  });
  registry.register("Problem", problemSchema);
  registry.registerComponent("responses", "TooManyRequests", {
    description:
      "More than 600 requests in a minute came from this IP address. Netlify sends this answer; there is no limit locally.",
  });
  for (const route of routes) route.describe(registry);
  const document = describing.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Layerhook management API",
      version,
      description:
        "Data layers, their publish webhooks, and the syncs and builds that follow. Lists are newest first, `?limit=&cursor=`. Refusals are problem documents (RFC 9457) with a stable `code`. Answers have an `ETag`, and `If-None-Match` gets 304 while nothing changed. Only the settings of a data layer, a webhook or a site count for its ETag: to follow syncs and builds, poll `GET /data-layers/{layerId}/activity`, `GET /sites/{siteId}/builds` or `GET /overview`.",
      license: { name: "MIT", url: `${REPOSITORY}/blob/main/LICENSE` },
    },
    servers: [{ url: "/", description: "This system" }],
    tags: tags.map(({ name, description }) => ({ name, description })),
  });
  const { components } = document;
  const withSchemaExamples = {
    ...document,
    components: { ...components, schemas: withExamples(components?.schemas ?? {}) },
  };
  return JSON.stringify(withSchemaExamples, withoutHalfDiscriminators);
};

/** Describes the API from its routes: the schemas shown are those that check the input. */
export const openapiRoute = (routes: readonly Route[], version: string): Route => {
  let text: string | null = null;
  const self: Route = {
    method: "get",
    path: "/openapi.json",
    describe(registry) {
      registry.registerPath({
        operationId: "getOpenapi",
        method: "get",
        path: "/api/v1/openapi.json",
        summary: "This description",
        description: "Public.",
        security: [],
        tags: [tagOf("/openapi.json")],
        responses: {
          200: { description: "OpenAPI 3.1", content: { "application/json": { schema: z.looseObject({}) } } },
          304: { description: "Not changed since the version in `If-None-Match`." },
          ...problemResponses({ 400: ["INVALID_INPUT"] }),
          ...rateLimited,
        },
      });
    },
    async answer(request) {
      const refusal = refusedParameters(request, []);
      if (refusal !== null) return refusal;
      text ??= describeAll([...routes, self], version);
      const headers = { etag: etagOf(text), "cache-control": "public, max-age=300" };
      const ifNoneMatch = request.headers.get("if-none-match");
      if (ifNoneMatch !== null && namesEtag(ifNoneMatch, headers.etag))
        return new Response(null, { status: 304, headers });
      return new Response(text, { headers: { "content-type": "application/json; charset=utf-8", ...headers } });
    },
  };
  return self;
};
