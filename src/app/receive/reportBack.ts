import { okOutcome, readJobAnswer } from "../../core/slot/jobAnswer.ts";
import { type JobReport, type ReportedBack, recordReport } from "../../core/slot/recordReport.ts";
import { partsOf } from "../../core/slotOwner.ts";
import type { CallbackClaims, Deps, Target } from "../deps.ts";
import { PUBLISH } from "../stored/documents.ts";
import { updateSlot } from "../stored/slots.ts";

/**
 * Records the end of a parked job. The caller has checked the token of the URL. A repeated report is refused, which
 * shows the job that the first one was recorded. Throws `StoreUnavailable`.
 */
export const reportBack = async (deps: Deps, claims: CallbackClaims, text: string): Promise<ReportedBack> => {
  const { layerId, syncId, slug, fence } = claims;
  const { error } = readJobAnswer(text);
  const report: JobReport = {
    id: deps.ids.timeOrdered(),
    syncId,
    slug,
    fence,
    outcome: error === undefined ? okOutcome(text, 0) : { kind: "failed", error, unanswered: false, durationMs: 0 },
  };
  const target: Target = { kind: "layer", id: layerId };
  const updated = await updateSlot<ReportedBack>(
    deps,
    target,
    (owner, { now }) => recordReport(owner.slot, partsOf(owner), report, now),
    PUBLISH,
  );
  return updated?.result ?? { kind: "closed" };
};
