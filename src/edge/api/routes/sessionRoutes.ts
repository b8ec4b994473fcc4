import type { z } from "@hono/zod-openapi";
import { recordEnd } from "../../../app/manage/tokens.ts";
import { isoTime } from "../../../app/time.ts";
import { newSessionSchema, sessionSchema } from "../../../contract/records/sessionSchemas.ts";
import { tagOf } from "../../../contract/tags.ts";
import { foreignOrigin, unauthenticated } from "../../access/identityProblems.ts";
import type { Member } from "../../access/member.ts";
import { beginSession, forgetSession, hasSession, isForeign, sessionToEnd } from "../../access/sessions.ts";
import { noContent } from "../call.ts";
import { none, type Route } from "../definition.ts";
import { rateLimited } from "../describeRoute.ts";
import { problemResponses, STORE_PROBLEMS } from "../operationProblems.ts";
import { cannotAnswer } from "../problems.ts";
import { refusedParameters } from "../queryParameters.ts";
import { route } from "../route.ts";

const path = "/session";

const viewOf = ({ actor, role, via, dataLayers }: Member): z.input<typeof sessionSchema> => ({
  actor: { id: actor.id, name: actor.name, email: actor.email },
  role,
  via,
  dataLayers: dataLayers === undefined ? null : [...dataLayers],
});

const session = route({
  operationId: "getSession",
  method: "get",
  path,
  summary: "Shows who is signed in",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The caller", schema: sessionSchema } },
  scoped: true,
  async handle({ member, read }) {
    return read(sessionSchema, viewOf(member));
  },
});

const begin = route({
  operationId: "beginSession",
  method: "post",
  path,
  summary: "Exchanges the bearer token for a session cookie that scripts cannot read, valid for some hours",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The caller, with the cookie", schema: newSessionSchema } },
  scoped: true,
  async handle({ request, serving, member, answer }) {
    // A session that renewed itself would never end.
    if (!request.headers.has("authorization")) return unauthenticated();
    const { setCookie, expiresAt } = await beginSession(request, serving, member);
    const view = { ...viewOf(member), expiresAt: isoTime(expiresAt) };
    return answer(200, newSessionSchema, view, { "set-cookie": setCookie });
  },
});

/** Public, so that an expired session can be ended as well. */
const end: Route = {
  method: "delete",
  path,
  describe(registry) {
    registry.registerPath({
      operationId: "endSession",
      method: "delete",
      path: `/api/v1${path}`,
      summary: "Ends the session; its cookie stops working at once",
      description: "Public.",
      security: [],
      tags: [tagOf(path)],
      responses: {
        204: { description: "The session has ended for every holder of its cookie" },
        ...problemResponses({
          400: ["INVALID_INPUT"],
          403: ["FOREIGN_ORIGIN"],
          500: ["INTERNAL_ERROR"],
          503: STORE_PROBLEMS,
        }),
        ...rateLimited,
      },
    });
  },
  async answer(request, _params, serving) {
    const refused = refusedParameters(request, []);
    if (refused !== null) return refused;
    const { deps } = serving;
    if (hasSession(request) && isForeign(request, deps.publicUrl)) return foreignOrigin();
    const session = await sessionToEnd(request, serving);
    let answer = noContent();
    try {
      if (session !== null) await recordEnd(deps, session);
    } catch (error) {
      answer = cannotAnswer(error, "the end of a session", serving);
    }
    // This browser forgets the session also if its end could not be recorded.
    answer.headers.set("set-cookie", forgetSession(request));
    return answer;
  },
};

export const sessionRoutes: readonly Route[] = [session, begin, end];
