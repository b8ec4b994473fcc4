import { CLOCK_SKEW, GATHER, LEASE_RENEW, SECOND, SLEPT_OUT } from "../durations.ts";
import { hasRoom } from "../owed.ts";
import { nextDue } from "../slot/nextDue.ts";
import type { Settled } from "../slot/settle.ts";
import type { Outcome, Run } from "../slot/slot.ts";
import { partsOf, type SlotOwner } from "../slotOwner.ts";
import { askSites, inAsking, recordBuilds } from "./askSites.ts";
import { claimedLease, isLost, type Lease, leaseAge } from "./lease.ts";
import type { Calling, Concluding, Effect, Happened, Instant, Phase, Stepped, Worker } from "./phases.ts";
import { claim, endCalls, first, go, stay, stop } from "./stepping.ts";
import { hasTime, isLeaving } from "./timeLeft.ts";

/**
 * How long a woken worker waits until the pending sync is due, instead of leaving it to the next tick (ms). For a layer
 * this is a burst, by the clock that filled the slot; for a site it is the quiet period. Longer waits and budgets are
 * left to the tick.
 */
const PATIENCE = { layer: GATHER + CLOCK_SKEW, site: SLEPT_OUT } as const;
const WAITS = 20;

const GONE: Outcome = { kind: "failed", error: "the data source was removed", unanswered: false, durationMs: 0 };

/** A woken worker, which claims. */
export const begin = (at: Instant): Stepped => claim({ phase: { at: "over" }, appending: 0 }, 0, at);

/** After the claim's write. */
const claimed = (worker: Worker, waits: number, written: (Happened & { kind: "claimed" })["written"], at: Instant) => {
  if (written === null) return stop(worker);
  const { result, owner } = written;
  if (result.kind === "claimed" || result.kind === "mine") {
    return attend(worker, result.run, owner, claimedLease(result.run.leaseUntil, at), at);
  }
  const wait = nextDue(owner.slot, partsOf(owner)) - at.now;
  if (wait > PATIENCE[owner.kind]) return stop(worker);
  if (!hasRoom(owner)) {
    // The archive was unreachable for long. What waits is due once the outbox has room.
    return waits > 0 ? stop(worker) : go(worker, { at: "making room", waits }, { do: "make room" });
  }
  if (!hasTime(at.left)) return go(worker, { at: "waking" }, { do: "wake" });
  return go(worker, { at: "waiting", waits }, { do: "sleep", ms: Math.max(wait, 0) });
};

const claimAgain = (worker: Worker, waits: number, at: Instant): Stepped =>
  waits + 1 < WAITS ? claim(worker, waits + 1, at) : stop(worker);

/** Begins a run that this worker claimed: calls every part at once, or requests the builds of the sites. */
const attend = (worker: Worker, run: Run, owner: SlotOwner, lease: Lease, at: Instant): Stepped => {
  const note: Effect = { do: "note", note: { kind: "claimed", run } };
  const attending = { run, lease, nextBy: at.id };
  if (run.phase === "sites") {
    return first([note], owner.kind === "layer" ? askSites(worker, attending, owner, at) : stop(worker));
  }
  const undecided = Object.entries(run.parts).filter(([, part]) => part.outcome === undefined && part.parked !== true);
  const slugs = undecided.map(([slug]) => slug);
  const { known } = partsOf(owner);
  const gone = slugs.filter((slug) => !known.includes(slug));
  const open = slugs.filter((slug) => known.includes(slug));
  const calling: Calling = {
    at: "calling",
    ...attending,
    open,
    outcomes: Object.fromEntries(gone.map((slug) => [slug, GONE])),
    polled: {},
    parked: {},
    urgent: open.length === 0,
    ended: false,
    record: null,
  };
  const effects: Effect[] = [
    note,
    ...gone.map((slug): Effect => ({ do: "note", note: { kind: "decided", slug, outcome: GONE } })),
    ...open.map((slug): Effect => ({ do: "call", fence: run.fence, slug })),
    { do: "tick", fence: run.fence },
  ];
  return first(effects, listen(worker, calling, at));
};

