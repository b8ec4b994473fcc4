import type { Context } from "@netlify/functions";
import { answerPublish } from "../../src/edge/answerPublish.ts";
import { serve } from "../../src/edge/serve.ts";

export const config = { path: "/hooks/data_layer/data_source/publish/*" };

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps, afterwards }) => answerPublish(request, deps, afterwards));
