import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ProblemCode } from "../../contract/problemCodes.ts";
import type { Allowed } from "../access/member.ts";
import type { Call } from "./call.ts";
import type { Serving } from "./options.ts";

export type Registry = OpenAPIHono["openAPIRegistry"];

/** Problem codes by their status. */
export type Problems = Readonly<Record<number, readonly ProblemCode[]>>;

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The description and the handler of one method of one path. */
export interface Route {
  readonly method: Method;
  /** The path in OpenAPI form: `/data-layers/{layerId}`. */
  readonly path: string;
  describe(registry: Registry): void;
  answer(request: Request, params: Readonly<Record<string, string>>, serving: Serving): Promise<Response>;
}

/** The schema of a route without a query or a body. */
export const none: z.ZodType<unknown> = z.unknown();

/** Whether a schema is `none`. */
export const isNone = (schema: z.ZodType): boolean => schema === none;

interface AnswerDescription {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The media type of a body that is not one JSON document. The schema then describes a line. */
  readonly mediaType?: string;
}

export interface RouteDefinition<Q extends z.ZodType, B extends z.ZodType> {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  /** The first part of the description, before the roles. */
  readonly details?: string;
  readonly allowed: Allowed;
  readonly query: Q;
  readonly body: B;
  /** Whether the body may be left out, which counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** The longest body, if it differs from other routes (bytes). */
  readonly bodyBytes?: number;
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** The route's own problems. Those that follow from the rest of the definition are added (`operationProblems.ts`). */
  readonly problems?: Problems;
  /**
   * Whether a scoped token may call the route, which must then show only the token's layers. Without this, a scoped
   * token may call only paths of one data layer, so a forgotten route is closed.
   */
  readonly scoped?: boolean;
  handle(call: Call<z.output<Q>, z.output<B>>): Promise<Response>;
}
