import { MINUTE } from "../../../src/core/durations.ts";
import { pendingSlugs } from "../../../src/core/slot/accept.ts";
import { own, type Pending, type Slot } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { partsOf } from "../../../src/core/slotOwner.ts";
import type { Document } from "../documents.ts";
import { slotOf } from "../documents.ts";
import { holds } from "../lawBroken.ts";
import type { Kind } from "../state.ts";

/** What the contract says (rules 6 and 8), whatever the code says. */
const TRIES = 5;
const AT_LEAST = 15 * MINUTE;
const LOST = 3;

const fenceOf = (document: Document): number =>
  document.kind === "layer-tombstone" ? document.fence : (slotOf(document)?.fence ?? 0);

/** The records that a write began to owe. */
const endedIn = (before: Document, after: Document): Sync[] =>
  after.owed.flatMap((entry) =>
    entry.kind === "sync" && !before.owed.some(({ id }) => id === entry.id) ? [entry.record] : [],
  );

const kept = (was: Pending, is: Pending, removed: readonly string[]): boolean =>
  was.notBefore === is.notBefore &&
  (is.build || !was.build) &&
  is.deliveries >= was.deliveries &&
  (is.all || !was.all) &&
  Object.entries(was.asks).every(([slug, { full }]) => {
    const ask = own(is.asks, slug);
    return removed.includes(slug) || is.all || (ask !== undefined && (ask.full || !full));
  });

const checkPending = (before: Document, after: Document, was: Slot, is: Slot, by: Kind): void => {
  const law = "pending leaves its slot by a claim or a recorded act of a person, and never shrinks before";
  const { pending } = was;
  if (pending === null) return;
  const removed =
    by === "person" && before.kind === "layer" && after.kind === "layer"
      ? before.sources.map(({ slug }) => slug).filter((slug) => !after.sources.some((source) => source.slug === slug))
      : [];
  if (is.pending?.syncId === pending.syncId) {
    const now = is.pending;
    holds(kept(pending, now, removed), law, () => `${JSON.stringify(pending)} became ${JSON.stringify(now)}`);
    return;
  }
  const ended = endedIn(before, after).find(({ id }) => id === pending.syncId);
  if (by === "person" && ended?.claimRev === null && ended.cancelled === true) return;
  const sync = own(is.open, pending.syncId) ?? ended;
  holds(
    sync?.claimRev === after.rev && by === "worker",
    law,
    () => `${pending.syncId} left by a ${by}, without a claim`,
  );
  const parts = before.kind === "layer" || before.kind === "site" ? partsOf(before) : null;
  const wanted = parts === null ? [] : pendingSlugs(pending, parts);
  const missing = wanted.filter((slug) => sync?.parts[slug] === undefined);
  holds(missing.length === 0, law, () => `${pending.syncId} was claimed without ${missing.join()}`);
};

const checkFences = (was: Slot, is: Slot, by: Kind): void => {
  const before = was.running;
  const after = is.running;
  if (after !== null && after.fence !== before?.fence) {
    holds(
      after.fence > was.fence,
      "every run has a higher fence than all before",
      () => `${after.fence} after ${was.fence}`,
    );
  }
  if (before !== null && after !== null && after.by !== null && after.by !== before.by) {
    holds(
      after.fence > was.fence,
      "every worker has a higher fence than all before",
      () => `${after.by}: ${after.fence}`,
    );
  }
  if (before !== null && after === null && by === "person") {
    holds(is.fence > before.fence, "who takes a run from its worker raises the fence", () => `${is.fence}`);
  }
};

/** A write that cancels a sync leaves nothing of it. */
const checkCancelled = (before: Document, after: Document, is: Slot): void => {
  for (const owed of after.owed) {
    if (owed.kind !== "audit" || owed.entry.action !== "sync.cancelled") continue;
    if (before.owed.some(({ id }) => id === owed.id)) continue;
    const { syncId } = owed.entry.detail;
    const open = Object.keys(is.open).some((id) => id === syncId) || is.pending?.syncId === syncId;
    holds(!open, "a cancelled sync is over at once", () => `${String(syncId)} is still open`);
  }
};

