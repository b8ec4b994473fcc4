import type { Context } from "@netlify/functions";
import { answerCallback } from "../../src/edge/answerCallback.ts";
import { makeDeps } from "../../src/edge/live.ts";

export const config = { path: "/hooks/callbacks/*" };

export default async (request: Request, context: Context): Promise<Response> => {
  const live = makeDeps(request, context);
  return live.kind === "refused" ? live.response : answerCallback(request, live.deps, live.afterwards);
};
