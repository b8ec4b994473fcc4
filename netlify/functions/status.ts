import type { Context } from "@netlify/functions";
import { serve } from "../../src/edge/serve.ts";
import { answerStatus, type ShownStatus, STATUS_HEADERS } from "../../src/edge/status/answerStatus.ts";
import { StatusMemory } from "../../src/edge/status/statusMemory.ts";

// A whole office may watch from one address, and looks again every six seconds.
export const config = {
  path: "/status/*",
  rateLimit: { windowSize: 60, windowLimit: 3000, aggregateBy: ["ip"] },
};

// Outlives the requests of one instance, so that many viewers cost as little as one.
const memory = new StatusMemory<ShownStatus>();

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, ({ deps }) => answerStatus(request, deps, memory), STATUS_HEADERS);
