import type { Context } from "@netlify/functions";
import { answerPublish } from "../../src/edge/answerPublish.ts";
import { makeDeps } from "../../src/edge/live.ts";

export const config = { path: "/hooks/data_layer/data_source/publish/*" };

export default async (request: Request, context: Context): Promise<Response> => {
  const live = makeDeps(request, context);
  return live.kind === "refused" ? live.response : answerPublish(request, live.deps, live.afterwards);
};
