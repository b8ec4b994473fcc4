import { z } from "@hono/zod-openapi";
import { PARAM } from "../../contract/schemas.ts";
import { seesLayer, tokenScoped } from "../access/scope.ts";
import { whoCalls } from "../access/whoCalls.ts";
import { faultText } from "../faultText.ts";
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

const check = <S extends z.ZodType>(schema: S, where: "body" | "query", value: unknown): Checked<z.output<S>> => {
  const parsed = schema.safeParse(value, { error: faultText });
  return parsed.success
    ? { kind: "checked", value: parsed.data }
    : { kind: "refused", response: invalidInput(where, fieldErrors(parsed.error)) };
};

const PROTO_KEY = "must not be named `__proto__`";

const checkBody = async <S extends z.ZodType>(
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
    return check(schema, "body", read.value);
  }
  return optional
    ? check(schema, "body", {})
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
    const caller = await whoCalls(request, definition.allowed, serving);
    if (caller.kind === "refused") return caller.response;
    const malformed = Object.entries(params).find(([, value]) => !PARAM.test(value));
    if (malformed !== undefined) return notFound(thingOf(malformed[0]));
    const layerId = params["layerId"];
    if (layerId !== undefined && !seesLayer(caller.member, layerId)) return notFound("DATA_LAYER");
    if (layerId === undefined && caller.member.dataLayers !== undefined && definition.scoped !== true)
      return tokenScoped();
    const refusal = refusedParameters(request, parametersOf(definition.query));
    if (refusal !== null) return refusal;
    const parameters = Object.fromEntries(new URL(request.url).searchParams);
    const query = check(definition.query, "query", parameters);
    if (query.kind === "refused") return query.response;
    const strayBody = isNone(definition.body) ? await checkBody(request, nothing, true) : null;
    if (strayBody?.kind === "refused") return strayBody.response;
    const body = isNone(definition.body)
      ? check(definition.body, "body", {})
      : await checkBody(request, definition.body, definition.bodyOptional === true, definition.bodyBytes);
    if (body.kind === "refused") return body.response;
    return definition.handle(callOf(request, params, serving, caller.member, query.value, body.value));
  },
});
