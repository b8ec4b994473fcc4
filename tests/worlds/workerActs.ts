import { own } from "../../src/core/slot/slot.ts";
import { must } from "../support/builders.ts";
import { answerHeard, callArrives, jobName, sitesBuilt, withTask } from "./jobs.ts";
import { holds } from "./lawBroken.ts";
import { type Faults, faultsOf } from "./rules.ts";
import type { Jobs, Local, Phase, PhaseAt, State, Task } from "./state.ts";
import { isLost, mayCall, type Worker } from "./worker.ts";
import type { World } from "./world.ts";

const REFUSED = { kind: "failed", error: "the job answered 500", unanswered: false, durationMs: 1 } as const;
const GONE = { kind: "failed", error: "the data source was removed", unanswered: false, durationMs: 0 } as const;
const SILENT = { kind: "failed", error: "no answer", unanswered: true, durationMs: 1 } as const;
const TIMED_OUT = { kind: "failed", error: "timed out", unanswered: true, durationMs: 1 } as const;

/** What a worker does between its loops: calls, waits, builds, appends. */
export class WorkerActs {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Every way in which a worker outside of its loops may go on. */
  moves(state: State, local: Local, worker: Worker): State[] {
    const { phase } = local;
    const to = (next: Phase, after: Partial<State> = {}) => [this.#world.enter({ ...state, ...after }, local, next)];
    switch (phase.at) {
      case "wait":
        if (state.now < phase.until) return [];
        return to({ at: "claim", n: phase.n + 1, flushed: phase.flushed, lives: phase.lives, waits: phase.waits });
      case "calls":
        return this.#calls(state, local, phase, worker);
      case "ask": {
        // Without a document of its own the site is built at once.
        if (!mayCall(phase, state.now)) return to(worker.stop(phase));
        this.#checkNeeded(state);
        const jobs = this.#world.jobs.of(sitesBuilt(state.jobs.value, [local.who.on]));
        return to({ ...phase, at: "built" }, { jobs });
      }
      case "append":
        return this.#append(state, local, phase);
      case "owed":
        return this.#owed(state, local, phase, worker);
      default:
        return [];
    }
  }

  /** Where nothing goes wrong, nothing is built that has not changed. */
  #checkNeeded({ jobs, locals }: State): void {
    const { rules } = this.#world;
    if (rules.persons.length > 0 || Object.values(faultsOf(rules)).some((times) => times > 0)) return;
    const changed = Object.values(jobs.value.jobs).some(({ synced, shown }) => synced !== shown);
    holds(changed, "unchanged sites are not built", () => locals.map(({ who }) => who.name).join());
  }

