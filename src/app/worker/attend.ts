import type { Attempt } from "../../core/document.ts";
import { LEASE, LEASE_RENEW, SECOND } from "../../core/durations.ts";
import type { Holder } from "../../core/holder.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Deploy } from "../../core/slot/deploy.ts";
import type { News, Polled, Settled } from "../../core/slot/settle.ts";
import {
  type Cause,
  type Outcome,
  own,
  type Part,
  type Run,
  type SiteAsk,
  type SlotDecision,
  type Trigger,
} from "../../core/slot/slot.ts";
import type { WorkerClaim } from "../../core/worker/claimWork.ts";
import { recordBuilt, recordHandOver, recordNews } from "../../core/worker/recordRun.ts";
import { NewerDocument, StoreUnavailable } from "../../store/store.ts";
import type { Deps, Target } from "../deps.ts";
import { WORK } from "../stored/documents.ts";
import { updateSlot } from "../stored/slots.ts";
import { askSite } from "./askSite.ts";
import { buildSite } from "./buildSite.ts";
import { callSource, type Progress } from "./callSource.ts";
import { probeSource } from "./probeSource.ts";
import { purgeAfter } from "./purgeAfter.ts";
import { settleDelivery } from "./settleDelivery.ts";
import { type Claimed, hasTime, type Shift } from "./shift.ts";
import { untilSure } from "./untilSure.ts";

/** How a run left this worker's hands. */
export type Attended =
  /** Over; `next` was claimed by the same write. */
  | { readonly kind: "over"; readonly holder: Holder; readonly next: Claimed | null }
  /** Somebody else claimed since, or this worker did and the reply was lost. */
  | { readonly kind: "fenced" }
  /** Parked, handed over, or the lease is not sure any more: others come for it. */
  | { readonly kind: "left" };

/** Time a hand-over leaves for its own write and wake. */
const HAND_OVER = 20 * SECOND;
const LEFT: Attended = { kind: "left" };

interface Attendance {
  readonly deps: Deps;
  readonly target: Target;
  readonly claimed: Claimed;
  readonly shift: Shift;
  /** The id of the next claim; one for the whole run, so that a claim whose reply was lost is recognised later. */
  readonly nextBy: string;
}

const triggerOf = (layer: Layer, part: Part): Trigger =>
  layer.slot.open[part.syncId]?.trigger ?? { type: "webhook", id: part.syncId, at: part.since };

const makeCall = async (
  { deps, claimed }: Attendance,
  slug: string,
  part: Part,
  signal: AbortSignal,
  polled: (location: string, deadline: number, deploy?: Deploy) => void,
): Promise<Progress> => {
  const { holder, lease } = claimed;
  const mayCall = () => lease.mayCall();
  const source = holder.kind === "layer" ? holder.sources.find((known) => known.slug === slug) : undefined;
  if (source?.type === "http") await settleDelivery(deps.clock, source, part, signal);
  await untilSure(deps.clock, mayCall, signal);
  if (signal.aborted) return { kind: "left" };
  if (holder.kind === "site") return buildSite(deps, { site: holder, part, mayCall, signal, polled });
  if (source === undefined) {
    const outcome: Outcome = { kind: "failed", error: "the data source was removed", unanswered: false, durationMs: 0 };
    return { kind: "decided", outcome };
  }
  if (source.type === "probe") {
    return probeSource(deps, {
      layerId: holder.id,
      source,
      part,
      built: own(holder.slot.built, slug),
      mayCall,
      signal,
    });
  }
  const trigger = triggerOf(holder, part);
  return callSource(deps, {
    layerId: holder.id,
    source,
    part,
    trigger,
    signal,
    polled,
    mayCall,
  });
};

/** Calls one part; a defect of ours on the way is a failed try of that part, not the end of the worker. */
const callPart = async (...call: Parameters<typeof makeCall>): Promise<Progress> => {
  try {
    return await makeCall(...call);
  } catch (error) {
    const [{ deps, target }, slug] = call;
    const name = error instanceof Error ? error.name : "unknown error";
    deps.report({ kind: "trouble", where: `call of ${slug} of ${target.kind} ${target.id}`, error: name });
    const outcome: Outcome = {
      kind: "failed",
      error: `the call could not be made (${name})`,
      unanswered: true,
      durationMs: 0,
    };
    return { kind: "decided", outcome };
  }
};

