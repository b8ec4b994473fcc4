import { PUBLISH } from "../../../src/app/stored/documents.ts";
import { type ReportedBack, recordReport } from "../../../src/core/slot/recordReport.ts";
import { partsOf } from "../../../src/core/slotOwner.ts";
import type { Documents } from "../documents.ts";
import type { PhaseAt, Who } from "../state.ts";
import { type Loop, slotLoop } from "./loop.ts";

/** A job's report, as `reportBack` in src/app/receive/reportBack.ts records it. */
export const callbackLoop = (documents: Documents, who: Who, phase: PhaseAt<"report">): Loop => {
  const report = { ...phase, id: `report-${who.name}` };
  return slotLoop<ReportedBack>(
    documents,
    who.on,
    { by: report.id, effort: PUBLISH },
    (owner, { now }) => recordReport(owner.slot, partsOf(owner), report, now),
    (updated) => {
      const wakes = updated?.result.kind === "recorded" && updated.result.wake;
      return { phase: { at: "over", answer: null }, wakes: wakes ? [who.on] : [] };
    },
    () => ({ phase: { at: "over", answer: null }, wakes: [] }),
  );
};
