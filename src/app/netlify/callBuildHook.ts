import { SECOND } from "../../core/durations.ts";
import { buildOptionsOf } from "../../core/site/buildOptions.ts";
import { deployMark } from "../../core/site/deployEvent.ts";
import { isOtherService } from "../../core/site/hookKind.ts";
import type { Site } from "../../core/site/site.ts";
import type { Outcome, Part } from "../../core/slot/slot.ts";
import type { Sync } from "../../core/slot/sync.ts";
import type { Deps, OutgoingAnswer } from "../deps.ts";
import type { Proof } from "../proof/proofRecord.ts";
import { openerOf, sealedParts } from "../stored/sealing.ts";
import { hookBody } from "./hookBody.ts";
import { answerText, refusedBuild } from "./refusedBuild.ts";

/** The deadline of a call of a build hook, which answers at once (ms). */
const HOOK_DEADLINE = 20 * SECOND;
const TITLE_CHARS = 120;

/** The title of the deploy at Netlify: who requested it, and its mark. */
export const buildTitle = (sync: Sync | undefined, part: Pick<Part, "syncId" | "callFence">): string => {
  const names = [...new Set((sync?.causes ?? []).map(({ name }) => name))].join(", ");
  return `${(names === "" ? "Layerhook" : names).slice(0, TITLE_CHARS)} ${deployMark(part)}`;
};

/** One call of a build hook. */
export interface HookCall {
  /** `ok`: the hook took the request. */
  readonly outcome: Outcome;
  /** The status of the answer; null: no answer. */
  readonly status: number | null;
  /** The start of the answer, without the hook's id. */
  readonly text: string;
}

/**
 * Calls a site's build hook for one attempt, and sends what is in the build (`manifest`), if that is known. A hook is not
 * idempotent: a call without an answer may have started a build. Never throws.
 */
export const callBuildHook = async (
  deps: Deps,
  site: Site,
  part: Pick<Part, "syncId" | "callFence" | "ask">,
  signal: AbortSignal,
  manifest: Proof | null = null,
): Promise<HookCall> => {
  const began = deps.clock.now();
  const failed = (error: string, unanswered: boolean): HookCall => {
    const durationMs = deps.clock.now() - began;
    return { outcome: { kind: "failed", error, unanswered, durationMs }, status: null, text: "" };
  };
  const hook = openerOf(deps.sealer, site, sealedParts.buildHook).open(site.buildHook);
  const url = hook === null ? null : URL.parse(hook);
  if (url === null) {
    return failed(
      "the build hook cannot be decrypted, because LAYERHOOK_SECRET changed. Enter the build hook again",
      false,
    );
  }
  const sync = site.slot.open[part.syncId];
  const { branch, clearCache } = buildOptionsOf(site, part.ask);
  url.searchParams.set("trigger_title", buildTitle(sync, part));
  if (branch !== undefined) url.searchParams.set("trigger_branch", branch);
  if (clearCache) url.searchParams.set("clear_cache", "true");
  const answer: OutgoingAnswer = await deps.outgoing.send({
    method: "POST",
    url: url.href,
    headers: { "content-type": "application/json" },
    body: hookBody({ buildId: part.syncId, causes: sync?.causes ?? [], manifest }, deps.sealer),
    deadline: HOOK_DEADLINE,
    signal,
  });
  if (answer.kind === "silence") return failed(answer.error, answer.unsent !== true && answer.refused !== true);
  const now = deps.clock.now();
  const durationMs = now - began;
  const secret = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  const isTaken = answer.status >= 200 && answer.status < 300;
  const outcome: Outcome = isTaken
    ? { kind: "ok", durationMs }
    : refusedBuild(answer, {
        from: "the build hook",
        kind: isOtherService(site) ? "other" : "netlify",
        secret,
        now,
        durationMs,
      });
  return { outcome, status: answer.status, text: answerText(answer.text, secret) };
};
