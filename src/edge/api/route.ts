import { z } from "@hono/zod-openapi";
import { PARAM } from "../../contract/param.ts";
import { seesLayer, tokenScoped } from "../access/scope.ts";
import { type Allowed, whoCalls } from "../access/whoCalls.ts";
import { type Call, callOf } from "./call.ts";
import { describeRoute, type Registry } from "./describeRoute.ts";
import type { Problems } from "./operationProblems.ts";
import type { Serving } from "./options.ts";
import { fieldErrors, invalidInput, misconfigured, notFound, thingOf } from "./problems.ts";
import { protoKeyIn } from "./protoKey.ts";
import { refusedParameters } from "./queryParameters.ts";
import { readJson } from "./readJson.ts";
import { wrongVariables } from "./wrongVariables.ts";

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

/** What a body may hold where a route takes none: nothing that its sender could believe to be heard. */
const nothing = z.strictObject({});

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

type Checked<T> =
  | { readonly kind: "checked"; readonly value: T }
  | { readonly kind: "refused"; readonly response: Response };

const checked = <S extends z.ZodType>(schema: S, where: "body" | "query", value: unknown): Checked<z.output<S>> => {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { kind: "checked", value: parsed.data }
    : { kind: "refused", response: invalidInput(where, fieldErrors(parsed.error)) };
};

const PROTO_KEY = "must not be named `__proto__`";

const checkedBody = async <S extends z.ZodType>(
  request: Request,
  schema: S,
  optional: boolean,
  maxBytes?: number,
): Promise<Checked<z.output<S>>> => {
  const read = await readJson(request, maxBytes);
  if (read.kind === "refused") return read;
  if (read.kind === "json") {
    const path = protoKeyIn(read.value);
    if (path !== null) return { kind: "refused", response: invalidInput("body", [{ path, message: PROTO_KEY }]) };
    return checked(schema, "body", read.value);
  }
  return optional
    ? checked(schema, "body", {})
    : { kind: "refused", response: invalidInput("body", [{ path: "", message: "a JSON object is needed" }]) };
};

const parametersOf = (query: z.ZodType): string[] => (query instanceof z.ZodObject ? Object.keys(query.shape) : []);

/** Makes a route: configuration, authentication, role, path, query and body are checked here, in this order, and nowhere else. */
export const route = <Q extends z.ZodType, B extends z.ZodType>(definition: RouteDefinition<Q, B>): Route => ({
  method: definition.method,
  path: definition.path,
  describe: (registry) => describeRoute(registry, definition),
  async answer(request, params, serving) {
    const wrong = wrongVariables(serving);
    if (wrong.length > 0) return misconfigured(wrong);
    const who = await whoCalls(request, definition.allowed, serving);
    if (who.kind === "refused") return who.response;
    const malformed = Object.entries(params).find(([, value]) => !PARAM.test(value));
    if (malformed !== undefined) return notFound(thingOf(malformed[0]));
    const layerId = params["layerId"];
    if (layerId !== undefined && !seesLayer(who.member, layerId)) return notFound("DATA_LAYER");
    if (layerId === undefined && who.member.dataLayers !== undefined && definition.scoped !== true)
      return tokenScoped();
    const refused = refusedParameters(request, parametersOf(definition.query));
    if (refused !== null) return refused;
    const given = Object.fromEntries(new URL(request.url).searchParams);
    const query = checked(definition.query, "query", given);
    if (query.kind === "refused") return query.response;
    const stray = isNone(definition.body) ? await checkedBody(request, nothing, true) : null;
    if (stray?.kind === "refused") return stray.response;
    const body = isNone(definition.body)
      ? checked(definition.body, "body", {})
      : await checkedBody(request, definition.body, definition.bodyOptional === true, definition.bodyBytes);
    if (body.kind === "refused") return body.response;
    return definition.handle(callOf(request, params, serving, who.member, query.value, body.value));
  },
});
