import type { Context } from "@netlify/functions";
import { work } from "../../src/app/worker/work.ts";
import { makeDeps } from "../../src/edge/live.ts";
import { readWake } from "../../src/edge/outgoing/wake.ts";
import { readBody } from "../../src/edge/readBody.ts";

export const config = { path: "/internal/run-sync", background: true };

/** Of the fifteen minutes a background function has; the rest is for handing over (ms). */
const SHIFT = 14 * 60 * 1000;

export default async (request: Request, context: Context): Promise<void> => {
  const live = makeDeps(request, context);
  if (live.kind === "refused") return;
  const { config: settings, deps } = live;
  const body = await readBody(request, 1024);
  const text = body.kind === "whole" ? (body.text ?? "") : "";
  const wake = readWake(settings.secrets, text, deps.clock.now());
  if (wake === null) {
    deps.report({ kind: "trouble", where: "run-sync", error: "a call without a valid signature" });
    return;
  }
  await work(deps, wake.target, SHIFT, wake.isRunAgain);
};
