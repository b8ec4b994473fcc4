import type { Context } from "@netlify/functions";
import { answerDeploy } from "../../src/edge/answerDeploy.ts";
import { makeDeps } from "../../src/edge/live.ts";

export const config = { path: "/hooks/deploys/*" };

export default async (request: Request, context: Context): Promise<Response> => {
  const live = makeDeps(request, context);
  return live.kind === "refused" ? live.response : answerDeploy(request, live.deps, live.afterwards);
};
