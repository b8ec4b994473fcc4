import { defined } from "../defined.ts";
import { CLOCK_SKEW, LEASE } from "../durations.ts";
import { countAt, countBuild, countWork } from "../usage/usage.ts";
import { pendingSlugs, scopeOf, takenAsk } from "./accept.ts";
import { checkNow, noteChecked } from "./check.ts";
import { endFinished, markPart, withCausesOf, withOptionsOf } from "./ending.ts";
import { type Judged, judge, judgeLost, judgeUnanswered, judgeUnheard, oweBuild } from "./judge.ts";
import { adoptable, parkedUntil, retryAt, sleptOut } from "./nextDue.ts";
import { opening, spend } from "./pace.ts";
import type { Build, Change, Part, Parts, Pending, Retry, Run, Slot } from "./slot.ts";
import { own, without } from "./slot.ts";
import type { Sync } from "./sync.ts";

/** Who claims, and when. `by` is new for each claim, so that a claim whose reply was lost is recognised. */
export interface Claimant {
  readonly by: string;
  readonly now: number;
  /** The revision of the claim's write. */
  readonly rev: number;
  /** False: end what is over but start nothing (the outbox is full, or time is short). */
  readonly start: boolean;
}

/** The result for a slot in which nothing runs. */
export type Started =
  | ({ readonly kind: "claimed"; readonly run: Run } & Change)
  /** Nothing can start now. `slot` differs if something was ended or taken over. */
  | ({ readonly kind: "idle" } & Change);

export type Claim =
  | Started
  /** An earlier attempt of this claim landed. */
  | { readonly kind: "mine"; readonly run: Run }
  | { readonly kind: "busy" };

const expired = (run: Run, now: number): boolean => run.leaseUntil + CLOCK_SKEW < now;

/**
 * Ends a run whose lease is over. Decided parts are judged, and a job that reports by itself goes on (or has timed
 * out). Every other part becomes a retry that is due now, so that the next claim takes it together with the pending
 * sync. The old fencing token is invalid from here on.
 */
export const takeOver = (slot: Slot, run: Run, now: number, parts: Parts): { slot: Slot; carried: Run["parts"] } => {
  const usage = countWork(slot.usage, run, run.leaseUntil);
  let judged: Judged = { slot: { ...slot, ...usage, running: null, fence: slot.fence + 1 }, changed: [] };
  const carried: Record<string, Part> = {};
  for (const [slug, part] of Object.entries(run.parts)) {
    const late = part.parked === true && (part.deadline ?? 0) <= now;
    if (part.outcome !== undefined) judged = judge(judged, slug, part, part.outcome, now, parts);
    else if (late && parts.acceptedIsOver === true && part.deploy?.foreign !== true) {
      judged = judgeUnheard(judged, slug, part, now, parts);
    } else if (late) {
      const error = "timed out: the job did not finish within timeoutSeconds";
      judged = judgeUnanswered(judged, slug, part, error, now, parts);
    } else if (part.parked === true) carried[slug] = part;
    else judged = judgeLost(judged, slug, part, now, parts);
  }
  const builds = Object.entries(run.parts)
    .filter(([, part]) => part.build)
    .map(([slug]) => slug);
  return { slot: oweBuild(judged, builds, `${run.lead}.${run.fence}`, now, parts), carried };
};

/**
 * A check as a sync. The write that creates it also claims it, so that nothing merges into it and nothing pending waits
 * for it.
 */
const pendingCheck = ({ slugs, type }: NonNullable<ReturnType<typeof checkNow>>, { by, now }: Claimant): Pending => ({
  syncId: by,
  filledAt: now,
  at: now,
  notBefore: now,
  trigger: { type, id: by, at: now },
  all: false,
  asks: Object.fromEntries(slugs.map((slug) => [slug, { full: true }])),
  deliveries: 0,
  build: true,
});

/** The record of a pending sync at its claim. */
const openSync = (pending: Pending, slugs: readonly string[], claimant: Claimant): Sync => ({
  id: pending.syncId,
  scope: scopeOf(pending),
  trigger: pending.trigger,
  deliveries: pending.deliveries,
  attempts: 1,
  queuedAt: pending.filledAt,
  startedAt: claimant.now,
  finishedAt: null,
  claimRev: claimant.rev,
  parts: Object.fromEntries(slugs.map((slug) => [slug, { status: "running", attempts: 0 }])),
  sites: [],
  ...defined({
    causes: pending.causes,
    likeness: pending.likeness,
    webhooks: pending.webhooks,
    publishes: pending.publishes,
  }),
});

