import { defined } from "../../core/defined.ts";
import type { Attempt } from "../../core/document.ts";
import { SECOND } from "../../core/durations.ts";
import { layerWithDueMessage, wantsEvent } from "../../core/layer/messages.ts";
import type { Owed } from "../../core/owed.ts";
import type { Site } from "../../core/site/site.ts";
import type { Polled, Settled } from "../../core/slot/settle.ts";
import { own, type SlotDecision } from "../../core/slot/slot.ts";
import type { SlotCommand, SlotOwner } from "../../core/slotOwner.ts";
import { claimWork, type WorkerClaim } from "../../core/worker/claimWork.ts";
import { type Moment, mayCall } from "../../core/worker/lease.ts";
import type { Effect, Happened, Instant, Note, Stepped, Worker } from "../../core/worker/phases.ts";
import { recordBuilt, recordHandOver, recordNews } from "../../core/worker/recordRun.ts";
import { hasTime } from "../../core/worker/timeLeft.ts";
import { begin, step } from "../../core/worker/worker.ts";
import { StoreUnavailable } from "../../store/store.ts";
import type { Deps, Fact, Target } from "../deps.ts";
import { lookAtPages } from "../proof/lookAtPages.ts";
import { WORK } from "../stored/documents.ts";
import { appendOwed, settleOwed } from "../stored/settleOwed.ts";
import { type SlotUpdated, updateSlot } from "../stored/slots.ts";
import { askSites } from "./askSites.ts";
import { callPart } from "./callPart.ts";
import { noticeLateTick } from "./noticeLateTick.ts";
import { purgeAfter } from "./purgeAfter.ts";
import { sendNotifications } from "./sendNotifications.ts";

/** One invocation of the worker. */
export interface Shift {
  /** The end of the invocation, by the clock that never jumps (ms). */
  readonly until: number;
  /** Ids of outbox entries that are in the archive. The next write drops them from the document. */
  flushed(target: Target): string[];
  /** Works another slot in this invocation, which saves a second invocation. */
  follow(target: Target): void;
}

type EndingEffect = Exclude<Effect, { readonly do: "end calls" | "nudge" | "follow" | "note" }>;

/** Whether a site's pages may have to be looked at. */
const isLookedAt = ({ publicUrl, unseen }: Site): boolean => publicUrl != null || unseen !== undefined;

const OVER: Worker = { phase: { at: "over" }, appending: 0 };

/** Drives the machine of `src/core/worker` over one slot: performs its effects and reports how they end. */
class WorkerDriver {
  readonly #deps: Deps;
  readonly #target: Target;
  readonly #shift: Shift;
  readonly #over: () => void;
  #worker = OVER;
  /** The document as this worker last read or wrote it. */
  #owner: SlotOwner | null = null;
  #calls = new AbortController();
  #alarm = new AbortController();

  constructor(deps: Deps, target: Target, shift: Shift, over: () => void) {
    this.#deps = deps;
    this.#target = target;
    this.#shift = shift;
    this.#over = over;
  }

  begin(): void {
    this.#follow(() => begin(this.#instant()));
  }

