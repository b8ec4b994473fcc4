import { LEASE_RENEW } from "../../../src/core/durations.ts";
import { own } from "../../../src/core/slot/slot.ts";
import { isLost, leaseAge, type Moment, mayCall } from "../../../src/core/worker/lease.ts";
import type { Calling, Happened } from "../../../src/core/worker/phases.ts";
import { must } from "../../support/builders.ts";
import { answerHeard, callArrives, jobName, sitesBuilt, withTask } from "../jobs.ts";
import { holds } from "../lawBroken.ts";
import { type Faults, faultsOf } from "../rules.ts";
import type { Doing, Jobs, Local, State, Task, Working } from "../state.ts";
import type { World } from "../world.ts";
import type { Driver } from "./driver.ts";

const REFUSED = { kind: "failed", error: "the job answered 500", unanswered: false, durationMs: 1 } as const;
const SILENT = { kind: "failed", error: "no answer", unanswered: true, durationMs: 1 } as const;
const TIMED_OUT = { kind: "failed", error: "timed out", unanswered: true, durationMs: 1 } as const;

const momentOf = ({ now }: State): Moment => ({ now, elapsed: now });

/** Where the end of a part's call is asked for. */
const locationOf = ({ polled, run }: Calling, slug: string): string | undefined =>
  own(polled, slug)?.location ?? must(run.parts[slug]).location;

const ticked = ({ run }: Calling): Happened => ({ kind: "ticked", fence: run.fence });

/** A process that works as a worker. */
interface Acting {
  readonly local: Local;
  readonly working: Working;
  readonly driver: Driver;
  /** The worker tries to write meanwhile, and goes on with that. */
  readonly tries?: boolean;
}

/** How the effects of a worker end that are no writes: calls, waits, appends. */
export class WorkerActs {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Every way in which a worker outside of its loops may go on. */
  moves(state: State, acting: Acting): State[] {
    const { phase } = acting.working.worker;
    const [doing] = acting.working.doing;
    if (doing !== undefined) return this.#ends(state, acting, doing);
    return phase.at === "calling" ? this.#calls(state, acting, phase) : [];
  }

  /** What a worker is told while it tries to write: that its lease is lost, or how its calls end. */
  movesMeanwhile(state: State, acting: Acting): State[] {
    const { phase } = acting.working.worker;
    if (phase.at !== "calling" || phase.ended) return [];
    const trying = { ...acting, tries: true };
    if (isLost(phase.lease, momentOf(state))) return [this.#tell(state, trying, ticked(phase))];
    if (state.left.value.overlaps === 0) return [];
    const left = this.#world.spent(state, "overlaps");
    return phase.open.flatMap((slug) =>
      locationOf(phase, slug) === undefined
        ? this.#call({ ...state, left }, trying, phase, slug)
        : this.#poll({ ...state, left }, trying, phase, slug),
    );
  }

  #tell(state: State, { local, working, driver, tries }: Acting, happened: Happened, left?: number): State {
    const turn = driver.tell(working, happened, state.now, left);
    return this.#world.turned(state, local, turn, tries === true);
  }

