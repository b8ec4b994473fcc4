import type { Context } from "@netlify/functions";
import { answerDeploy } from "../../src/edge/hooks/answerDeploy.ts";
import { serve } from "../../src/edge/serve.ts";

export const config = { path: "/hooks/deploys/*" };

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps, afterwards }) => answerDeploy(request, deps, afterwards));
