import { z } from "@hono/zod-openapi";
import { PARAM } from "../../contract/schemas.ts";
import { tagOf } from "../../contract/tags.ts";
import { defined } from "../../core/defined.ts";
import { allowedRoles, rolesThatMay } from "../access/member.ts";
import { isNone, type Registry, type RouteDefinition } from "./definition.ts";
import { operationProblems, problemResponses } from "./operationProblems.ts";

/**
 * The answer of Netlify's network to too many requests, before a function starts. It is no problem document, so it has
 * a description and no schema.
 */
export const rateLimited = { 429: { $ref: "#/components/responses/TooManyRequests" } };

/** The answer to a read whose `If-None-Match` names the current version. */
export const notModified = { 304: { description: "Not changed since the version in `If-None-Match`." } };

/** The request headers of a route. Reads of one JSON document are conditional; `If-Match` guards some changes. */
const conditionsOf = (conditional: boolean, guarded: boolean) =>
  defined({
    "If-None-Match": conditional ? z.string().optional() : undefined,
    "If-Match": guarded ? z.string().optional() : undefined,
  });

/** Describes a route for OpenAPI, from the schemas that check its input. */
export const describeRoute = (registry: Registry, definition: RouteDefinition<z.ZodType, z.ZodType>): void => {
  const { operationId, method, path, summary, details, allowed, query, body, bodyOptional, answers, scoped } =
    definition;
  const conditional = method === "get" && Object.values(answers).every(({ mediaType }) => mediaType === undefined);
  const problems = operationProblems(definition);
  const forLayers = scoped === true || path.includes("{layerId}");
  const params = z.object(
    Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, z.string().regex(PARAM)])),
  );
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType = "application/json" }]) => [
      status,
      { description, ...defined({ content: schema && { [mediaType]: { schema } } }) },
    ]),
  );
  registry.registerPath({
    method,
    operationId,
    path: `/api/v1${path}`,
    summary,
    tags: [tagOf(path)],
    description: `${details === undefined ? "" : `${details} `}${allowedRoles[allowed]}. A token of some data layers: ${forLayers ? "as far as these go" : "no"}.`,
    "x-roles": rolesThatMay[allowed],
    security: [{ bearer: [] }, { session: [] }],
    request: {
      params,
      headers: z.object(conditionsOf(conditional, problems[412] !== undefined)),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(isNone(body)
        ? {}
        : { body: { required: bodyOptional !== true, content: { "application/json": { schema: body } } } }),
    },
    responses: { ...responses, ...(conditional ? notModified : {}), ...rateLimited, ...problemResponses(problems) },
  });
};
