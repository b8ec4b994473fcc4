import { OpenAPIHono, z } from "@hono/zod-openapi";
import { etagOf, namesEtag } from "./etags.ts";
import type { Route } from "./route.ts";
import { SESSION_COOKIE } from "./sessions.ts";

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
      .openapi({ description: "What is wrong with the input, field by field." }),
  })
  .openapi("Problem");

const describeAll = (routes: readonly Route[], version: string): string => {
  const describing = new OpenAPIHono();
  const { openAPIRegistry: registry } = describing;
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: SESSION_COOKIE });
  registry.register("Problem", problemSchema);
  registry.registerComponent("responses", "Problem", {
    description: "A problem (RFC 9457)",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  for (const route of routes) route.describe(registry);
  return JSON.stringify(
    describing.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Layerhook management API",
        version,
        description: "Data layers, their publish webhooks, the syncs and builds that follow from them.",
        license: { name: "MIT" },
      },
      servers: [{ url: "/" }],
    }),
  );
};

/** Describes the API from the routes themselves: the schemas shown are those that check the input. */
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
        responses: { 200: { description: "OpenAPI 3.1" } },
      });
    },
    async answer(request) {
      text ??= describeAll([...routes, self], version);
      const headers = { etag: etagOf(text), "cache-control": "public, max-age=300" };
      const asked = request.headers.get("if-none-match");
      if (asked !== null && namesEtag(asked, headers.etag)) return new Response(null, { status: 304, headers });
      return new Response(text, { headers: { "content-type": "application/json; charset=utf-8", ...headers } });
    },
  };
  return self;
};