/** Waits for the calls, at most until the lease must be renewed. */
const listen = (worker: Worker, calling: Calling, at: Instant): Stepped => {
  if (calling.urgent) return renew(worker, calling, at);
  const ms = Math.max(LEASE_RENEW - leaseAge(calling.lease, at), 0);
  return go(worker, { ...calling, record: null }, { do: "set alarm", ms });
};

/**
 * Records what the worker learned and renews the lease, if it is time. What a crash must not lose (where to poll, that
 * a job is parked) is written at once; outcomes are written with the next renewal or when nothing is open any more.
 */
const renew = (worker: Worker, calling: Calling, at: Instant): Stepped => {
  const { run, lease, open, outcomes, polled, parked, urgent, ended, nextBy } = calling;
  if (isLost(lease, at)) return first([{ do: "note", note: { kind: "lost", run } }, endCalls], stop(worker));
  // This worker does not repeat ended calls: the worker that adopts the run does.
  const leaving = ended || (open.length > 0 && isLeaving(at.left));
  if (!leaving && !urgent && leaseAge(lease, at) < LEASE_RENEW) return listen(worker, calling, at);
  const { now, elapsed } = at;
  const record = { began: { now, elapsed }, leaving, resting: false };
  const news = { outcomes, polled, parked };
  return go(worker, { ...calling, urgent: false, record }, { do: "record", fence: run.fence, news, nextBy });
};

/** Adds news about the calls of a run. A listening worker is nudged if the news must be recorded at once. */
const addNews = (worker: Worker, learned: Calling): Stepped => {
  const nudge = learned.urgent && learned.record === null;
  return go(worker, learned, ...(nudge ? [{ do: "nudge" } as const] : []));
};

const called = (worker: Worker, calling: Calling, { slug, progress }: Happened & { kind: "called" }): Stepped => {
  if (progress.kind === "left") return stay(worker);
  const open = calling.open.filter((other) => other !== slug);
  const urgent = calling.urgent || progress.kind === "parked" || open.length === 0;
  if (progress.kind === "parked") {
    return addNews(worker, { ...calling, open, urgent, parked: { ...calling.parked, [slug]: progress.deadline } });
  }
  const { outcome } = progress;
  const note: Effect = { do: "note", note: { kind: "decided", slug, outcome } };
  return first(
    [note],
    addNews(worker, { ...calling, open, urgent, outcomes: { ...calling.outcomes, [slug]: outcome } }),
  );
};

/** Ends the calls in time, although a write may hang for seconds. */
const ticked = (worker: Worker, calling: Calling, at: Instant): Stepped => {
  if (calling.ended) return stay(worker);
  if (!isLost(calling.lease, at)) return go(worker, calling, { do: "tick", fence: calling.run.fence });
  return first([endCalls], addNews(worker, { ...calling, ended: true, urgent: true }));
};

const inCalling = (worker: Worker, calling: Calling, happened: Happened, at: Instant): Stepped => {
  const { run, record } = calling;
  // An ended call of an earlier run may still report, which does not concern this run.
  if ("fence" in happened && happened.fence !== run.fence) return stay(worker);
  switch (happened.kind) {
    case "polled":
      return addNews(worker, {
        ...calling,
        urgent: true,
        polled: { ...calling.polled, [happened.slug]: happened.polled },
      });
    case "called":
      return called(worker, calling, happened);
    case "ticked":
      return ticked(worker, calling, at);
    case "rang":
      return record === null ? renew(worker, calling, at) : stay(worker);
    case "slept":
      return record?.resting === true ? renew(worker, { ...calling, record: null }, at) : stay(worker);
    case "recorded":
      if (record === null || record.resting) return stay(worker);
      if (happened.written === undefined) {
        const resting = { ...calling, urgent: true, record: { ...record, resting: true } };
        return go(worker, resting, { do: "sleep", ms: SECOND });
      }
      return recorded(worker, { ...calling, record }, happened.written, at);
    default:
      return stay(worker);
  }
};

type Recorded = NonNullable<(Happened & { kind: "recorded" })["written"]> | null;

