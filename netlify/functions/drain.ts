import type { Context } from "@netlify/functions";
import { drain } from "../../src/app/repair/drain.ts";
import { makeDeps } from "../../src/edge/live.ts";

// The schedule is in netlify.toml, where it can be chosen without touching code.
export default async (request: Request, context: Context): Promise<void> => {
  const live = makeDeps(request, context, true);
  if (live.kind === "ready") await drain(live.deps);
};
