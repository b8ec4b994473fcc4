import { z } from "@hono/zod-openapi";
import packageJson from "../../../package.json" with { type: "json" };
import { checkHealth } from "../../app/health.ts";
import type { Route } from "./route.ts";

/** This release. */
export const VERSION: string = packageJson.version;

const healthSchema = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    checks: z.object({
      store: z.object({ status: z.enum(["ok", "failing"]), detail: z.string().optional() }),
      configuration: z.object({ status: z.enum(["ok", "failing"]) }),
      drain: z.object({ status: z.enum(["ok", "late", "unknown"]), ageSeconds: z.number().nullable() }),
    }),
  })
  .openapi("Health");

/** Public, and kept by the network for a minute: it is asked by monitors, not by people. */
export const healthRoute: Route = {
  method: "get",
  path: "/health",
  describe(registry) {
    const content = { "application/json": { schema: healthSchema } };
    registry.registerPath({
      operationId: "getHealth",
      method: "get",
      path: "/api/v1/health",
      summary: "Says whether the system can do its work",
      description: "Public.",
      security: [],
      responses: {
        200: { description: "It can", content },
        503: {
          description:
            "The store does not hold what it promises, the drain does not tick, or the configuration is wrong",
          content,
        },
      },
    });
  },
  async answer(_request, _params, { deps, config }) {
    const { ok: works, store, drain } = await checkHealth(deps);
    const configured = config.problems.length === 0;
    const ok = works && configured;
    const body: z.input<typeof healthSchema> = {
      status: ok ? "ok" : "failing",
      version: VERSION,
      checks: { store, configuration: { status: configured ? "ok" : "failing" }, drain },
    };
    return Response.json(body, { status: ok ? 200 : 503, headers: { "cache-control": "public, max-age=60" } });
  },
};
