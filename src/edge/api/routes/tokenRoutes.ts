import { randomBytes } from "node:crypto";
import type { z } from "@hono/zod-openapi";
import { createToken, findToken, listTokens, removeToken } from "../../../app/manage/tokens.ts";
import { settleOwed, TOKENS_DEBTOR } from "../../../app/stored/settleOwed.ts";
import { isoTime } from "../../../app/time.ts";
import {
  newTokenSchema,
  tokenCreateSchema,
  tokenListSchema,
  tokenSchema,
} from "../../../contract/resources/tokenSchemas.ts";
import { ORDER_POSITION, pageQuery } from "../../../contract/schemas.ts";
import { isExpired, type StoredToken } from "../../../core/access/tokens.ts";
import { TOKENS } from "../../../core/limits.ts";
import { roleOf, TOKEN_PREFIX, tokenDigest } from "../../access/tokenMember.ts";
import { problem } from "../../problem.ts";
import { type Call, noContent } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, isRefused, notFound, refuse } from "../problems.ts";
import { route } from "../route.ts";
import { actorView } from "../views/syncView.ts";

const path = "/tokens";
const onePath = `${path}/{tokenId}`;

const timeOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : isoTime(ms));

const tokenView = (token: StoredToken, now: number): z.input<typeof tokenSchema> => ({
  id: token.id,
  name: token.name,
  role: token.role,
  dataLayers: token.dataLayers ?? null,
  createdAt: isoTime(token.createdAt),
  createdBy: actorView(token.createdBy),
  expiresAt: timeOrNull(token.expiresAt),
  expired: isExpired(token, now),
  lastUsedAt: timeOrNull(token.lastUsedAt),
});

const viewOf = ({ deps }: Call<unknown, unknown>, token: StoredToken) => tokenView(token, deps.clock.now());

const committed = ({ deps, serving }: Call<unknown, unknown>): void =>
  serving.afterwards(settleOwed(deps, TOKENS_DEBTOR));

const list = route({
  operationId: "listTokens",
  method: "get",
  path,
  summary: "Lists the tokens that the API created, newest first",
  allowed: "owners",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: tokenListSchema } },
  async handle(call) {
    const { items, nextCursor } = await listTokens(call.deps, call.query);
    return call.read(tokenListSchema, { items: items.map((token) => viewOf(call, token)), nextCursor });
  },
});

const create = route({
  operationId: "createToken",
  method: "post",
  path,
  summary: "Creates a token; the answer shows the token once",
  allowed: "owners",
  query: none,
  body: tokenCreateSchema,
  answers: { 201: { description: "The token", schema: newTokenSchema } },
  problems: { 409: ["LIMIT_REACHED"], 422: ["DATA_LAYER_UNKNOWN"] },
  async handle(call) {
    const { name, role, dataLayers, expiresAt } = call.body;
    const secret = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
    const result = await createToken(call.deps, call.member.actor, {
      name,
      role: roleOf(role),
      hash: tokenDigest(secret),
      dataLayers: dataLayers ?? null,
      expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    });
    if (isRefused(result)) return refuse(result);
    switch (result.kind) {
      case "over-already":
        return invalidInput("body", [{ path: "expiresAt", message: "must be in the future" }]);
      case "unknown-layers": {
        const detail = `dataLayers: no data layer has the id ${result.dataLayers.join(", ")}. Create the data layer first.`;
        return problem({ status: 422, code: "DATA_LAYER_UNKNOWN", title: "No such data layer", detail });
      }
      case "too-many": {
        const detail = `The limit is ${TOKENS} tokens. Delete a token first.`;
        return problem({ status: 409, code: "LIMIT_REACHED", title: "Too many tokens", detail, limit: TOKENS });
      }
      case "created": {
        committed(call);
        const location = `/api/v1${path}/${result.token.id}`;
        return call.answer(201, newTokenSchema, { ...viewOf(call, result.token), token: secret }, { location });
      }
    }
  },
});

const get = route({
  operationId: "getToken",
  method: "get",
  path: onePath,
  summary: "Shows a token, without the token text",
  allowed: "owners",
  query: none,
  body: none,
  answers: { 200: { description: "The token", schema: tokenSchema } },
  async handle(call) {
    const token = await findToken(call.deps, call.param("tokenId"));
    return token === null ? notFound("TOKEN") : call.read(tokenSchema, viewOf(call, token));
  },
});

const remove = route({
  operationId: "deleteToken",
  method: "delete",
  path: onePath,
  summary: "Deletes a token, which stops working at once, and ends its sessions",
  allowed: "owners",
  query: none,
  body: none,
  answers: { 204: { description: "Deleted" } },
  async handle(call) {
    const result = await removeToken(call.deps, call.member.actor, call.param("tokenId"));
    if (isRefused(result)) return refuse(result);
    committed(call);
    return noContent();
  },
});

export const tokenRoutes: readonly Route[] = [list, create, get, remove];
