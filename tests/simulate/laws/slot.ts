import { isDeepStrictEqual } from "node:util";
import { pendingSlugs } from "../../../src/core/slot/accept.ts";
import { own, type Parts, type Pending, type Retry, type Run, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync, SyncPart } from "../../../src/core/slot/sync.ts";
import { slotFault } from "../../support/slotFault.ts";
import type { Role } from "../world/instance.ts";
import { leavesNoRecord } from "./checks.ts";
import { AT_LEAST, backOff, CLOCK_SKEW, LOST_WORKERS, TRIES } from "./numbers.ts";

/** What a write remembers that was not remembered before. */
export const newIn = (before: Slot, after: Slot): Slot["recent"] => {
  const known = new Set(before.recent.map(({ id }) => id));
  return after.recent.filter(({ id }) => !known.has(id));
};

/** One committed change of a slot, with all that may be asked about it. */
export interface Step {
  readonly before: Slot;
  readonly after: Slot;
  /** Records that this write began to owe. */
  readonly ended: readonly Sync[];
  readonly parts: Parts;
  /** The sources that this write removed from the settings. */
  readonly removed: readonly string[];
  /** Whether there were no sources: what was asked for then names labels. */
  readonly labels: boolean;
  readonly rev: number;
  readonly role: Role;
  /** Whether the writer is the process whose claim runs. */
  readonly claimant: boolean;
  /** What the writer's clock said when it decided. */
  readonly wall: number;
}

export type Fail = (law: string, detail: string) => void;

const findSync = ({ after, ended }: Step, id: string): Sync | undefined =>
  own(after.open, id) ?? ended.find((sync) => sync.id === id);

const pendingLaws = (step: Step, pending: Pending, fail: Fail): void => {
  const { after, removed, labels } = step;
  const next = after.pending;
  if (next?.syncId === pending.syncId) {
    if (pending.all && !next.all) fail("P2: pending never shrinks", "all was narrowed");
    if (pending.build && !next.build) fail("P2: pending never shrinks", "its build was dropped");
    for (const [slug, ask] of Object.entries(pending.asks)) {
      const kept = own(next.asks, slug);
      // A label of a former build layer, widened to all, is no source, not even if a new one has its name.
      if (removed.includes(slug) || (next.all && labels)) continue;
      if (kept === undefined) fail("P2: pending never shrinks", `${slug} was dropped`);
      else if (ask.full && !kept.full) fail("P2: pending never shrinks", `${slug} is no longer synced in full`);
      else if ((kept.bodyAt ?? 0) < (ask.bodyAt ?? 0)) fail("rule 1: the newest body is kept", slug);
      // With everything to be synced a body is but a hint, and an older one than the newest would be a wrong one.
      else if (ask.body !== undefined && kept.body === undefined && !kept.full)
        fail("rule 1: a body is kept", `${slug} lost its body`);
    }
    if (next.trigger.at < pending.trigger.at) fail("rule 1: the newest stands as the trigger", `${next.trigger.at}`);
    if (next.notBefore > pending.notBefore) fail("rule 3: pending starts after a second", "its start was put off");
    return;
  }
  const sync = findSync(step, pending.syncId);
  if (sync === undefined) {
    fail("P2: pending leaves by a claim or a person", `${pending.syncId} vanished`);
    return;
  }
  if (sync.claimRev === null) {
    if (step.role !== "person") fail("P2: pending leaves by a claim or a person", `${step.role} dropped ${sync.id}`);
    return;
  }
  if (sync.claimRev !== step.rev) fail("P1: a claim has a revision", `${sync.id} says it was claimed at another one`);
  if (pending.notBefore > step.wall) fail("rule 3: pending starts after a second", `${sync.id} was claimed too early`);
  if (step.before.paused) fail("rule 9: a paused layer starts nothing", `${sync.id} was claimed`);
  for (const slug of pendingSlugs(pending, step.parts)) {
    const covered = own(sync.parts, slug)?.deploy?.foreign === true;
    if (!covered && own(after.running?.parts ?? {}, slug)?.syncId !== pending.syncId) {
      fail("rule 3: a claim takes all that is pending", `${slug} of ${pending.syncId} was left`);
    }
  }
};