  #left(): number {
    return this.#shift.until - this.#deps.clock.elapsed();
  }

  #moment(): Moment {
    const { clock } = this.#deps;
    return { now: clock.now(), elapsed: clock.elapsed() };
  }

  #instant(): Instant {
    return { ...this.#moment(), left: this.#left(), id: this.#deps.ids.timeOrdered() };
  }

  #hear(happened: Happened): void {
    this.#follow((worker) => step(worker, happened, this.#instant()));
  }

  /** Takes one step and begins its effects. An internal error ends the worker, and its run is taken over. */
  #follow(next: (worker: Worker) => Stepped): void {
    try {
      const { worker, effects } = next(this.#worker);
      this.#worker = worker;
      for (const effect of effects) this.#perform(effect);
      if (worker.phase.at === "over") this.#over();
    } catch (error) {
      // Effects that still end must not move the worker on: with aborted calls its ticks would follow without a pause.
      this.#worker = OVER;
      this.#calls.abort();
      this.#reportTrouble(error);
      this.#over();
    }
  }

  /** Begins an effect. It never ends before this returns, so effects begin in their order. */
  #perform(effect: Effect): void {
    switch (effect.do) {
      case "end calls":
        this.#calls.abort();
        this.#calls = new AbortController();
        break;
      case "nudge":
        this.#alarm.abort();
        break;
      case "follow":
        this.#shift.follow({ kind: "site", id: effect.siteId });
        break;
      case "note":
        this.#deps.report(factOf(this.#target, effect.note));
        break;
      default:
        this.#endsIn(this.#begin(effect));
    }
  }

  #begin(effect: EndingEffect): Promise<Happened> {
    const { clock } = this.#deps;
    switch (effect.do) {
      case "claim":
        return this.#claim(effect.by);
      case "record":
        return this.#record(effect, (owner, next, attempt) =>
          recordNews(owner, effect.fence, effect.news, next, attempt),
        );
      case "conclude":
        return this.#record(effect, (owner, next, attempt) => recordBuilt(owner, effect.fence, effect, next, attempt));
      case "hand over":
        return this.#handOver(effect.fence);
      case "call":
        return this.#call(effect.fence, effect.slug);
      case "ask sites":
        return askSites(this.#deps, effect).then((asked) => ({ kind: "asked", ...(asked === null ? {} : { asked }) }));
      case "purge":
        return this.#purge();
      case "set alarm":
        this.#alarm = new AbortController();
        return clock.sleep(effect.ms, this.#alarm.signal).then(() => ({ kind: "rang" }));
      case "tick":
        return clock.sleep(SECOND, this.#calls.signal).then(() => ({ kind: "ticked", fence: effect.fence }));
      case "sleep":
        return clock.sleep(effect.ms).then(() => ({ kind: "slept" }));
      case "wake":
        return this.#deps.wake(this.#target).then(() => ({ kind: "woken" }));
      case "make room":
        return this.#settleOwed().then(() => ({ kind: "room made" }));
      case "append":
        return this.#append(effect.owed).then(() => ({ kind: "appended" }));
      case "settle":
        return this.#settle().then(() => ({ kind: "settled" }));
    }
  }

  #endsIn(ending: Promise<Happened>): void {
    void ending.then(
      (happened) => this.#hear(happened),
      (error) => {
        this.#reportTrouble(error);
        this.#hear({ kind: "broke" });
      },
    );
  }

  #reportTrouble(error: unknown): void {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : "unknown";
    const { kind, id } = this.#target;
    this.#deps.report({ kind: "trouble", where: `work on ${kind} ${id}`, error: text });
  }

  async #update<R>(command: SlotCommand<R>): Promise<SlotUpdated<R> | null> {
    const flushed = this.#shift.flushed(this.#target);
    const written = await updateSlot<R>(this.#deps, this.#target, command, WORK, flushed);
    if (written !== null) this.#owner = written.owner;
    return written;
  }

  async #claim(by: string): Promise<Happened> {
    const written = await this.#update((owner, attempt) =>
      claimWork(owner, { by, hasTime: hasTime(this.#left()) }, attempt),
    );
    return { kind: "claimed", written };
  }

  /** Makes one write under the run's fencing token. The lease limits how long the store may fail to confirm it. */
  async #record(
    { nextBy }: { readonly nextBy: string },
    command: (owner: SlotOwner, next: WorkerClaim, attempt: Attempt) => SlotDecision<Settled>,
  ): Promise<Happened> {
    try {
      const written = await this.#update((owner, attempt) =>
        command(owner, { by: nextBy, hasTime: hasTime(this.#left()) }, attempt),
      );
      return { kind: "recorded", written };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const { kind, id } = this.#target;
      this.#deps.report({ kind: "trouble", where: `record of ${kind} ${id} (${nextBy})`, error: error.message });
      return { kind: "recorded" };
    }
  }

  async #handOver(fence: number): Promise<Happened> {
    const written = await this.#update<boolean>((owner) => recordHandOver(owner, fence));
    return { kind: "handed over", isLeft: written?.result === true };
  }

  /** Whether an outgoing call may begin under the lease of the current run. (The calls of earlier runs were aborted.) */
  readonly #mayCall = (): boolean => {
    const { phase } = this.#worker;
    return "lease" in phase && mayCall(phase.lease, this.#moment());
  };

  async #call(fence: number, slug: string): Promise<Happened> {
    const { phase } = this.#worker;
    const part = phase.at === "calling" ? own(phase.run.parts, slug) : undefined;
    if (part === undefined || this.#owner === null) throw new RangeError(`no part ${slug} to call`);
    const progress = await callPart(this.#deps, {
      owner: this.#owner,
      slug,
      part,
      signal: this.#calls.signal,
      mayCall: this.#mayCall,
      polled: (location, deadline, deploy) => {
        const polled: Polled = { location, deadline, ...defined({ deploy }) };
        this.#hear({ kind: "polled", fence, slug, polled });
      },
    });
    return { kind: "called", fence, slug, progress };
  }

  async #purge(): Promise<Happened> {
    const layer = this.#owner;
    if (layer?.kind !== "layer") throw new RangeError("only a layer's cache is purged");
    return { kind: "purged", purged: await purgeAfter(this.#deps, layer, { mayCall: this.#mayCall }) };
  }

  async #append(owed: readonly Owed[]): Promise<void> {
    const owner = this.#owner;
    this.#shift.flushed(this.#target).push(...(await appendOwed(this.#deps, this.#target, owed)));
    await this.#tell(owner);
  }

  #settleOwed(): ReturnType<typeof settleOwed> {
    return settleOwed(this.#deps, this.#target, this.#shift.flushed(this.#target));
  }

  async #settle(): Promise<void> {
    const document = await this.#settleOwed();
    const isAsked = document?.kind === "layer" && wantsEvent(document, "tick.late");
    await this.#tell(isAsked ? await noticeLateTick(this.#deps, document) : document);
  }

  /** Sends the due messages of a layer's notifications, and looks at a site's pages. */
  async #tell(document: Parameters<typeof layerWithDueMessage>[0]): Promise<void> {
    if (document?.kind === "site" && isLookedAt(document)) {
      await lookAtPages(this.#deps, document, () => this.#left());
    }
    const layer = layerWithDueMessage(document, this.#deps.clock.now());
    if (layer !== null) await sendNotifications(this.#deps, layer.id);
  }
}

const factOf = (target: Target, note: Note): Fact => {
  if (note.kind === "decided") {
    const { slug, outcome } = note;
    const fact = { kind: "part.decided", target, part: slug } as const;
    if (outcome.kind === "ok") return { ...fact, ok: true };
    const code = outcome.held !== undefined ? "HELD" : outcome.unanswered ? "NO_ANSWER" : "JOB_FAILED";
    return { ...fact, ok: false, code, error: outcome.error };
  }
  const { fence, parts } = note.run;
  switch (note.kind) {
    case "claimed":
      return { kind: "run.claimed", target, fence, parts: Object.keys(parts) };
    case "ended":
      return { kind: "run.ended", target, fence };
    case "parked":
      return { kind: "run.parked", target, fence };
    case "fenced":
      return { kind: "run.fenced", target, fence };
    case "handed over":
      return { kind: "run.handed-over", target, fence };
    case "lost":
      return { kind: "trouble", where: `lease of ${target.kind} ${target.id}`, error: "lost" };
  }
};

/**
 * Works one slot until nothing is due: claim, sync, record, and the next claim. Never throws: what a failing store
 * leaves is taken over.
 */
export const driveWorker = (deps: Deps, target: Target, shift: Shift): Promise<void> =>
  new Promise((resolve) => new WorkerDriver(deps, target, shift, resolve).begin());
