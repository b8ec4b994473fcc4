import { clip } from "../bytes.ts";
import { LEASE } from "../durations.ts";
import { SITE_NAME_BYTES, SITES } from "../limits.ts";
import { countWork } from "../usage/usage.ts";
import { type Claim, type Claimant, claimNext, type Started } from "./claim.ts";
import type { Deploy } from "./deploy.ts";
import { endFinished } from "./ending.ts";
import { cutOutcome, type Judged, judge, noteText, oweBuild } from "./judge.ts";
import { parkedUntil } from "./nextDue.ts";
import { type Change, type Outcome, own, type Part, type Parts, type Run, type Slot } from "./slot.ts";
import type { Purge, SiteAsk, Sync } from "./sync.ts";

/** Where the end of a call is polled, until when (ms), and the deploy that the call started, if any. */
export interface Polled {
  readonly location: string;
  readonly deadline: number;
  readonly deploy?: Deploy;
}

/** What a worker learned since its last write, by part. */
export interface News {
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** The answer was `202` with `Location`, or the call started a deploy that is polled. */
  readonly polled: Readonly<Record<string, Polled>>;
  /** The answer was `202` without `Location`: the job reports to its callback until then (ms). */
  readonly parked: Readonly<Record<string, number>>;
}

export const noNews: News = { outcomes: {}, polled: {}, parked: {} };

export type Settled =
  /** The worker is outdated and may record and do nothing more. */
  | { readonly kind: "fenced" }
  /** The run goes on with this worker. */
  | { readonly kind: "renewed"; readonly slot: Slot; readonly run: Run }
  /** No worker is needed, because the open jobs report by themselves. */
  | { readonly kind: "parked"; readonly slot: Slot }
  /** All parts are decided, and this worker must request the sites' builds. */
  | { readonly kind: "sites"; readonly slot: Slot; readonly run: Run }
  /** The run is over. `next` is what the same write claimed. */
  | ({ readonly kind: "ended"; readonly next: Claim } & Change);

const ended = (next: Started): Settled => ({ kind: "ended", next, slot: next.slot, ended: next.ended });

const addNews = (part: Part, slug: string, news: News): Part => {
  if (part.outcome !== undefined) return part;
  const outcome = own(news.outcomes, slug);
  if (outcome !== undefined) return { ...part, outcome: cutOutcome(outcome) };
  const deadline = own(news.parked, slug);
  if (deadline !== undefined) return { ...part, parked: true, deadline };
  return { ...part, ...own(news.polled, slug) };
};

/** Judges every decided part of a run, and owes the builds that follow. */
const finish = (slot: Slot, run: Run, now: number, parts: Parts): Slot => {
  let judged: Judged = { slot: { ...slot, ...countWork(slot.usage, run, now) }, changed: [] };
  for (const [slug, part] of Object.entries(run.parts)) {
    if (part.outcome !== undefined) judged = judge(judged, slug, part, part.outcome, now, parts);
  }
  const builds = Object.entries(run.parts)
    .filter(([, part]) => part.build)
    .map(([slug]) => slug);
  return oweBuild(judged, builds, `${run.lead}.${run.fence}`, now, parts);
};

const live = (slot: Slot, fence: number): Run | null =>
  slot.running !== null && slot.running.fence === fence && slot.running.by !== null ? slot.running : null;

/**
 * A worker's write during a run. It renews the lease, records what the worker learned, and ends the sources phase once
 * the last part is decided. With `next`, the write that ends the run also claims the next one.
 */
export const settle = (
  slot: Slot,
  fence: number,
  news: News,
  next: Claimant | null,
  now: number,
  parts: Parts,
): Settled => {
  const { running } = slot;
  // This write landed before, ended the run and claimed the next one, and its reply was lost.
  if (running !== null && next !== null && running.by === next.by) {
    return { kind: "ended", next: { kind: "mine", run: running }, slot, ended: [] };
  }
  const run = live(slot, fence);
  if (run === null) return { kind: "fenced" };
  if (run.phase === "sites") {
    const renewed = { ...run, leaseUntil: now + LEASE };
    return { kind: "sites", slot: { ...slot, running: renewed }, run: renewed };
  }
  const learned = Object.fromEntries(
    Object.entries(run.parts).map(([slug, part]) => [slug, addNews(part, slug, news)] as const),
  );
  const open = Object.values(learned).filter(({ outcome }) => outcome === undefined);
  if (open.length > 0) {
    const unattended = open.every(({ parked }) => parked === true);
    const until = unattended ? (parkedUntil({ parts: learned }) ?? now) : now + LEASE;
    const renewed: Run = { ...run, parts: learned, by: unattended ? null : run.by, leaseUntil: until };
    const kept = { ...slot, ...(unattended ? countWork(slot.usage, run, now) : {}), running: renewed };
    return unattended ? { kind: "parked", slot: kept } : { kind: "renewed", slot: kept, run: renewed };
  }
  const finished = finish(slot, { ...run, parts: learned }, now, parts);
  if (finished.build !== null) {
    const phase: Run = { ...run, phase: "sites", parts: {}, leaseUntil: now + LEASE };
    return { kind: "sites", slot: { ...finished, running: phase }, run: phase };
  }
  return ended(claimNext({ ...finished, running: null }, {}, next, now, parts));
};