/** One write under the run's fence; null if the store did not confirm it (the lease decides how long that may go on). */
const record = async (
  { deps, target, claimed, shift, nextBy }: Attendance,
  command: (holder: Holder, next: WorkerClaim, attempt: Attempt) => SlotDecision<Settled>,
): Promise<{ settled: Settled; holder: Holder | null } | null> => {
  const began = claimed.lease.stamp();
  try {
    const updated = await updateSlot<Settled>(
      deps,
      target,
      (holder, attempt) => command(holder, { by: nextBy, hasTime: hasTime(deps, shift) }, attempt),
      WORK,
      shift.flushed(target),
    );
    if (updated === null) return { settled: { kind: "fenced" }, holder: null };
    const { result } = updated;
    if (result.kind !== "fenced") claimed.lease.confirm(began);
    return { settled: result, holder: updated.holder };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    deps.report({ kind: "trouble", where: `record of ${target.kind} ${target.id} (${nextBy})`, error: error.message });
    return null;
  }
};

const over = (attendance: Attendance, settled: Settled, holder: Holder | null): Attended => {
  const { deps, target, claimed } = attendance;
  const { fence } = claimed.run;
  if (settled.kind === "ended" && holder !== null) {
    deps.report({ kind: "run.ended", target, fence });
    const following = settled.next;
    const taken = following.kind === "claimed" || following.kind === "mine" ? following.run : null;
    if (taken === null) return { kind: "over", holder, next: null };
    claimed.lease.confirmSince(taken.leaseUntil - LEASE);
    return { kind: "over", holder, next: { run: taken, holder, lease: claimed.lease } };
  }
  if (settled.kind === "parked") {
    deps.report({ kind: "run.parked", target, fence });
    return LEFT;
  }
  deps.report({ kind: "run.fenced", target, fence });
  return { kind: "fenced" };
};

/**
 * A site whose document is damaged must not hold up the layers that name it: it is left out, on record. One that a later
 * release wrote is not damaged: this worker is of the past and leaves the build owed to whoever can read it.
 */
const askOne = async (deps: Deps, ...ask: [siteId: string, id: string, cause: Cause]): Promise<SiteAsk> => {
  try {
    return await askSite(deps, ...ask);
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof NewerDocument) throw error;
    const [siteId] = ask;
    deps.report({
      kind: "trouble",
      where: `site ${siteId}`,
      error: error instanceof Error ? error.message : "unknown",
    });
    return { siteId, name: "", buildId: null, outcome: "missing", unreadable: true };
  }
};

/**
 * Asks every connected site for a build and purges the layer's tags, then records that both were done. A crash in between
 * does both again, harmlessly.
 */
const attendSites = async (attendance: Attendance, layer: Layer, fence: number): Promise<Attended> => {
  const { deps, claimed, shift } = attendance;
  const { build } = layer.slot;
  const cause = { dataLayerId: layer.id, name: layer.name, syncId: build?.syncIds.at(-1) ?? claimed.run.lead };
  const purging = purgeAfter(deps, layer, claimed.lease);
  let asked: SiteAsk[] | null = null;
  while (asked === null && claimed.lease.mayCall()) {
    try {
      asked = await Promise.all(
        layer.connectedSites.map(({ siteId }) => askOne(deps, siteId, build?.id ?? cause.syncId, cause)),
      );
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      deps.report({ kind: "trouble", where: `sites of layer ${layer.id}`, error: error.message });
      await deps.clock.sleep(SECOND);
    }
  }
  const purged = await purging;
  if (asked === null || purged.kind === "left") return LEFT;
  const sites = asked;
  // Whoever filled a site's slot waits for it; a second one that waited too would cost the same once more.
  for (const { siteId, outcome } of sites) {
    if (outcome === "queued") shift.follow({ kind: "site", id: siteId });
  }
  while (!claimed.lease.isLost()) {
    const done = { asked: sites, purge: purged.purge };
    const recorded = await record(attendance, (holder, next, attempt) =>
      recordBuilt(holder, fence, done, next, attempt),
    );
    if (recorded !== null) return over(attendance, recorded.settled, recorded.holder);
    await deps.clock.sleep(SECOND);
  }
  return LEFT;
};

