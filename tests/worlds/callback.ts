import { PUBLISH } from "../../src/app/stored/documents.ts";
import { needsWake } from "../../src/core/slot/claim.ts";
import { remember } from "../../src/core/slot/remember.ts";
import { report } from "../../src/core/slot/settle.ts";
import type { Documents } from "./documents.ts";
import { type Loop, slotLoop } from "./loop.ts";
import type { PhaseAt, Who } from "./state.ts";

/** A job's report, as `reportBack` in src/app/receive/reportBack.ts records it. */
export const callbackLoop = (documents: Documents, who: Who, phase: PhaseAt<"report">): Loop => {
  const { slug, syncId, fence, outcome } = phase;
  const id = `report-${who.name}`;
  return slotLoop<boolean>(
    documents,
    who.on,
    { by: id, effort: PUBLISH },
    (holder, parts, { now }) => {
      const part = holder.slot.running?.parts[slug];
      const reported =
        part?.syncId === syncId ? report(holder.slot, fence, slug, outcome, now, parts) : { kind: "refused" as const };
      if (reported.kind === "refused") {
        return { change: null, result: holder.slot.recent.some((known) => known.id === id) };
      }
      const slot = remember(reported.slot, { id, syncId, queued: false });
      return { change: { slot, ended: reported.ended }, result: needsWake(slot, now, true) };
    },
    (updated) => ({ phase: { at: "over", answer: null }, ...(updated?.result === true ? { wake: who.on } : {}) }),
    () => ({ phase: { at: "over", answer: null } }),
  );
};
