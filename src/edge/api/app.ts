import { OpenAPIHono } from "@hono/zod-openapi";
import { problem } from "../problem.ts";
import { auditRoutes } from "./auditRoutes.ts";
import { configurationRoutes } from "./configurationRoutes.ts";
import { deliveryRoutes } from "./deliveryRoutes.ts";
import { healthRoute, VERSION } from "./healthRoute.ts";
import { makeIdentify } from "./identify.ts";
import { layerRoutes } from "./layerRoutes.ts";
import { openapiRoute } from "./openapiRoute.ts";
import type { ApiOptions, Serving } from "./options.ts";
import { overviewRoutes } from "./overviewRoutes.ts";
import { cannotAnswer } from "./problems.ts";
import { recipeRoutes } from "./recipeRoutes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./sessionRoutes.ts";
import { siteRoutes } from "./siteRoutes.ts";
import { syncRoutes } from "./syncRoutes.ts";
import { testCallRoute } from "./testCallRoute.ts";
import { tokenRoutes } from "./tokenRoutes.ts";
import { usageRoutes } from "./usageRoutes.ts";
import { webhookRoutes } from "./webhookRoutes.ts";

/** Every route of the API itself. */
export const ownRoutes: readonly Route[] = [
  healthRoute,
  ...sessionRoutes,
  ...layerRoutes,
  ...webhookRoutes,
  ...recipeRoutes,
  testCallRoute,
  ...syncRoutes,
  ...deliveryRoutes,
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
    title: "There is nothing here",
    detail: "This path is not part of the API. /api/v1/openapi.json describes every one that is.",
  });

const wrongMethod = (allow: string): Response =>
  problem(
    {
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "This method is not for this path",
      detail: `Allowed here: ${allow}.`,
    },
    { allow },
  );

/** The management API, below `/api/v1`. */
export const apiApp = (options: ApiOptions): OpenAPIHono => {
  const serving: Serving = { ...options, identify: makeIdentify(options) };
  const described = [...ownRoutes, ...(options.moreRoutes ?? [])];
  const routes = [...described, openapiRoute(described, VERSION)];
  const app = new OpenAPIHono({ strict: false });

  for (const route of routes) {
    app.on(route.method.toUpperCase(), honoPath(route.path), async (context) => {
      try {
        return await route.answer(context.req.raw, context.req.param(), serving);
      } catch (error) {
        return cannotAnswer(error, `${route.method} ${route.path}`, options);
      }
    });
  }
  // After every method of every path: what is left is a known path asked with another method.
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    app.all(honoPath(path), () => wrongMethod(allow));
  }
  app.notFound(noRoute);
  app.onError((error) => cannotAnswer(error, "the API", options));
  return app;
};
