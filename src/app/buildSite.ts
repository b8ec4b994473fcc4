import { SECOND } from "../core/durations.ts";
import type { Site } from "../core/site.ts";
import type { Part, Sync } from "../core/slot.ts";
import type { Progress } from "./callSource.ts";
import type { Deps } from "./deps.ts";

/** A build hook answers at once or not at all (ms). */
const HOOK_DEADLINE = 20 * SECOND;
const TITLE_CHARS = 120;

/** What the deploy is called at Netlify: who asked, and the build by which it can be found. */
export const buildTitle = (sync: Sync | undefined, buildId: string): string => {
  const names = [...new Set((sync?.causes ?? []).map(({ name }) => name))].join(", ");
  return `${(names === "" ? "Layerhook" : names).slice(0, TITLE_CHARS)} (${buildId})`;
};

/** Asks Netlify to build a site. The hook has no idempotency: a call without an answer may have built. Never throws. */
export const buildSite = async (deps: Deps, site: Site, part: Part, signal: AbortSignal): Promise<Progress> => {
  const began = deps.clock.now();
  const decide = (error: string, unanswered: boolean): Progress => ({
    kind: "decided",
    outcome: { kind: "failed", error, unanswered, durationMs: deps.clock.now() - began },
  });
  const hook = deps.sealer.open(site.buildHook);
  const url = hook === null ? null : URL.parse(hook);
  if (url === null)
    return decide("its build hook cannot be read: LAYERHOOK_SECRET changed; set the build hook again", false);
  const sync = site.slot.open[part.syncId];
  url.searchParams.set("trigger_title", buildTitle(sync, part.syncId));
  const answer = await deps.outgoing.send({
    method: "POST",
    url: url.href,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ buildId: part.syncId, causes: sync?.causes ?? [] }),
    deadline: HOOK_DEADLINE,
    signal,
  });
  if (signal.aborted) return { kind: "left" };
  if (answer.kind === "silence") return decide(answer.error, true);
  if (answer.status < 200 || answer.status >= 300) return decide(`the build hook answered ${answer.status}`, false);
  return { kind: "decided", outcome: { kind: "ok", durationMs: deps.clock.now() - began } };
};
