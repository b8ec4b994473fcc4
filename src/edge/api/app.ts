import { OpenAPIHono } from "@hono/zod-openapi";
import { makeIdentify } from "../access/identify.ts";
import { problem } from "../problem.ts";
import type { Route } from "./definition.ts";
import { openapiRoute } from "./openapiRoute.ts";
import type { ApiOptions } from "./options.ts";
import { cannotAnswer } from "./problems.ts";
import { auditRoutes } from "./routes/auditRoutes.ts";
import { configurationRoutes } from "./routes/configurationRoutes.ts";
import { deliveryRoutes } from "./routes/deliveryRoutes.ts";
import { healthRoute, VERSION } from "./routes/healthRoute.ts";
import { layerRoutes } from "./routes/layerRoutes.ts";
import { liveTestRoute } from "./routes/liveTestRoute.ts";
import { overviewRoutes } from "./routes/overviewRoutes.ts";
import { probeTestRoute } from "./routes/probeTestRoute.ts";
import { recipeRoutes } from "./routes/recipeRoutes.ts";
import { sessionRoutes } from "./routes/sessionRoutes.ts";
import { siteRoutes } from "./routes/sites/siteRoutes.ts";
import { statusLinkRoutes } from "./routes/statusLinkRoutes.ts";
import { syncRoutes } from "./routes/syncRoutes.ts";
import { tokenRoutes } from "./routes/tokenRoutes.ts";
import { usageRoutes } from "./routes/usageRoutes.ts";
import { testCallRoute } from "./routes/webhooks/testCallRoute.ts";
import { testConditionsRoute } from "./routes/webhooks/testConditionsRoute.ts";
import { webhookRoutes } from "./routes/webhooks/webhookRoutes.ts";

/** Every route of the API itself. */
export const ownRoutes: readonly Route[] = [
  healthRoute,
  ...sessionRoutes,
  ...layerRoutes,
  ...webhookRoutes,
  ...recipeRoutes,
  testCallRoute,
  testConditionsRoute,
  ...syncRoutes,
  ...deliveryRoutes,
  liveTestRoute,
  probeTestRoute,
  ...statusLinkRoutes,
  ...overviewRoutes,
  ...siteRoutes,
  ...usageRoutes,
  ...tokenRoutes,
  ...auditRoutes,
  ...configurationRoutes,
];

const honoPath = (path: string): string => `/api/v1${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;

const noRoute = (): Response =>
  problem({
    status: 404,
    code: "ROUTE_NOT_FOUND",
    title: "No such path",
    detail: "The API has no such path. /api/v1/openapi.json describes every path.",
  });

const wrongMethod = (allow: string): Response =>
  problem(
    {
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "Method not allowed",
      detail: `This path supports ${allow}.`,
    },
    { allow },
  );

const routes: readonly Route[] = [...ownRoutes, openapiRoute(ownRoutes, VERSION)];

/**
 * Every route of the API and its description, below `/api/v1`. The environment of a request carries what the request
 * needs.
 */
const makeApp = (): OpenAPIHono<{ Bindings: ApiOptions }> => {
  const app = new OpenAPIHono<{ Bindings: ApiOptions }>({ strict: false });
  for (const route of routes) {
    app.on(route.method.toUpperCase(), honoPath(route.path), async ({ env, req }) => {
      try {
        return await route.answer(req.raw, req.param(), { ...env, identify: makeIdentify(env) });
      } catch (error) {
        return cannotAnswer(error, `${route.method} ${route.path}`, env);
      }
    });
  }
  // This comes after all routes, so it handles known paths with another method.
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    app.all(honoPath(path), () => wrongMethod(allow));
  }
  app.notFound(noRoute);
  app.onError((error, { env }) => cannotAnswer(error, "the API", env));
  return app;
};

/** Created once for all requests of an instance. It holds nothing of any request. */
export const apiApp = makeApp();

/** Answers one request of the management API with the request's own store, configuration and options. */
export const answerApi = async (request: Request, options: ApiOptions): Promise<Response> =>
  apiApp.fetch(request, options);
