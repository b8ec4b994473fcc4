import { needsWake } from "../../core/slot/claim.ts";
import { okOutcome, readJobAnswer } from "../../core/slot/jobAnswer.ts";
import { remember } from "../../core/slot/remember.ts";
import { report } from "../../core/slot/settle.ts";
import { type Outcome, own } from "../../core/slot/slot.ts";
import type { CallbackClaims, Deps, Target } from "../deps.ts";
import { PUBLISH } from "../stored/documents.ts";
import { updateSlot } from "../stored/slots.ts";

export type ReportedBack =
  | { readonly kind: "recorded"; readonly wake: boolean }
  /** The call is not open any more: reported already, timed out, taken over or cancelled. */
  | { readonly kind: "closed" };

/**
 * A parked job reports its end. The caller has checked the URL's token. A report whose reply was lost is refused when it
 * comes again, which tells the job that it was recorded. Throws `StoreUnavailable`.
 */
export const reportBack = async (deps: Deps, claims: CallbackClaims, text: string): Promise<ReportedBack> => {
  const { layerId, slug, fence } = claims;
  const { error } = readJobAnswer(text);
  const target: Target = { kind: "layer", id: layerId };
  const id = deps.ids.timeOrdered();
  const updated = await updateSlot<ReportedBack>(
    deps,
    target,
    (holder, parts, { now }) => {
      const part = own(holder.slot.running?.parts ?? {}, slug);
      const durationMs = Math.max(now - (holder.slot.running?.startedAt ?? now), 0);
      const outcome: Outcome =
        error === undefined ? okOutcome(text, durationMs) : { kind: "failed", error, unanswered: false, durationMs };
      const reported =
        part?.syncId === claims.syncId
          ? report(holder.slot, fence, slug, outcome, now, parts)
          : { kind: "refused" as const };
      if (reported.kind === "refused") {
        // Found by its own id: the write landed and its reply was lost.
        const mine = holder.slot.recent.some((known) => known.id === id);
        return { change: null, result: mine ? { kind: "recorded", wake: true } : { kind: "closed" } };
      }
      const { ended } = reported;
      const slot = remember(reported.slot, { id, syncId: claims.syncId, queued: false });
      return { change: { slot, ended }, result: { kind: "recorded", wake: needsWake(slot, now, true) } };
    },
    PUBLISH,
  );
  return updated?.result ?? { kind: "closed" };
};