const recorded = (
  worker: Worker,
  calling: Calling & { readonly record: NonNullable<Calling["record"]> },
  written: Recorded,
  at: Instant,
): Stepped => {
  const { run, nextBy, record } = calling;
  const lease = record.began;
  if (written?.result.kind === "renewed") {
    const renewed: Calling = { ...calling, lease, record: null };
    if (!record.leaving && !calling.ended) return listen(worker, renewed, at);
    return first([endCalls], go(worker, { at: "handing over", run }, { do: "hand over", fence: run.fence }));
  }
  if (written?.result.kind === "sites" && written.owner.kind === "layer") {
    return first([endCalls], askSites(worker, { run, lease, nextBy }, written.owner, at));
  }
  return first([endCalls], conclude(worker, run, written, at));
};

/** After a write that ended or parked this worker's run, or found that the run is no longer this worker's. */
const conclude = (worker: Worker, run: Run, written: Recorded, at: Instant): Stepped => {
  const settled: Settled = written?.result ?? { kind: "fenced" };
  if (settled.kind === "parked") return first([{ do: "note", note: { kind: "parked", run } }], stop(worker));
  if (settled.kind !== "ended" || written === null) {
    // The run was taken over, or the write that ended it landed and its reply was lost. What is pending since then was
    // filled while this worker seemed to run, so no other worker was woken for it.
    return first([{ do: "note", note: { kind: "fenced", run } }], claim(worker, 0, at));
  }
  const { next } = settled;
  const { owner } = written;
  const effects: Effect[] = [
    { do: "note", note: { kind: "ended", run } },
    { do: "append", owed: owner.owed },
  ];
  const appending: Worker = { ...worker, appending: worker.appending + 1 };
  const taken = next.kind === "claimed" || next.kind === "mine" ? next.run : null;
  const then =
    taken === null ? claim(appending, 0, at) : attend(appending, taken, owner, claimedLease(taken.leaseUntil, at), at);
  return first(effects, then);
};

const inConcluding = (worker: Worker, concluding: Concluding, happened: Happened, at: Instant): Stepped => {
  if (happened.kind === "slept") return recordBuilds(worker, concluding, at);
  if (happened.kind !== "recorded") return stay(worker);
  if (happened.written === undefined) return go(worker, concluding, { do: "sleep", ms: SECOND });
  return conclude(worker, concluding.run, happened.written, at);
};

const appended = (worker: Worker): Stepped => {
  const after = { ...worker, appending: worker.appending - 1 };
  return after.phase.at === "ending" ? stop(after) : stay(after);
};

const isEnding = ({ at }: Phase): boolean => at === "ending" || at === "settling" || at === "over";

/** One step of a worker: its next phase and effects after an event. An event that comes too late changes nothing. */
export const step = (worker: Worker, happened: Happened, at: Instant): Stepped => {
  const { phase } = worker;
  if (happened.kind === "appended") return appended(worker);
  // Whatever failed, the run is taken over.
  if (happened.kind === "broke") return isEnding(phase) ? stay(worker) : first([endCalls], stop(worker));
  switch (phase.at) {
    case "claiming":
      return happened.kind === "claimed" ? claimed(worker, phase.waits, happened.written, at) : stay(worker);
    case "making room":
      return happened.kind === "room made" ? claimAgain(worker, phase.waits, at) : stay(worker);
    case "waiting":
      return happened.kind === "slept" ? claimAgain(worker, phase.waits, at) : stay(worker);
    case "calling":
      return inCalling(worker, phase, happened, at);
    case "asking":
      return inAsking(worker, phase, happened, at);
    case "concluding":
      return inConcluding(worker, phase, happened, at);
    case "handing over":
      if (happened.kind !== "handed over") return stay(worker);
      if (!happened.isLeft) return stop(worker);
      return go(
        worker,
        { at: "waking" },
        { do: "note", note: { kind: "handed over", run: phase.run } },
        { do: "wake" },
      );
    case "waking":
      return happened.kind === "woken" ? stop(worker) : stay(worker);
    case "settling":
      return happened.kind === "settled" ? go(worker, { at: "over" }) : stay(worker);
    case "ending":
    case "over":
      return stay(worker);
  }
};