/** A claim starves neither register: it takes what is pending and every retry that is due. */
const checkTaken = (after: Document, was: Slot, is: Slot): void => {
  const law = "a claim takes everything pending and every retry that is due";
  const { running } = is;
  if (running === null || running.by === null || running.startRev !== after.rev || running.phase === "sites") return;
  holds(!was.paused, "a paused layer starts nothing", () => `fence ${running.fence}`);
  const left = Object.entries(is.retry).filter(
    ([slug, { due }]) => own(was.retry, slug)?.due === due && due <= after.at,
  );
  holds(left.length === 0, law, () => `${left.map(([slug]) => slug).join()} stayed behind`);
  holds(is.pending === null || is.pending.notBefore > after.at, law, () => `${is.pending?.syncId} stayed behind`);
};

/** What one write says about tries, those that go on and the last one. */
const checkGivenUp = (before: Document, after: Document, was: Slot, is: Slot): void => {
  const syncs = [...Object.values(is.open), ...endedIn(before, after)];
  for (const [slug, part] of Object.entries(was.running?.parts ?? {})) {
    const now = own(syncs.find(({ id }) => id === part.syncId)?.parts ?? {}, slug);
    if (now?.status !== "failed") continue;
    const due = part.tries + 1 >= TRIES && after.at >= part.since + AT_LEAST;
    holds(
      due,
      "a source is given up after five tries, not before fifteen minutes",
      () => `${slug} at try ${part.tries + 1}`,
    );
  }
  for (const [slug, { tries, lost, since }] of Object.entries(is.retry)) {
    const law =
      "what failed five times in fifteen minutes, and a source that lost three workers, is not tried on and on";
    const may = (tries < TRIES || after.at < since + AT_LEAST) && lost < LOST;
    holds(may || own(was.retry, slug)?.tries === tries, law, () => `${slug}: ${tries} tries, ${lost} workers lost`);
  }
};

const checkOutcomes = (was: Slot, is: Slot): void => {
  if (was.running === null || is.running === null) return;
  for (const [slug, { outcome, syncId }] of Object.entries(was.running.parts)) {
    const now = own(is.running.parts, slug);
    if (outcome === undefined || now?.syncId !== syncId || is.running.startRev !== was.running.startRev) continue;
    const same = JSON.stringify(now.outcome) === JSON.stringify(outcome);
    holds(same, "the first outcome of a part stands", () => `${slug} of ${syncId}`);
  }
};

/** What must hold of every write of a document over another. */
export const writeLaws = (before: Document, after: Document, by: Kind): void => {
  holds(after.rev === before.rev + 1, "every write raises the revision by one", () => `${before.rev} to ${after.rev}`);
  holds(after.at >= before.at, "the time of a document never falls", () => `${before.at} to ${after.at}`);
  const fences = [fenceOf(before), fenceOf(after)] as const;
  holds(fences[1] >= fences[0], "the fence never falls", () => fences.join(" to "));
  const was = slotOf(before);
  const is = slotOf(after);
  if (was === null) return;
  if (is === null) {
    holds(fences[1] > fences[0], "who takes a run from its worker raises the fence", () => `${fences[1]} when deleted`);
    return;
  }
  checkPending(before, after, was, is, by);
  checkFences(was, is, by);
  checkTaken(after, was, is);
  checkCancelled(before, after, is);
  checkGivenUp(before, after, was, is);
  checkOutcomes(was, is);
  for (const { id } of endedIn(before, after)) {
    const stood = was.open[id] !== undefined || was.pending?.syncId === id;
    holds(stood, "a sync ends once", () => `${id} ended, but was not open`);
  }
  if (by === "publisher") {
    const { pending: _was, recent: _before, ...others } = was;
    const { pending: _is, recent: _after, ...same } = is;
    const untouched = JSON.stringify(others) === JSON.stringify(same);
    holds(untouched, "a delivery touches nothing but what is pending", () => "another register changed");
  }
};
