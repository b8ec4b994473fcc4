import { isDeepStrictEqual } from "node:util";
import type { CallbackClaims } from "../../../src/app/deps.ts";
import { own, type Part } from "../../../src/core/slot/slot.ts";
import { type Fail, plain, type Step } from "./slot.ts";

const parkedLaw = (step: Step, slug: string, part: Part, fail: Fail): void => {
  const { after, wall, role } = step;
  if (part.parked !== true || role === "person" || role === "callback" || role === "deploy") return;
  const kept = own(after.running?.parts ?? {}, slug);
  if (kept?.syncId === part.syncId && (kept.parked === true || kept.outcome !== undefined)) return;
  const sync = own(after.open, part.syncId) ?? step.ended.find(({ id }) => id === part.syncId);
  const status = own(sync?.parts ?? {}, slug)?.status;
  if (status === "superseded" || (part.deadline ?? 0) <= wall) return;
  fail("rule 8: a job that reports by itself goes on", `${slug} of ${part.syncId} is ${status}`);
};

/**
 * What must hold of calls that are under way: where to ask is not forgotten, or the job would be started twice; one that
 * reports by itself is left to it; what was decided stays decided.
 */
export const openCallLaws = (step: Step, fail: Fail): void => {
  const { before, after } = step;
  const running = after.running?.parts ?? {};
  for (const [slug, part] of Object.entries(before.running?.parts ?? {})) {
    const now = own(running, slug);
    if (part.outcome !== undefined) {
      if (now?.syncId === part.syncId && now.callFence === part.callFence) {
        if (!isDeepStrictEqual(now.outcome, part.outcome)) fail("P1: an outcome is final", `${slug} of ${part.syncId}`);
      }
      continue;
    }
    parkedLaw(step, slug, part, fail);
    const retry = own(after.retry, slug);
    if (part.location === undefined || retry?.syncId !== part.syncId || retry.tries !== part.tries) continue;
    if ((retry.uncounted ?? 0) > (part.uncounted ?? 0)) continue;
    if (retry.location !== part.location) fail("rule 8: a job is not started twice", `${slug} of ${part.syncId}`);
  }
  for (const [slug, retry] of Object.entries(before.retry)) {
    const now = own(running, slug);
    if (now === undefined) continue;
    if (now.syncId === retry.syncId) {
      if (now.location !== retry.location) fail("rule 8: a job is not started twice", `${slug} of ${retry.syncId}`);
    } else if (now.tries !== retry.tries || now.lost !== retry.lost || now.since !== retry.since) {
      fail("P16: a newer sync goes on counting", `${slug} of ${now.syncId}, taken over from ${retry.syncId}`);
    }
  }
};

/** A report decides the one call whose token its address carries. */
export const reportLaws = ({ before, after, role }: Step, claims: CallbackClaims | undefined, fail: Fail): void => {
  // Whoever takes a report also clears what is owed, which leaves the slot as it is.
  if (role !== "callback" || isDeepStrictEqual(plain(before), plain(after))) return;
  const part = own(before.running?.parts ?? {}, claims?.slug ?? "");
  const mine = part?.syncId === claims?.syncId && part?.callFence === claims?.fence && part?.outcome === undefined;
  if (!mine) fail("rule 7: a report counts for its own call", `${claims?.slug} of ${claims?.syncId}/${claims?.fence}`);
};
