import type { z } from "@hono/zod-openapi";
import type { ProblemCode } from "../../contract/problemCodes.ts";
import type { Problems, RouteDefinition } from "./definition.ts";
import { type Thing, thingOf } from "./problems.ts";

type Definition = Pick<RouteDefinition<z.ZodType, z.ZodType>, "method" | "path" | "allowed" | "scoped" | "problems">;

/** The problems with status 503 of every operation that uses the store. */
export const STORE_PROBLEMS = [
  "STORE_MISCONFIGURED",
  "STORE_UNAVAILABLE",
  "DOCUMENT_NEWER",
  "DOCUMENT_UNREADABLE",
] as const satisfies readonly ProblemCode[];

const OF_ALL: Problems = {
  400: ["INVALID_INPUT"],
  401: ["UNAUTHENTICATED", "TOKEN_EXPIRED", "SESSION_OVER"],
  403: ["NOT_A_MEMBER", "FOREIGN_ORIGIN"],
  500: ["INTERNAL_ERROR"],
  503: ["MISCONFIGURED", "IDENTITY_UNAVAILABLE", ...STORE_PROBLEMS],
};

/** The problems of methods that have a body. */
const OF_BODIES: Problems = {
  400: ["MALFORMED_JSON", "BODY_INCOMPLETE"],
  413: ["BODY_TOO_LARGE"],
};

const notFoundCodes = (path: string): ProblemCode[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]): `${Thing}_NOT_FOUND` => `${thingOf(name)}_NOT_FOUND`);

/**
 * The problems of an operation: those of every operation, those that follow from its method, path, input and caller,
 * and its own.
 */
export const operationProblems = (definition: Definition): Problems => {
  const { method, path, allowed, scoped, problems = {} } = definition;
  const notFound = notFoundCodes(path);
  const parts: Problems[] = [
    OF_ALL,
    ...(method === "get" ? [] : [OF_BODIES]),
    ...(allowed === "members"
      ? []
      : [{ 403: ["FORBIDDEN"], 409: ["LIMIT_REACHED"], 503: ["AUDIT_BACKLOG"] } satisfies Problems]),
    ...(scoped === true || path.includes("{layerId}") ? [] : [{ 403: ["TOKEN_SCOPED"] } satisfies Problems]),
    ...(notFound.length === 0 ? [] : [{ 404: notFound } satisfies Problems]),
    problems,
  ];
  const merged: Record<number, ProblemCode[]> = {};
  for (const [status, codes] of parts.flatMap((part) => Object.entries(part))) {
    const all = [...(merged[Number(status)] ?? []), ...codes];
    merged[Number(status)] = [...new Set(all)];
  }
  return merged;
};

/** The problems of an operation, as OpenAPI responses. */
export const problemResponses = (problems: Problems) =>
  Object.fromEntries(
    Object.entries(problems).map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        content: {
          "application/problem+json": {
            schema: {
              allOf: [{ $ref: "#/components/schemas/Problem" }],
              type: "object" as const,
              properties: { code: { type: "string" as const, enum: [...codes] } },
            },
          },
        },
      },
    ]),
  );