const retryLaws = (step: Step, slug: string, retry: Retry, fail: Fail): void => {
  const { before, wall, parts } = step;
  const standing = own(before.retry, slug);
  if (standing !== undefined && standing.syncId === retry.syncId) {
    if (standing.due !== retry.due && (step.role !== "person" || retry.due > standing.due)) {
      fail("rule 6: back-off", `the retry of ${slug} was moved by a ${step.role}`);
    }
    return;
  }
  const part = own(before.running?.parts ?? {}, slug);
  if (part === undefined) {
    fail("rule 6: back-off", `${slug} waits for a retry but did not run`);
    return;
  }
  if (part.since !== retry.since) fail("rule 6: give-up clock", `${slug} began to count anew`);
  if (retry.tries === part.tries + 1) {
    if (retry.due !== wall + backOff(retry.tries)) {
      fail("rule 6: back-off", `try ${retry.tries} of ${slug} waits ${retry.due - wall} ms`);
    }
    return;
  }
  if ((retry.uncounted ?? 0) > 0 && retry.uncounted === (part.uncounted ?? 0) + 1) {
    // Netlify did not build, or asked for patience: nothing was wrong with the build.
    const soon = retry.tries !== part.tries || retry.lost !== part.lost || retry.due < wall + backOff(1);
    if (soon || parts.pace === undefined) fail("rule 6: back-off", `an uncounted try of ${slug} at ${retry.due}`);
    return;
  }
  const early = (before.running?.leaseUntil ?? 0) + CLOCK_SKEW >= wall;
  if (retry.tries !== part.tries || retry.lost !== part.lost + 1 || retry.lost >= LOST_WORKERS || early) {
    fail("rule 8: takeover", `${slug} was given to the next worker as try ${retry.tries}, lost ${retry.lost}`);
  }
};

/**
 * How often a build is tried that fails for good: once if its hook is gone, if a person cancelled it, or if the site's
 * own rule did; twice if its deploys fail. Null: the rule for sources.
 */
const mostTries = ({ deploy, error = "" }: SyncPart): number | null => {
  if (error.includes("the build hook no longer exists")) return 1;
  if (deploy?.state !== "failed") return null;
  return error.includes("someone cancelled") || error.includes("ignore rule") ? 1 : 2;
};

const debtLaws = (step: Step, fail: Fail): void => {
  const { before, after, wall, parts } = step;
  const debts = [...Object.entries(before.retry), ...Object.entries(before.running?.parts ?? {})];
  for (const [slug, { syncId }] of debts) {
    const held = own(findSync(step, syncId)?.parts ?? {}, slug);
    if (held === undefined) {
      const check = own(before.open, syncId);
      if (check !== undefined && leavesNoRecord(check, before, after)) continue;
      fail("P1: nothing accepted is dropped", `${slug} of ${syncId} is nowhere any more`);
      continue;
    }
    const past = own(own(before.open, syncId)?.parts ?? {}, slug)?.status;
    if (held.status === past) continue;
    const part = own(before.running?.parts ?? {}, slug);
    if (held.status === "failed") {
      const tries = (part?.tries ?? 0) + 1;
      const since = part?.since ?? wall;
      const atMost = mostTries(held);
      if (atMost === null ? tries < TRIES || wall < since + AT_LEAST : tries < atMost) {
        fail("rule 6: not given up before 5 tries and 15 minutes", `${slug}: try ${tries} after ${wall - since} ms`);
      }
    }
    if (held.status === "cancelled" && step.role !== "person" && parts.known.includes(slug)) {
      fail("rule 4: only a person cancels", `a ${step.role} cancelled ${slug} of ${syncId}`);
    }
    const successor = held.supersededBy === undefined ? undefined : findSync(step, held.supersededBy);
    const covered = own(successor?.parts ?? {}, slug)?.deploy?.foreign === true;
    if (
      held.status === "superseded" &&
      !covered &&
      own(after.running?.parts ?? {}, slug)?.syncId !== held.supersededBy
    ) {
      fail("rule 4: a successor runs", `${slug} of ${syncId} names ${held.supersededBy}`);
    }
  }
  for (const [slug, retry] of Object.entries(after.retry)) retryLaws(step, slug, retry, fail);
};