  #calls(state: State, local: Local, phase: PhaseAt<"calls">, worker: Worker): State[] {
    if (phase.sent !== null) return this.#call(state, local, { ...phase, sent: null }, phase.sent, worker);
    const to = (next: Phase, after: Partial<State> = {}) => this.#world.enter({ ...state, ...after }, local, next);
    if (isLost(phase, state.now)) return [to(worker.stop(phase))];
    const { sent: _sent, ...calling } = phase;
    const settle = { ...calling, at: "settle", leaving: false } as const;
    const open = Object.keys(phase.run.parts).filter((slug) => {
      const part = must(phase.run.parts[slug]);
      if (part.outcome !== undefined || part.parked === true) return false;
      return own(phase.outcomes, slug) === undefined && own(phase.parked, slug) === undefined;
    });
    // Not sure of the lease: the renewal decides.
    if (open.length === 0 || !mayCall(phase, state.now)) return [to(settle)];
    const next: State[] = [];
    const location = (slug: string) => phase.polled[slug] ?? must(phase.run.parts[slug]).location;
    const uncalled = open.find((slug) => location(slug) === undefined);
    if (uncalled !== undefined) {
      // Time may pass between the decision to call and the call only where workers freeze.
      if (state.left.value.freezes > 0) next.push(to({ ...phase, sent: uncalled }));
      else next.push(...this.#call(state, local, phase, uncalled, worker));
    }
    for (const slug of open) {
      if (location(slug) === undefined) continue;
      const polled = this.#poll(state, local, phase, slug);
      if (polled !== null) next.push(polled);
    }
    const left = (what: keyof Faults) => this.#world.spent(state, what);
    const { renewals, handOvers } = state.left.value;
    if (renewals > 0) next.push(to(settle, { left: left("renewals") }));
    if (handOvers > 0) {
      const leaving = { ...settle, leaving: true };
      next.push(to(leaving, { left: left("handOvers") }));
      // A call that is open then may have had its effect.
      if (uncalled !== undefined && local.who.on < this.#world.rules.layers.length) {
        const { callFence } = must(phase.run.parts[uncalled]);
        const arrived = callArrives(state.jobs.value, jobName(local.who.on, uncalled), callFence, this.#world.rules);
        next.push(to(leaving, { left: left("handOvers"), jobs: this.#world.jobs.of(arrived.jobs) }));
      }
    }
    return next;
  }

  /** A call arrives; what comes back is heard, unless the lease was lost meanwhile (its calls are aborted then). */
  #call(state: State, local: Local, phase: PhaseAt<"calls">, slug: string, worker: Worker): State[] {
    const { rules } = this.#world;
    const { on } = local.who;
    const part = must(phase.run.parts[slug]);
    const name = jobName(on, slug);
    const lost = isLost(phase, state.now);
    const heard = (outcome: PhaseAt<"calls">["outcomes"][string], jobs: Jobs, after: Partial<State> = {}): State => {
      const outcomes = { ...phase.outcomes, [slug]: outcome };
      return this.#world.enter(
        { ...state, ...after, jobs: this.#world.jobs.of(jobs) },
        local,
        lost ? worker.stop(phase) : this.#onward({ ...phase, outcomes }),
      );
    };
    if (on === rules.layers.length) {
      const built = sitesBuilt(state.jobs.value, [...rules.layers.keys()]);
      const ok = heard({ kind: "ok", durationMs: 1 }, built);
      return [ok, ...this.#unheard(state, heard, built)];
    }
    // `makeCall` in src/app/worker/attend.ts: a source that is gone is not called.
    if (phase.absent.includes(slug)) return [heard(GONE, state.jobs.value)];
    const { jobs, outcome } = callArrives(state.jobs.value, name, part.callFence, rules);
    const answered = lost || outcome.kind === "failed" ? jobs : answerHeard(jobs, name, part.callFence);
    const next = [heard(outcome, answered), ...this.#unheard(state, heard, jobs)];
    const spent = (what: keyof Faults) => ({ left: this.#world.spent(state, what) });
    const { lateEffects, parks, polls } = state.left.value;
    const task = { job: name, syncId: part.syncId, fence: part.callFence, outcome: null };
    if (lateEffects > 0) {
      next.push(heard(SILENT, withTask(state.jobs.value, { ...task, way: "late" }), spent("lateEffects")));
    }
    const deadline = state.now + rules.timeout;
    const waits = (way: Task["way"], after: PhaseAt<"calls">, what: "parks" | "polls"): State =>
      this.#world.enter(
        { ...state, ...spent(what), jobs: this.#world.jobs.of(withTask(state.jobs.value, { ...task, way })) },
        local,
        lost ? worker.stop(phase) : this.#onward(after, true),
      );
    if (parks > 0) {
      next.push(waits("parked", { ...phase, parked: { ...phase.parked, [slug]: deadline } }, "parks"));
    }
    if (polls > 0) {
      const location = `p${part.callFence}`;
      next.push(waits("polled", { ...phase, polled: { ...phase.polled, [slug]: { location, deadline } } }, "polls"));
    }
    return next;
  }

  #unheard(
    state: State,
    heard: (outcome: typeof REFUSED | typeof SILENT, jobs: Jobs, after: Partial<State>) => State,
    effect: Jobs,
  ): State[] {
    const { failures, silences, deafCalls } = state.left.value;
    const spent = (what: keyof Faults) => ({ left: this.#world.spent(state, what) });
    return [
      ...(failures > 0 ? [heard(REFUSED, state.jobs.value, spent("failures"))] : []),
      ...(silences > 0 ? [heard(SILENT, effect, spent("silences"))] : []),
      ...(deafCalls > 0 ? [heard(SILENT, state.jobs.value, spent("deafCalls"))] : []),
    ];
  }

  /** What must not be forgotten is written at once, and so is the last outcome; else the calls go on. */
  #onward(phase: PhaseAt<"calls">, urgent = false): Phase {
    const { sent: _sent, ...calling } = phase;
    const open = Object.entries(phase.run.parts).some(
      ([slug, part]) =>
        part.outcome === undefined &&
        part.parked !== true &&
        own(phase.outcomes, slug) === undefined &&
        own(phase.parked, slug) === undefined,
    );
    return urgent || !open ? { ...calling, at: "settle", leaving: false } : phase;
  }

  #poll(state: State, local: Local, phase: PhaseAt<"calls">, slug: string): State | null {
    const part = must(phase.run.parts[slug]);
    const name = jobName(local.who.on, slug);
    const location = phase.polled[slug]?.location ?? part.location;
    const deadline = phase.polled[slug]?.deadline ?? part.deadline ?? 0;
    const { value } = state.jobs;
    const task = value.tasks.find(
      (known) => known.way === "polled" && `p${known.fence}` === location && known.job === name,
    );
    const ended = task?.outcome ?? null;
    if (task === undefined || (ended === null && state.now < deadline)) return null;
    const outcomes = { ...phase.outcomes, [slug]: ended ?? TIMED_OUT };
    const jobs = ended === null ? value : answerHeard(value, name, part.callFence);
    return this.#world.enter(
      { ...state, jobs: this.#world.jobs.of(jobs) },
      local,
      this.#onward({ ...phase, outcomes }),
    );
  }

  /** As `appendOwed` in src/app/stored/settleOwed.ts: an append whose reply is lost is not known to stand. */
  #append(state: State, local: Local, phase: PhaseAt<"append">): State[] {
    return this.#world.appended(state, phase.owed).map(({ ids, ...after }) => {
      const flushed = [...phase.flushed, ...ids].sort();
      return this.#world.enter({ ...state, ...after }, local, {
        ...phase.next,
        ...("n" in phase.next ? { flushed } : {}),
      });
    });
  }

  #owed(state: State, local: Local, phase: PhaseAt<"owed">, worker: Worker): State[] {
    const { owed } = this.#world.documents.read(must(state.documents[local.who.on]));
    if (owed.length === 0) return [this.#world.enter(state, local, worker.gone(phase))];
    const missing = owed.filter(({ id }) => !phase.flushed.includes(id));
    return this.#world.appended(state, missing).map(({ ids, ...after }) => {
      const flushed = [...phase.flushed, ...ids].sort();
      const next: Phase = flushed.length === 0 ? worker.gone(phase) : { ...phase, at: "flush", flushed };
      return this.#world.enter({ ...state, ...after }, local, next);
    });
  }
}
