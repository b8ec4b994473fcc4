import type { Context } from "@netlify/functions";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { serve } from "../../src/edge/serve.ts";

// Whatever stands where ids do starts the function: a sender with a broken URL is told so in a problem document, which the
// platform's own 404 page is not. Letting ids alone through would spare nothing: an id that is made up has their form too.
// What is longer or shorter than such a path starts nothing. No rate limit: senders share addresses, and hardly ever send again.
export const config = {
  path: "/hooks/data_layer/data_source/publish/:layer/:webhook?",
};

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps, afterwards }) => answerPublish(request, deps, afterwards));
