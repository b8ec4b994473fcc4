import { apply } from "../layer/apply.ts";
import type { ChangeBy } from "../layer/layer.ts";
import { accept } from "../slot/accept.ts";
import { claim } from "../slot/claim.ts";
import { needsWake } from "../slot/nextDue.ts";
import { settle } from "../slot/settle.ts";
import type { Outcome, Parts, Run, Slot, SlotDecision } from "../slot/slot.ts";
import { BUILD, siteParts } from "./pacing.ts";
import { oweSiteAct, type Site } from "./site.ts";

export type TestBegun =
  /** The test's build runs under the fencing token of `run`. `isWritten`: an earlier attempt of this change began it. */
  | { readonly kind: "begun"; readonly site: Site; readonly run: Run; readonly isWritten: boolean }
  /** A build runs or waits, or the site is paused. */
  | { readonly kind: "busy" };

/** The end of the call that a test made under its fencing token. */
export interface TestEnded {
  readonly fence: number;
  readonly outcome: Outcome;
  readonly deadline: number | null;
  readonly now: number;
}

const isIdle = ({ slot }: Site): boolean =>
  slot.running === null && slot.pending === null && Object.keys(slot.retry).length === 0 && !slot.paused;

/**
 * Begins a test of the build hook: a build by hand that is claimed by the write that requests it. The test waits for
 * nothing and runs beside no other build, so it is refused unless the slot is idle.
 */
export const beginTestBuild = (site: Site, by: ChangeBy): TestBegun => {
  const { now, attempt, actor, ids } = by;
  const { requestId: id, syncId } = ids;
  if (site.slot.running?.by === id) return { kind: "begun", site, run: site.slot.running, isWritten: true };
  if (!isIdle(site)) return { kind: "busy" };
  const request = {
    ...{ id, receivedAt: now, all: true, slugs: [], full: true, build: false, released: true, written: true },
    trigger: { type: "manual", id, at: now, actor },
  } as const;
  const { slot } = accept(site.slot, request, attempt, syncId);
  if (slot === null || slot.pending === null) return { kind: "busy" };
  const filled = { ...slot, pending: { ...slot.pending, notBefore: now } };
  const claimed = claim(filled, { by: id, now, rev: attempt.rev, start: true }, siteParts(site));
  if (claimed.kind !== "claimed") return { kind: "busy" };
  const next = oweSiteAct(apply(site, claimed), by, "site.hook_tested", { buildId: syncId });
  return { kind: "begun", site: next, run: claimed.run, isWritten: false };
};

/** The outcome as it counts for a test: a failure is final, because a test calls the hook once. */
const testOutcome = (outcome: Outcome): Outcome => {
  if (outcome.kind === "ok") return outcome;
  const { uncounted: _uncounted, notBefore: _notBefore, ...rest } = outcome;
  return { ...rest, atMost: 1 };
};

/**
 * Records how the call of a test ended. `deadline`: a deploy notification will report the end of the build until then
 * (ms); null: the build ends with the call. A test that lost its run to another worker records nothing. The result is
 * whether the slot needs a worker.
 */
export const recordTest = (
  slot: Slot,
  parts: Parts,
  { fence, outcome, deadline, now }: TestEnded,
): SlotDecision<boolean> => {
  const news = {
    outcomes: deadline === null ? { [BUILD]: testOutcome(outcome) } : {},
    polled: {},
    parked: deadline === null ? {} : { [BUILD]: deadline },
  };
  const settled = settle(slot, fence, news, null, now, parts);
  if (settled.kind === "fenced") return { change: null, result: false };
  return {
    change: { slot: settled.slot, ended: settled.kind === "ended" ? settled.ended : [] },
    result: needsWake(settled.slot, now, true),
  };
};