/**
 * Attends a run until it leaves this worker's hands: calls every part at once, renews the lease, records what is
 * learned, then asks the sites. What a crash must not forget (where to poll, that a job is parked) is written at once,
 * outcomes with the next renewal or when nothing is open any more.
 */
export const attend = async (deps: Deps, target: Target, claimed: Claimed, shift: Shift): Promise<Attended> => {
  const attendance: Attendance = { deps, target, claimed, shift, nextBy: deps.ids.timeOrdered() };
  const { run, holder, lease } = claimed;
  const { clock } = deps;
  if (run.phase === "sites") return holder.kind === "layer" ? attendSites(attendance, holder, run.fence) : LEFT;

  const calls = new AbortController();
  const outcomes: Record<string, Outcome> = {};
  const polled: Record<string, Polled> = {};
  const parked: Record<string, number> = {};
  const open = new Set<string>();
  let urgent = false;
  let nudge = new AbortController();
  const tell = () => {
    urgent = true;
    nudge.abort();
  };

  for (const [slug, part] of Object.entries(run.parts)) {
    if (part.outcome !== undefined || part.parked === true) continue;
    open.add(slug);
    const noted = (location: string, deadline: number, deploy?: Deploy) => {
      polled[slug] = { location, deadline, ...(deploy === undefined ? {} : { deploy }) };
      tell();
    };
    void callPart(attendance, slug, part, calls.signal, noted).then((progress) => {
      open.delete(slug);
      if (progress.kind === "decided") {
        outcomes[slug] = progress.outcome;
        const { outcome } = progress;
        deps.report({
          kind: "part.decided",
          target,
          part: slug,
          ok: outcome.kind === "ok",
          ...(outcome.kind === "ok"
            ? {}
            : { code: outcome.unanswered ? ("NO_ANSWER" as const) : ("JOB_FAILED" as const), error: outcome.error }),
        });
      }
      if (progress.kind === "parked") parked[slug] = progress.deadline;
      if (progress.kind === "parked" || open.size === 0) tell();
    });
  }
  if (open.size === 0) urgent = true;
  // A write may hang for seconds; the calls must end in time all the same.
  const watch = async () => {
    while (!calls.signal.aborted) {
      if (lease.isLost()) calls.abort();
      else await clock.sleep(SECOND, calls.signal);
    }
  };
  void watch();

  try {
    for (;;) {
      if (!urgent) await clock.sleep(Math.max(LEASE_RENEW - lease.age(), 0), nudge.signal);
      if (lease.isLost()) {
        deps.report({ kind: "trouble", where: `lease of ${target.kind} ${target.id}`, error: "lost" });
        return LEFT;
      }
      const leaving = open.size > 0 && shift.until - clock.elapsed() <= HAND_OVER;
      if (!leaving && !urgent && lease.age() < LEASE_RENEW) continue;
      urgent = false;
      nudge = new AbortController();
      const news: News = { outcomes: { ...outcomes }, polled: { ...polled }, parked: { ...parked } };
      const recorded = await record(attendance, (current, next, attempt) =>
        recordNews(current, run.fence, news, next, attempt),
      );
      if (recorded === null) {
        urgent = true;
        await clock.sleep(SECOND);
        continue;
      }
      const { settled, holder: after } = recorded;
      if (settled.kind === "renewed") {
        if (leaving) return await leave(attendance, run);
        continue;
      }
      if (settled.kind === "sites" && after?.kind === "layer") return await attendSites(attendance, after, run.fence);
      return over(attendance, settled, after);
    }
  } finally {
    calls.abort();
  }
};

const leave = async ({ deps, target, shift }: Attendance, run: Run): Promise<Attended> => {
  const command = (holder: Holder) => recordHandOver(holder, run.fence);
  const left = await updateSlot<boolean>(deps, target, command, WORK, shift.flushed(target));
  if (left?.result === true) {
    deps.report({ kind: "run.handed-over", target, fence: run.fence });
    await deps.wake(target);
  }
  return LEFT;
};
