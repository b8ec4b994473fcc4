import type { Context } from "@netlify/functions";
import { answerCallback } from "../../src/edge/hooks/answerCallback.ts";
import { serve } from "../../src/edge/serve.ts";

export const config = { path: "/hooks/callbacks/*" };

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps, afterwards }) => answerCallback(request, deps, afterwards));