const runLaws = (step: Step, run: Run, fail: Fail): void => {
  const { before, after, wall } = step;
  const last = before.running;
  if (run.fence > after.fence) fail("P3: the fence is that of the run", `${run.fence} over ${after.fence}`);
  if (last?.fence === run.fence) {
    if (last.lead !== run.lead || (run.by !== null && run.by !== last.by)) {
      fail("P3: each run has a fence of its own", `${last.lead} became ${run.lead} under ${run.fence}`);
    }
    return;
  }
  if (run.fence <= before.fence) fail("P3: each claim has a higher fence", `${run.fence} after ${before.fence}`);
  for (const [slug, part] of Object.entries(run.parts)) {
    const retry = own(before.retry, slug);
    if (retry === undefined || part.syncId !== retry.syncId) continue;
    // A deploy that somebody else began is taken for the next try, and costs nothing.
    if (retry.due > wall && part.parked !== true)
      fail("rule 6: back-off", `${slug} was tried ${retry.due - wall} ms early`);
    if (part.tries !== retry.tries || part.since !== retry.since) fail("rule 6: give-up clock", `${slug} counts anew`);
  }
  const adopted = last !== null && last.startRev === run.startRev;
  if (run.by === null || run.phase === "sites" || adopted) return;
  const waiting = Object.entries(after.retry).find(([, { due }]) => due <= wall && step.parts.pace === undefined);
  if (waiting !== undefined) fail("P15: a due retry is part of the next claim", `${waiting[0]} was left`);
  // A site's pending build may wait for its editors while a retry of the one before is tried.
  const ripe = after.pending !== null && after.pending.notBefore <= wall && step.parts.pace === undefined;
  if (ripe && !step.parts.buildOnly) {
    fail("P15: pending is the next claim", `${after.pending?.syncId} was left`);
  }
};

/** Without what a neighbouring release adds as it passes by. */
export const plain = (thing: Run | Slot | null): unknown =>
  JSON.parse(JSON.stringify(thing, (key, value) => (key === "future" ? undefined : value)));

/** Whoever tells of the end of a call that somebody else made. */
const REPORTERS: readonly Role[] = ["callback", "deploy"];

const authorLaws = ({ before, after, role, claimant, wall }: Step, fail: Fail): void => {
  const run = before.running;
  if (run === null || run.by === null || claimant) return;
  const over = run.leaseUntil + CLOCK_SKEW < wall;
  const same = after.running?.fence === run.fence;
  if (same) {
    const touched = !isDeepStrictEqual(after.running, run) && !isDeepStrictEqual(plain(after.running), plain(run));
    if (touched && !REPORTERS.includes(role))
      fail("rule 7: at most one worker counts", `a ${role} changed run ${run.fence}`);
  } else if (!over && !REPORTERS.includes(role) && role !== "person") {
    fail("rule 7: at most one worker counts", `a ${role} ended run ${run.fence} within its lease`);
  }
};

/** What must hold of every write to a slot. */
export const slotLaws = (step: Step, fail: Fail): void => {
  const { before, after } = step;
  // A slug like "constructor" must not be found where it is not.
  const retry: Slot["retry"] = Object.assign(Object.create(null), after.retry);
  const fault = slotFault({ ...after, retry });
  if (fault !== null) fail("P3: registers agree", fault);
  if (after.fence < before.fence) fail("P3: the fence never falls", `${before.fence} to ${after.fence}`);
  if (before.pending !== null) pendingLaws(step, before.pending, fail);
  debtLaws(step, fail);
  if (after.running !== null) runLaws(step, after.running, fail);
  authorLaws(step, fail);
  if (after.recent.length > 32) fail("P14: every list is bounded", `${after.recent.length} recent`);
};