export type Reported =
  | { readonly kind: "recorded"; readonly slot: Slot; readonly ended: Change["ended"] }
  /** The call is not open under this fencing token: decided already, taken over, or never made. */
  | { readonly kind: "refused" };

/**
 * Records a job's own report, bound to the fencing token of its call. The last decided part ends the run; its builds
 * stay owed until a woken worker claims them. A report may overtake the worker's note that the job is parked.
 */
export const report = (
  slot: Slot,
  fence: number,
  slug: string,
  outcome: Outcome,
  now: number,
  parts: Parts,
): Reported => {
  const run = slot.running;
  if (run === null) return { kind: "refused" };
  const part = own(run.parts, slug);
  if (part === undefined || part.callFence !== fence || part.outcome !== undefined) return { kind: "refused" };
  const learned = { ...run.parts, [slug]: { ...part, outcome: cutOutcome(outcome) } };
  const open = Object.values(learned).some((other) => other.outcome === undefined);
  if (open || run.phase === "sites") {
    // While builds are requested the lease is a worker's, even if that worker has left.
    const until =
      run.by === null && run.phase === "sources" ? (parkedUntil({ parts: learned }) ?? run.leaseUntil) : run.leaseUntil;
    return {
      kind: "recorded",
      slot: { ...slot, running: { ...run, parts: learned, leaseUntil: until } },
      ended: [],
    };
  }
  const finished = finish(slot, { ...run, parts: learned }, now, parts);
  return { kind: "recorded", ...endFinished({ ...finished, running: null }, now) };
};

/**
 * Ends a run after a build of every site was requested and the layer's tags were purged. Stores the built versions and
 * makes the next claim in the same write. Jobs of a taken-over run that report by themselves move into the next run.
 */
export const built = (
  slot: Slot,
  fence: number,
  asked: readonly SiteAsk[],
  next: Claimant | null,
  now: number,
  parts: Parts,
  purged: Purge | null = null,
): Settled => {
  const { running, build } = slot;
  if (running !== null && next !== null && running.by === next.by) {
    return { kind: "ended", next: { kind: "mine", run: running }, slot, ended: [] };
  }
  const run = live(slot, fence);
  if (run === null || run.phase !== "sites") return { kind: "fenced" };
  const sites = asked.map((ask) => ({ ...ask, name: clip(ask.name, SITE_NAME_BYTES) }));
  const error = purged?.error === undefined ? {} : { error: noteText(purged.error) };
  const purge = purged === null ? {} : { purge: { ...purged, ...error } };
  const told = (sync: Sync): Sync => {
    const before = sync.sites.filter(({ siteId }) => !sites.some((site) => site.siteId === siteId));
    return { ...sync, sites: [...before, ...sites].slice(-SITES), ...purge };
  };
  const open = Object.fromEntries(
    Object.entries(slot.open).map(([id, sync]) => [id, build?.syncIds.includes(id) === true ? told(sync) : sync]),
  );
  const versions = Object.entries(build?.versions ?? {}).filter(([slug]) => parts.known.includes(slug));
  const remembered = { ...slot.built, ...Object.fromEntries(versions) };
  const over: Slot = { ...slot, running: null, build: null, built: remembered, open };
  const carried = Object.entries(run.parts).filter(([, part]) => part.outcome === undefined);
  const finished = finish(over, run, now, parts);
  return ended(claimNext(finished, Object.fromEntries(carried), next, now, parts));
};

/**
 * Hands a run over at once when its worker reaches its time limit. The next worker adopts polled jobs as they are. A
 * call without an answer is lost with its worker, so a worker claims only with time for a full call.
 */
export const handOver = (slot: Slot, fence: number): Slot | null => {
  const run = live(slot, fence);
  return run === null ? null : { ...slot, running: { ...run, by: null } };
};
