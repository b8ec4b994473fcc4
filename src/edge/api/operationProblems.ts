import type { z } from "@hono/zod-openapi";
import type { ProblemCode } from "../../contract/problemCodes.ts";
import type { Problems, RouteDefinition } from "./definition.ts";
import { type Thing, thingOf } from "./problems.ts";

type Definition = Pick<RouteDefinition<z.ZodType, z.ZodType>, "method" | "path" | "allowed" | "scoped" | "problems">;

/** What every operation that reads or writes the store may run into, with 503. */
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

/** A method with a body that nothing can be wrong with is asked without one. */
const OF_BODIES: Problems = {
  400: ["MALFORMED_JSON", "BODY_INCOMPLETE"],
  413: ["BODY_TOO_LARGE"],
};

const foundByPath = (path: string): ProblemCode[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]): `${Thing}_NOT_FOUND` => `${thingOf(name)}_NOT_FOUND`);

/**
 * The problems an operation answers with: what every one may run into, what follows from its method, path, input and
 * caller, and what it names as its own.
 */
export const operationProblems = (definition: Definition): Problems => {
  const { method, path, allowed, scoped, problems = {} } = definition;
  const things = foundByPath(path);
  const parts: Problems[] = [
    OF_ALL,
    ...(method === "get" ? [] : [OF_BODIES]),
    ...(allowed === "members"
      ? []
      : [{ 403: ["FORBIDDEN"], 409: ["LIMIT_REACHED"], 503: ["AUDIT_BACKLOG"] } satisfies Problems]),
    ...(scoped === true || path.includes("{layerId}") ? [] : [{ 403: ["TOKEN_SCOPED"] } satisfies Problems]),
    ...(things.length === 0 ? [] : [{ 404: things } satisfies Problems]),
    problems,
  ];
  const merged: Record<number, ProblemCode[]> = {};
  for (const [status, codes] of parts.flatMap((part) => Object.entries(part))) {
    const all = [...(merged[Number(status)] ?? []), ...codes];
    merged[Number(status)] = [...new Set(all)];
  }
  return merged;
};

/** The answers of an operation that are problems, as OpenAPI describes them. */
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
