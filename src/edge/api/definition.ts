import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ProblemCode } from "../../contract/problemCodes.ts";
import type { Allowed } from "../access/member.ts";
import type { Call } from "./call.ts";
import type { Serving } from "./options.ts";

export type Registry = OpenAPIHono["openAPIRegistry"];

/** Codes of problems by the status they come with. */
export type Problems = Readonly<Record<number, readonly ProblemCode[]>>;

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** One method of one path: how it is described, and how it answers. */
export interface Route {
  readonly method: Method;
  /** In the form of OpenAPI: `/data-layers/{layerId}`. */
  readonly path: string;
  describe(registry: Registry): void;
  answer(request: Request, params: Readonly<Record<string, string>>, serving: Serving): Promise<Response>;
}

/** Stands where a route takes no query or no body. */
export const none: z.ZodType<unknown> = z.unknown();

/** Whether a schema is that stand-in. */
export const isNone = (schema: z.ZodType): boolean => schema === none;

interface Described {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of a body that is not one JSON document; the schema is then that of a line. */
  readonly mediaType?: string;
}

export interface RouteDefinition<Q extends z.ZodType, B extends z.ZodType> {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  /** What the description says first, before who may call. */
  readonly details?: string;
  readonly allowed: Allowed;
  readonly query: Q;
  readonly body: B;
  /** The body may be left out: it then counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** How long the body may be, where that differs from the others. */
  readonly bodyBytes?: number;
  readonly answers: Readonly<Record<number, Described>>;
  /** The problems that are its own; those that follow from all else here are known (`operationProblems.ts`). */
  readonly problems?: Problems;
  /**
   * A token of some data layers is answered too, with what concerns these alone. Without this, only paths of one data
   * layer are open to it: a route that nobody thought of is closed.
   */
  readonly scoped?: boolean;
  handle(call: Call<z.output<Q>, z.output<B>>): Promise<Response>;
}
