import type { Context } from "@netlify/functions";
import { apiApp } from "../../src/edge/api/app.ts";
import { makeDeps } from "../../src/edge/live.ts";
import { refusedUrl } from "../../src/edge/refusedUrl.ts";

// Literals alone: the bundler drops the whole of what it cannot read, `satisfies` included, and takes `"ip"` for the domain.
export const config = {
  path: ["/api/v1", "/api/v1/*"],
  rateLimit: { windowSize: 60, windowLimit: 600, aggregateBy: ["ip"] },
};

export default async (request: Request, context: Context): Promise<Response> => {
  const live = makeDeps(request, context);
  if (live.kind === "refused") return live.response;
  const { deps, config: settings, afterwards, reach } = live;
  const checkUrl = (url: string) => refusedUrl(url, settings.allowHttp);
  return apiApp({ deps, config: settings, afterwards, checkUrl, reach }).fetch(request);
};
