import { z } from "@hono/zod-openapi";
import { PARAM } from "../../contract/schemas.ts";
import { seesLayer, tokenScoped } from "../access/scope.ts";
import { whoCalls } from "../access/whoCalls.ts";
import { callOf } from "./call.ts";
import { isNone, type Route, type RouteDefinition } from "./definition.ts";
import { describeRoute } from "./describeRoute.ts";
import { fieldErrors, invalidInput, misconfigured, notFound, thingOf } from "./problems.ts";
import { protoKeyIn } from "./protoKey.ts";
import { refusedParameters } from "./queryParameters.ts";
import { readJson } from "./readJson.ts";
import { wrongVariables } from "./wrongVariables.ts";

/** The bodies that a route without a body accepts: none that a sender could expect to have an effect. */
const nothing = z.strictObject({});

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

/**
 * Makes a route. Configuration, authentication, role, path, query and body are checked here, in this order, and nowhere
 * else.
 */
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
