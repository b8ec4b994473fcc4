import type { Context } from "@netlify/functions";
import { defined } from "../core/defined.ts";
import { type Live, makeDeps } from "./live.ts";
import { codeOf } from "./problem.ts";
import { ALWAYS, protect } from "./protect.ts";
import { namedLayer, redactedPath, redactedReferer } from "./redact.ts";
import { faultOf } from "./storeMisconfigured.ts";

type Ready = Extract<Live, { readonly kind: "ready" }>;

const outcomeOf = (status: number): "done" | "refused" | "failed" =>
  status < 400 ? "done" : status < 500 ? "refused" : "failed";

/** Wraps the answer of every function: the composition, the protecting headers, and one line of log without secrets. */
export const serve = async (
  request: Request,
  context: Context,
  answer: (live: Ready) => Promise<Response>,
  always = ALWAYS,
): Promise<Response> => {
  const live = makeDeps(request, context);
  if (live.kind === "refused") return protect(request, live.response, always);
  const { deps } = live;
  const startedAt = deps.clock.elapsed();
  const response = await answer(live);
  const { status } = response;
  const fault = faultOf(response);
  const { pathname } = new URL(request.url);
  deps.report({
    kind: "request",
    method: request.method,
    path: redactedPath(pathname),
    referer: redactedReferer(request.headers.get("referer")),
    layer: namedLayer(pathname, status),
    status,
    outcome: outcomeOf(status),
    code: codeOf(response),
    ...defined({ fault: fault ?? undefined }),
    ms: Math.round(deps.clock.elapsed() - startedAt),
  });
  return protect(request, response, always);
};
