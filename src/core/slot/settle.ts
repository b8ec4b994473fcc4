import { clip } from "../bytes.ts";
import { LEASE } from "../durations.ts";
import { SITE_NAME_BYTES, SITES } from "../limits.ts";
import { countWork } from "../usage/usage.ts";
import { type Claim, type Claimant, claimNext, parkedUntil, type Started } from "./claim.ts";
import type { Deploy } from "./deploy.ts";
import { endFinished } from "./ending.ts";
import { bounded, type Judged, judge, noteText, oweBuild } from "./judge.ts";
import {
  type Change,
  type Outcome,
  own,
  type Part,
  type Parts,
  type Purge,
  type Run,
  type SiteAsk,
  type Slot,
  type Sync,
} from "./slot.ts";

/** Where the end of a call is asked for, until when (ms), and the deploy it is the end of, if it is one. */
export interface Polled {
  readonly location: string;
  readonly deadline: number;
  readonly deploy?: Deploy;
}

/** What a worker learned since its last write, by part. */
export interface News {
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** A `202` with `Location`, or a deploy that is followed. */
  readonly polled: Readonly<Record<string, Polled>>;
  /** A `202` without: the job reports to its callback until then (ms). */
  readonly parked: Readonly<Record<string, number>>;
}

export const noNews: News = { outcomes: {}, polled: {}, parked: {} };

export type Settled =
  /** The worker is of the past: it may record nothing and do nothing more. */
  | { readonly kind: "fenced" }
  /** The run goes on under this worker. */
  | { readonly kind: "renewed"; readonly slot: Slot; readonly run: Run }
  /** Nothing is left to attend: the open jobs report by themselves. */
  | { readonly kind: "parked"; readonly slot: Slot }
  /** All parts are decided and sites are to be asked, by this worker. */
  | { readonly kind: "sites"; readonly slot: Slot; readonly run: Run }
  /** The run is over; `next` says what the same write claimed. */
  | ({ readonly kind: "ended"; readonly next: Claim } & Change);

const ended = (next: Started): Settled => ({ kind: "ended", next, slot: next.slot, ended: next.ended });

const learn = (part: Part, slug: string, news: News): Part => {
  if (part.outcome !== undefined) return part;
  const outcome = own(news.outcomes, slug);
  if (outcome !== undefined) return { ...part, outcome: bounded(outcome) };
  const deadline = own(news.parked, slug);
  if (deadline !== undefined) return { ...part, parked: true, deadline };
  return { ...part, ...own(news.polled, slug) };
};

/** Judges every part of a run that is decided, and owes the builds that follow. */
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
 * A worker's write while it attends a run: renews the lease, records what it learned, and, once the last part is
 * decided, ends the sources phase. With `next` the write that ends the run claims what follows.
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
  // A lost reply: this write landed, ended the run and claimed the next one.
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
    Object.entries(run.parts).map(([slug, part]) => [slug, learn(part, slug, news)] as const),
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
  /** Not open under this token: decided already, taken over, or never called. */
  | { readonly kind: "refused" };

/**
 * A job's own report, bound to the fencing token its call carried. The last part decided ends the run; its builds stay
 * owed until a woken worker claims them. A report may overtake the worker's note that the job is parked.
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
  const learned = { ...run.parts, [slug]: { ...part, outcome: bounded(outcome) } };
  const open = Object.values(learned).some((other) => other.outcome === undefined);
  if (open || run.phase === "sites") {
    // While sites are being asked the lease is a worker's, however it left.
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
 * Every site was asked, and the layer's tags were purged: what was built is remembered, the run is over, the next claim
 * rides on the same write. Jobs that a taken-over run left to report by themselves go on into it.
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
 * A worker that reaches its time limit leaves its run to the next one at once. Jobs that are being polled are adopted
 * as they are; a call without an answer is lost with its worker, so a worker claims only with time for a full one.
 */
export const handOver = (slot: Slot, fence: number): Slot | null => {
  const run = live(slot, fence);
  return run === null ? null : { ...slot, running: { ...run, by: null } };
};
