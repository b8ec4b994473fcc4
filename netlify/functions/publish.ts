import type { Context } from "@netlify/functions";
import { answerPublish } from "../../src/edge/answerPublish.ts";
import { serve } from "../../src/edge/serve.ts";

// What cannot be an id starts no function. No rate limit: senders share addresses, and hardly ever send again.
export const config = {
  path: "/hooks/data_layer/data_source/publish/:layer([A-Za-z0-9_-]{8,128})/:webhook([A-Za-z0-9_-]{8,128})?",
};

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps, afterwards }) => answerPublish(request, deps, afterwards));