  #ends(state: State, acting: Acting, doing: Doing): State[] {
    const { local, working, driver } = acting;
    const done = (happened: Happened, after: Partial<State> = {}): State =>
      this.#world.turned({ ...state, ...after }, local, driver.done(working, happened, state.now));
    switch (doing.do) {
      case "sleep":
        return state.now < doing.until ? [] : [done({ kind: "slept" })];
      case "ask sites": {
        // Without a document of its own the site is built at once.
        this.#checkNeeded(state);
        const jobs = this.#world.jobs.of(sitesBuilt(state.jobs.value, [local.who.on]));
        return [done({ kind: "asked", asked: [] }, { jobs })];
      }
      case "append":
        return this.#world.appended(state, doing.owed).map(({ ids, ...after }) => {
          const flushed = [...new Set([...working.flushed, ...ids])].sort();
          const turn = driver.done({ ...working, flushed }, { kind: "appended" }, state.now);
          return this.#world.turned({ ...state, ...after }, local, turn);
        });
      case "settle":
        return this.#settles(state, acting, "settled");
      case "make room":
        return this.#settles(state, acting, "room made");
      default:
        return [];
    }
  }

  /** As `settleOwed` in src/app/stored/settleOwed.ts: what is missing is appended, then all that stands is dropped. */
  #settles(state: State, { local, working, driver }: Acting, then: "settled" | "room made"): State[] {
    const { owed } = this.#world.documents.read(must(state.documents[local.who.on]));
    const over = (after: Partial<State>): State =>
      this.#world.turned({ ...state, ...after }, local, driver.done(working, { kind: then }, state.now));
    if (owed.length === 0) return [over({})];
    const missing = owed.filter(({ id }) => !working.flushed.includes(id));
    return this.#world.appended(state, missing).map(({ ids, ...after }) => {
      const flushed = [...working.flushed, ...ids].sort();
      if (flushed.length === 0) return over(after);
      const doing: Doing[] = [{ do: "drop", then }, ...working.doing.slice(1)];
      return this.#world.enter({ ...state, ...after }, local, { ...working, flushed, doing });
    });
  }

  /** Where nothing goes wrong, nothing is built that has not changed. */
  #checkNeeded({ jobs, locals }: State): void {
    const { rules } = this.#world;
    if (rules.persons.length > 0 || Object.values(faultsOf(rules)).some((times) => times > 0)) return;
    const changed = Object.values(jobs.value.jobs).some(({ synced, shown }) => synced !== shown);
    holds(changed, "unchanged sites are not built", () => locals.map(({ who }) => who.name).join());
  }

  #calls(state: State, acting: Acting, calling: Calling): State[] {
    const { local, working } = acting;
    const { sent } = working;
    if (sent !== null) return this.#call(state, { ...acting, working: { ...working, sent: null } }, calling, sent);
    const tell = (happened: Happened, after: Partial<State> = {}, left?: number): State =>
      this.#tell({ ...state, ...after }, acting, happened, left);
    const at = momentOf(state);
    if (isLost(calling.lease, at)) return [tell(ticked(calling))];
    // Not sure of the lease: the renewal decides.
    if (!mayCall(calling.lease, at)) return [tell({ kind: "rang" })];
    // What was ended is called no more.
    if (calling.ended) return [];
    const next: State[] = [];
    const uncalled = calling.open.find((slug) => locationOf(calling, slug) === undefined);
    if (uncalled !== undefined) {
      // Time may pass between the decision to call and the call only where workers freeze.
      if (state.left.value.freezes > 0) next.push(this.#world.enter(state, local, { ...working, sent: uncalled }));
      else next.push(...this.#call(state, acting, calling, uncalled));
    }
    for (const slug of calling.open) {
      if (locationOf(calling, slug) !== undefined) next.push(...this.#poll(state, acting, calling, slug));
    }
    const left = (what: keyof Faults) => this.#world.spent(state, what);
    const { renewals, handOvers } = state.left.value;
    if (renewals > 0 && leaseAge(calling.lease, at) >= LEASE_RENEW) {
      next.push(tell({ kind: "rang" }, { left: left("renewals") }));
    }
    if (handOvers > 0) {
      next.push(tell({ kind: "rang" }, { left: left("handOvers") }, 0));
      // A call that is open then may have had its effect.
      if (uncalled !== undefined && local.who.on < this.#world.rules.layers.length) {
        const { callFence } = must(calling.run.parts[uncalled]);
        const arrived = callArrives(state.jobs.value, jobName(local.who.on, uncalled), callFence, this.#world.rules);
        const jobs = this.#world.jobs.of(arrived.jobs);
        next.push(tell({ kind: "rang" }, { left: left("handOvers"), jobs }, 0));
      }
    }
    return next;
  }

  /** A call arrives; what comes back is heard, unless the lease was lost meanwhile (its calls are ended then). */
  #call(state: State, acting: Acting, calling: Calling, slug: string): State[] {
    const { rules } = this.#world;
    const { run, lease } = calling;
    const { on } = acting.local.who;
    const { fence } = run;
    const part = must(run.parts[slug]);
    const name = jobName(on, slug);
    const lost = isLost(lease, momentOf(state));
    const tell = (happened: Happened, jobs: Jobs, after: Partial<State> = {}): State =>
      this.#tell({ ...state, ...after, jobs: this.#world.jobs.of(jobs) }, acting, lost ? ticked(calling) : happened);
    const heard = (outcome: Calling["outcomes"][string], jobs: Jobs, after: Partial<State> = {}): State =>
      tell({ kind: "called", fence, slug, progress: { kind: "decided", outcome } }, jobs, after);
    if (on === rules.layers.length) {
      const built = sitesBuilt(state.jobs.value, [...rules.layers.keys()]);
      const ok = heard({ kind: "ok", durationMs: 1 }, built);
      return [ok, ...this.#unheard(state, heard, built)];
    }
    const { jobs, outcome } = callArrives(state.jobs.value, name, part.callFence, rules);
    const answered = lost || outcome.kind === "failed" ? jobs : answerHeard(jobs, name, part.callFence);
    const next = [heard(outcome, answered), ...this.#unheard(state, heard, jobs)];
    const spent = (what: keyof Faults) => ({ left: this.#world.spent(state, what) });
    const { lateEffects, parks, polls } = state.left.value;
    const task = { job: name, syncId: part.syncId, fence: part.callFence, outcome: null };
    const withWay = (way: Task["way"]): Jobs => withTask(state.jobs.value, { ...task, way });
    if (lateEffects > 0) next.push(heard(SILENT, withWay("late"), spent("lateEffects")));
    const deadline = state.now + rules.timeout;
    if (parks > 0) {
      const parked: Happened = { kind: "called", fence, slug, progress: { kind: "parked", deadline } };
      next.push(tell(parked, withWay("parked"), spent("parks")));
    }
    if (polls > 0) {
      const polled = { location: `p${part.callFence}`, deadline };
      next.push(tell({ kind: "polled", fence, slug, polled }, withWay("polled"), spent("polls")));
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

  /** A job that is polled has ended, or its time is over. */
  #poll(state: State, acting: Acting, calling: Calling, slug: string): State[] {
    const { run, polled } = calling;
    const part = must(run.parts[slug]);
    const name = jobName(acting.local.who.on, slug);
    const location = locationOf(calling, slug);
    const deadline = own(polled, slug)?.deadline ?? part.deadline ?? 0;
    const { value } = state.jobs;
    const task = value.tasks.find(
      (known) => known.way === "polled" && `p${known.fence}` === location && known.job === name,
    );
    const ended = task?.outcome ?? null;
    if (task === undefined || (ended === null && state.now < deadline)) return [];
    const jobs = ended === null ? value : answerHeard(value, name, part.callFence);
    const progress = { kind: "decided", outcome: ended ?? TIMED_OUT } as const;
    const called: Happened = { kind: "called", fence: run.fence, slug, progress };
    return [this.#tell({ ...state, jobs: this.#world.jobs.of(jobs) }, acting, called)];
  }
}