/** What a sync keeps of a retry or an open call whose part it takes over, so that fields of a later release survive. */
const unknownOf = (debt: Retry | Part | undefined): object =>
  debt === undefined ? {} : without(debt, "location", "deadline", "parked", "due", "error", "deploy");

const newestAsk = ({ at, askedRev }: Pending): Pick<Part, "askedAt" | "askedRev"> => ({
  askedAt: at,
  ...(askedRev === undefined ? {} : { askedRev }),
});

const payStart = (slot: Slot, now: number, pending: Pending | null): Slot => {
  const spent = spend(slot.spent, now, pending);
  return { ...slot, spent, usage: countBuild(slot.usage, spent, 1) };
};

/** The parts of the pending sync. Each takes over what is known from an older retry or open call of the same source. */
export const takePending = (
  slot: Slot,
  pending: Pending,
  carried: Run["parts"],
  fence: number,
  claimant: Claimant,
  parts: Parts,
): { slot: Slot; parts: Record<string, Part> } => {
  const slugs = pendingSlugs(pending, parts);
  let next: Slot = {
    ...slot,
    pending: null,
    open: { ...slot.open, [pending.syncId]: openSync(pending, slugs, claimant) },
    usage: countAt(slot.usage, claimant.now, { started: 1, worked: sleptOut(slot, pending, claimant.now, parts) }),
  };
  const taken: Record<string, Part> = {};
  for (const slug of slugs) {
    const debt = own(slot.retry, slug) ?? own(carried, slug);
    const ask = takenAsk(pending, slug, debt?.ask);
    next = { ...next, open: withOptionsOf(next.open, pending.syncId, ask) };
    taken[slug] = {
      ...unknownOf(debt),
      syncId: pending.syncId,
      tries: debt?.tries ?? 0,
      lost: debt?.lost ?? 0,
      since: debt?.since ?? claimant.now,
      ...(parts.pace === undefined ? {} : newestAsk(pending)),
      ask,
      build: pending.build || debt?.build === true,
      callFence: fence,
      riding: false,
    };
    if (debt !== undefined) {
      // The older call may still be at work, and nobody will receive its answer.
      if (debt.location !== undefined || own(carried, slug) !== undefined) {
        next = { ...next, doubt: { ...next.doubt, [slug]: claimant.now } };
      }
      next = markPart(next, debt.syncId, slug, { status: "superseded", supersededBy: pending.syncId });
      next = { ...next, retry: without(next.retry, slug), open: withCausesOf(next.open, debt.syncId, pending.syncId) };
    }
  }
  return { slot: next, parts: taken };
};

/** Adds every due retry to the run under its own sync. A polled job keeps its call. */
export const takeRetries = (
  slot: Slot,
  fence: number,
  now: number,
  { pace }: Pick<Parts, "pace">,
): { slot: Slot; parts: Record<string, Part> } => {
  let next = slot;
  const taken: Record<string, Part> = {};
  for (const [slug, { due, error: _error, ...debt }] of Object.entries(slot.retry)) {
    if (retryAt({ ...debt, due }, slot, pace) > now) continue;
    taken[slug] = { ...debt, riding: true, callFence: debt.location === undefined ? fence : debt.callFence };
    next = markPart({ ...next, retry: without(next.retry, slug) }, debt.syncId, slug, { status: "running" });
    const sync = next.open[debt.syncId];
    if (sync !== undefined) {
      next = { ...next, open: { ...next.open, [sync.id]: { ...sync, attempts: sync.attempts + 1 } } };
    }
  }
  return { slot: next, parts: taken };
};

const buildOf = (pending: Pending, now: number): Build => ({
  id: `${pending.syncId}.0`,
  syncIds: [pending.syncId],
  changed: [],
  versions: {},
  since: now,
});

const attended = (slot: Slot, lead: string, phase: Run["phase"], parts: Run["parts"], claimant: Claimant): Run => ({
  fence: slot.fence + 1,
  by: claimant.by,
  lead,
  phase,
  startRev: claimant.rev,
  startedAt: claimant.now,
  leaseUntil: claimant.now + LEASE,
  parts,
});

