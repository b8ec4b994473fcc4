import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { PARAM } from "./param.ts";
import { isNone, type RouteDefinition } from "./route.ts";
import { allowedRoles } from "./whoCalls.ts";

export type Registry = OpenAPIHono["openAPIRegistry"];

/** Describes a route for OpenAPI, from the schemas that check its input. */
export const describeRoute = (registry: Registry, definition: RouteDefinition<z.ZodType, z.ZodType>): void => {
  const { operationId, method, path, summary, allowed, query, body, bodyOptional, answers } = definition;
  const params = z.object(
    Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, z.string().regex(PARAM)])),
  );
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType = "application/json" }]) => [
      status,
      { description, ...(schema === undefined ? {} : { content: { [mediaType]: { schema } } }) },
    ]),
  );
  registry.registerPath({
    method,
    operationId,
    path: `/api/v1${path}`,
    summary,
    description: `${allowedRoles[allowed]}.`,
    security: [{ bearer: [] }, { session: [] }],
    request: {
      params,
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(isNone(body)
        ? {}
        : { body: { required: bodyOptional !== true, content: { "application/json": { schema: body } } } }),
    },
    responses: { ...responses, default: { $ref: "#/components/responses/Problem" } },
  });
};
