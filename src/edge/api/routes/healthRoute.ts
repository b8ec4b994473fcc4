import { z } from "@hono/zod-openapi";
import packageJson from "../../../../package.json" with { type: "json" };
import { checkHealth } from "../../../app/repair/health.ts";
import { healthSchema } from "../../../contract/records/healthSchemas.ts";
import { tagOf } from "../../../contract/tags.ts";
import { defined } from "../../../core/defined.ts";
import type { Accounts } from "../../access/member.ts";
import { UNKNOWN_REACH } from "../../outgoing/reach.ts";
import type { Route } from "../definition.ts";
import { notModified, rateLimited } from "../describeRoute.ts";
import { namesEtag, weakEtagOf } from "../etags.ts";
import { wrongVariables } from "../wrongVariables.ts";

/** The version of this release. */
export const VERSION: string = packageJson.version;

type TeamCheck = z.input<typeof healthSchema>["checks"]["team"];

const MOVED =
  "The slug in LAYERHOOK_NETLIFY_TEAM belongs to another Netlify team now, or your team was renamed. Set LAYERHOOK_NETLIFY_TEAM to the team's id.";

/** The state of the configured slug; undefined if the team is configured by its id, or Netlify tokens are off. */
const teamOf = async (accounts: Accounts | null): Promise<TeamCheck | undefined> => {
  if (accounts?.hasMoved === undefined) return undefined;
  try {
    return (await accounts.hasMoved()) ? { status: "moved", detail: MOVED } : { status: "ok" };
  } catch {
    return { status: "unknown" };
  }
};

/** Public and cached for a minute by the network, because monitors call it. */
export const healthRoute: Route = {
  method: "get",
  path: "/health",
  describe(registry) {
    const content = { "application/json": { schema: healthSchema } };
    registry.registerPath({
      operationId: "getHealth",
      method: "get",
      path: "/api/v1/health",
      summary: "Shows whether the system is healthy",
      description: "Public.",
      tags: [tagOf("/health")],
      security: [],
      request: { headers: z.object({ "If-None-Match": z.string().optional() }) },
      responses: {
        200: { description: "Healthy", content },
        ...notModified,
        503: {
          description:
            "The store does not work correctly, the repair function does not run, the configuration is wrong, stored documents or secrets cannot be read, no worker can be called, or no sender gets through",
          content,
        },
        ...rateLimited,
      },
    });
  },
  async answer(request, _params, serving) {
    const { deps, config, reach, accounts } = serving;
    const [{ ok: works, store, drain, sealing, documents }, reached, team] = await Promise.all([
      checkHealth(deps),
      reach?.() ?? UNKNOWN_REACH,
      teamOf(accounts),
    ]);
    const { selfCall, publicAccess } = reached;
    const wrong = wrongVariables(serving);
    const configured = wrong.length === 0;
    const secret = config.secrets.length === 0 ? { status: "missing" as const, unreadable: 0 } : sealing;
    const reachable = selfCall !== "failing" && publicAccess !== "private" && publicAccess !== "redirects";
    const ok = works && configured && reachable;
    const body: z.input<typeof healthSchema> = {
      status: ok ? "ok" : "failing",
      version: VERSION,
      checks: {
        store,
        configuration: configured ? { status: "ok" } : { status: "failing", problems: [...wrong] },
        secret,
        ...defined({ team }),
        documents,
        drain,
        selfCall: { status: selfCall },
        publicAccess: { status: publicAccess },
      },
    };
    const headers = { "cache-control": "public, max-age=60" };
    if (!ok) return Response.json(body, { status: 503, headers });
    const etag = weakEtagOf({ ...body, checks: { ...body.checks, drain: drain.status } });
    const ifNoneMatch = request.headers.get("if-none-match");
    return ifNoneMatch !== null && namesEtag(ifNoneMatch, etag)
      ? new Response(null, { status: 304, headers: { ...headers, etag } })
      : Response.json(body, { headers: { ...headers, etag } });
  },
};