/** Starts everything that may start. `carried` are calls of an ended run that still report by themselves. */
const start = (slot: Slot, carried: Run["parts"], claimant: Claimant, parts: Parts): Started => {
  const fence = slot.fence + 1;
  const { now } = claimant;
  const may = claimant.start && !slot.paused;
  const [left] = Object.values(carried);

  // This happens while paused, too: the build belongs to a run that had begun, and running work finishes.
  if (claimant.start && slot.build !== null) {
    const run = attended(slot, slot.build.syncIds[0] ?? slot.build.id, "sites", carried, claimant);
    return { kind: "claimed", run, ...endFinished({ ...slot, fence, running: run }, now) };
  }

  // There is one run at a time, so a layer that became a build layer waits for the last job of its former sources.
  const free = left === undefined || !parts.buildOnly;
  const ripe = slot.pending !== null && opening(slot.pending, slot, parts.pace).at <= now;
  const standing = may && free && ripe ? slot.pending : null;
  const retries = Object.values(slot.retry).some(({ due }) => due <= now);
  const check = may && left === undefined && slot.pending === null && !retries ? checkNow(slot, parts, now) : null;
  const pending = check === null ? standing : pendingCheck(check, claimant);
  const fromPending =
    pending === null ? { slot, parts: {} } : takePending(slot, pending, carried, fence, claimant, parts);
  const fromRetry = may ? takeRetries(fromPending.slot, fence, now, parts) : { slot: fromPending.slot, parts: {} };
  const taken = { ...fromRetry.parts, ...fromPending.parts };
  const all = { ...carried, ...taken };
  const next = noteChecked(fromRetry.slot, Object.keys(taken), parts, now);

  const [first] = Object.values(taken);
  if (first !== undefined) {
    const run = attended(slot, pending?.syncId ?? first.syncId, "sources", all, claimant);
    const begins = Object.values(taken).some(({ location }) => location === undefined);
    const paid = parts.pace === undefined || !begins ? next : payStart(next, now, pending);
    return { kind: "claimed", run, ...endFinished({ ...paid, fence, running: run }, now) };
  }
  if (left !== undefined) {
    const run: Run = {
      ...attended(slot, left.syncId, "sources", all, claimant),
      by: null,
      leaseUntil: parkedUntil({ parts: all }) ?? now,
    };
    return { kind: "idle", ...endFinished({ ...next, fence, running: run }, now) };
  }
  if (pending?.build === true && parts.buildOnly && parts.sites) {
    const run = attended(slot, pending.syncId, "sites", {}, claimant);
    return {
      kind: "claimed",
      run,
      ...endFinished({ ...next, fence, running: run, build: buildOf(pending, now) }, now),
    };
  }
  return { kind: "idle", ...endFinished(next, now) };
};

/**
 * Claims the slot: everything pending and every due retry, in one write. A run whose lease is over is first taken over,
 * and a run that was handed over is adopted as it is. (Contract, rules 3, 7 and 8.)
 */
export const claim = (slot: Slot, claimant: Claimant, parts: Parts): Claim => {
  const { running } = slot;
  if (running === null) return start(slot, {}, claimant, parts);
  if (running.by === claimant.by) return { kind: "mine", run: running };
  if (adoptable(running) && claimant.start) {
    const fence = slot.fence + 1;
    // A call that got no answer is made again, under a key of its own. Polled jobs keep their calls.
    const lost = Object.entries(running.parts)
      .filter(([, part]) => part.outcome === undefined && part.parked !== true && part.location === undefined)
      .map(([slug, part]) => [slug, { ...part, callFence: fence }] as const);
    const run: Run = {
      ...running,
      fence,
      by: claimant.by,
      leaseUntil: claimant.now + LEASE,
      parts: { ...running.parts, ...Object.fromEntries(lost) },
    };
    const doubt = { ...slot.doubt, ...Object.fromEntries(lost.map(([slug]) => [slug, claimant.now])) };
    return { kind: "claimed", run, slot: { ...slot, fence: run.fence, running: run, doubt }, ended: [] };
  }
  if (!expired(running, claimant.now)) return { kind: "busy" };
  const over = takeOver(slot, running, claimant.now, parts);
  return start(over.slot, over.carried, claimant, parts);
};

/**
 * Claims the next run in the write that ended one, if there is a claimant. `carried` are calls that still report by
 * themselves.
 */
export const claimNext = (
  slot: Slot,
  carried: Run["parts"],
  next: Claimant | null,
  now: number,
  parts: Parts,
): Started => start(slot, carried, next ?? { by: "", now, rev: 0, start: false }, parts);
