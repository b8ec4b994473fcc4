import { needsWake } from "./nextDue.ts";
import { report } from "./settle.ts";
import { type Outcome, own, type Parts, remember, type Slot, type SlotDecision } from "./slot.ts";

/** A job's own report of the end of one call. */
export interface JobReport {
  /** New for each report, so that a report whose write landed and whose reply was lost is recognised. */
  readonly id: string;
  readonly syncId: string;
  readonly slug: string;
  /** The fencing token of the call. */
  readonly fence: number;
  readonly outcome: Outcome;
}

export type ReportedBack =
  | { readonly kind: "recorded"; readonly wake: boolean }
  /** The call is no longer open: reported already, timed out, taken over or cancelled. */
  | { readonly kind: "closed" };

/** Records a job's report as the outcome of its call, whose duration counts from the start of the run. */
export const recordReport = (
  slot: Slot,
  parts: Parts,
  { id, syncId, slug, fence, outcome }: JobReport,
  now: number,
): SlotDecision<ReportedBack> => {
  const part = own(slot.running?.parts ?? {}, slug);
  const durationMs = Math.max(now - (slot.running?.startedAt ?? now), 0);
  const reported =
    part?.syncId === syncId
      ? report(slot, fence, slug, { ...outcome, durationMs }, now, parts)
      : { kind: "refused" as const };
  if (reported.kind === "refused") {
    // The report's own id is in the document: its write landed and the reply was lost.
    const mine = slot.recent.some((known) => known.id === id);
    return { change: null, result: mine ? { kind: "recorded", wake: true } : { kind: "closed" } };
  }
  const { ended } = reported;
  const next = remember(reported.slot, { id, syncId, queued: false });
  return { change: { slot: next, ended }, result: { kind: "recorded", wake: needsWake(next, now, true) } };
};
