import { LEASE_NO_NEW_CALL, LEASE_RENEW } from "../../src/core/durations.ts";
import type { Owed } from "../../src/core/owed.ts";
import { must, START } from "../support/builders.ts";
import { Documents, type Stored, Times } from "./documents.ts";
import { Interned } from "./interned.ts";
import { contentChanges, jobName, newJobs, taskEnds, taskFails } from "./jobs.ts";
import { Locals, type Wanted } from "./processes/locals.ts";
import type { Turn } from "./processes/loop.ts";
import { WorkerActs } from "./processes/workerActs.ts";
import { type Faults, faultsOf, publisherOf, type Rules } from "./rules.ts";
import {
  type Archived,
  type Heard,
  type Jobs,
  type Kind,
  type Late,
  type Local,
  type Phase,
  runOf,
  type State,
  type Task,
  type Who,
  type Working,
} from "./state.ts";

const woken = (state: State, wakes: readonly number[]): State =>
  wakes.length === 0 ? state : { ...state, wakes: wakes.reduce((bits, index) => bits | (1 << index), state.wakes) };

/** Everything that lives in a world, and every way in which a state of it may go on. */
export class World {
  readonly rules: Rules;
  readonly documents: Documents;
  readonly locals: Locals;
  readonly times = new Times();
  readonly jobs = new Interned<Jobs>();
  readonly late = new Interned<readonly Late[]>();
  readonly left = new Interned<Faults>();
  readonly archive = new Interned<Archived>();
  readonly #acts: WorkerActs;

  constructor(rules: Rules) {
    this.rules = rules;
    this.documents = new Documents(rules);
    this.locals = new Locals(this.documents, this.times, rules);
    this.#acts = new WorkerActs(this);
  }

  first(): State {
    const { publishers, workers, persons, callbacks } = this.rules;
    const people: { kind: Kind; number: number; on: number; phase: Phase }[] = [
      ...publishers.map(({ on }, number) => ({
        kind: "publisher" as const,
        number,
        on: on ?? 0,
        phase: { at: "publish", contents: {} } as const,
      })),
      ...workers.map(({ on, lives }, number) => ({
        kind: "worker" as const,
        number,
        on: on ?? 0,
        phase: { at: "off", n: 0, lives: lives ?? 1 } as const,
      })),
      ...persons.map(({ on }, number) => ({
        kind: "person" as const,
        number,
        on: on ?? 0,
        phase: { at: "act", step: 0 } as const,
      })),
      ...Array.from({ length: callbacks }, (_, number) => ({
        kind: "callback" as const,
        number,
        on: 0,
        phase: { at: "waiting to report" } as const,
      })),
    ];
    const locals = people.map(({ kind, number, on, phase }, place) => {
      const who: Who = { name: `${kind}${number}`, kind, number, place, on };
      return this.locals.of(who, phase, [], START);
    });
    return {
      now: START,
      documents: this.documents.first,
      locals,
      jobs: this.jobs.of(newJobs(this.rules)),
      late: this.late.of([]),
      left: this.left.of(faultsOf(this.rules)),
      archive: this.archive.of({}),
      wakes: 0,
    };
  }

  /** The state in which a process has come to another point of its programme. */
  enter(state: State, local: Local, phase: Phase): State {
    return this.#with(state, this.locals.of(local.who, phase, [], state.now));
  }

  /** The state in which a process goes on, perhaps in the midst of what it `tries` to write. */
  turned(state: State, { who, heard, began }: Local, { phase, wakes }: Turn, tries = false): State {
    const local = tries ? this.locals.of(who, phase, heard, began) : this.locals.of(who, phase, [], state.now);
    return woken(this.#with(state, local), wakes);
  }

  #with(state: State, local: Local): State {
    const locals = [...state.locals];
    locals[local.who.place] = local;
    return { ...state, locals };
  }

  spent(state: State, what: keyof Faults): State["left"] {
    const { value } = state.left;
    return this.left.of({ ...value, [what]: value[what] - 1 });
  }

  #told(state: State, local: Local, answer: Heard): State {
    const { local: next, wakes } = this.locals.told(local, answer);
    return woken(this.#with(state, next), wakes);
  }

  /** Everything that may happen next. */
  moves(state: State): State[] {
    const next: State[] = [];
    for (const local of state.locals) next.push(...this.steps(state, local));
    if (state.left.value.crashes > 0) this.#crashes(state, next);
    this.#lateWrites(state, next);
    for (const task of state.jobs.value.tasks) this.#taskMoves(state, task, next);
    const later = this.later(state);
    if (later !== null) next.push(later);
    return next;
  }

  /** Every way in which one process may go on. */
  steps(state: State, local: Local): State[] {
    switch (local.phase.at) {
      case "over":
        return [];
      case "off":
        return this.#comes(state, local) ? [this.#begun(state, local)] : [];
      case "waiting to report":
        return this.#reports(state, local);
      default: {
        const { phase } = local;
        const wanted = this.locals.wanted(local);
        const stored = wanted === null ? [] : this.#stored(state, local, wanted);
        if (phase.at !== "working") return stored;
        const acting = { local, working: phase, driver: this.locals.driver(local.who) };
        const acts = wanted === null ? this.#acts.moves(state, acting) : this.#acts.movesMeanwhile(state, acting);
        return [...stored, ...acts];
      }
    }
  }

  /** A worker appears when somebody woke one, or when a tick of the drain finds something due. */
  #comes(state: State, local: Local): boolean {
    const { on, number } = local.who;
    const document = must(state.documents[on]);
    const woken = (state.wakes & (1 << on)) !== 0;
    if (!woken && document.due > state.now && !(this.rules.archive && document.owes)) return false;
    // Workers that have not begun are alike: the first of them comes.
    return !state.locals.some(
      ({ who, phase }) =>
        who.kind === "worker" && who.on === on && who.number < number && phase.at === "off" && phase.n === 0,
    );
  }

  #begun(state: State, local: Local): State {
    const { phase } = local;
    if (phase.at !== "off") throw new RangeError("only who is off begins");
    const wakes = state.wakes & ~(1 << local.who.on);
    return this.turned({ ...state, wakes }, local, this.locals.driver(local.who).begin(phase, state.now));
  }

  #reports(state: State, local: Local): State[] {
    const { who } = local;
    const earlier = state.locals.some(
      (other) =>
        other.who.kind === "callback" && other.who.number < who.number && other.phase.at === "waiting to report",
    );
    if (earlier) return [];
    return state.jobs.value.tasks.flatMap(({ way, outcome, job, syncId, fence }) =>
      way === "parked" && outcome !== null
        ? [this.enter(state, local, { at: "report", slug: job.slice(2), syncId, fence, outcome })]
        : [],
    );
  }

  #stored(state: State, local: Local, { step, makes, over }: Wanted): State[] {
    const { now } = state;
    if (step.op === "read") {
      const stored = must(state.documents[this.documents.keys.indexOf(step.key)]);
      const arrives = local.phase.at === "publish" && local.heard.length === 0;
      if (!arrives) return [this.#told(state, local, { kind: "found", stored, now })];
      return [this.#arrives(state, local, { kind: "found", stored, now })];
    }
    if (makes === null || over === null) throw new RangeError("every document of a world stands from its beginning");
    if (must(state.documents[makes.index]) !== over) return [this.#told(state, local, { kind: "conflict", now })];
    const landed = { ...state, documents: this.#replaced(state, makes) };
    const next = [this.#told(landed, local, { kind: "written", now })];
    const unknown: Heard = { kind: "unavailable", now };
    if (state.left.value.lostReplies > 0) {
      next.push(this.#told({ ...landed, left: this.spent(state, "lostReplies") }, local, unknown));
    }
    if (state.left.value.lateWrites > 0) {
      const late = this.late.of([...state.late.value, { text: makes.id, expected: over.id, by: local.who.kind }]);
      next.push(this.#told({ ...state, late, left: this.spent(state, "lateWrites") }, local, unknown));
    }
    return next;
  }

  #replaced(state: State, stored: Stored): readonly Stored[] {
    return state.documents.map((standing, index) => (index === stored.index ? stored : standing));
  }

  /** A change in the CMS precedes its delivery, whose first read begins after it arrived. */
  #arrives(state: State, local: Local, found: Heard): State {
    const { on, number } = local.who;
    const { names } = publisherOf(this.rules, number);
    const touched = (names.length === 0 ? must(this.rules.layers[on]) : names).map((slug) => jobName(on, slug));
    const jobs = contentChanges(state.jobs.value, touched);
    const contents = Object.fromEntries(touched.map((name) => [name, must(jobs.jobs[name]).content]));
    const arrived = this.locals.of(local.who, { at: "publish", contents }, [], state.now);
    return this.#told({ ...state, jobs: this.jobs.of(jobs) }, arrived, found);
  }

  #crashes(state: State, next: State[]): void {
    const left = this.spent(state, "crashes");
    for (const local of state.locals) {
      const { phase, who, heard } = local;
      if (phase.at !== "working") continue;
      const [doing] = phase.doing;
      if (doing?.do === "sleep" || (doing?.do === "claim" && heard.length === 0)) continue;
      next.push(this.enter({ ...state, left }, local, this.locals.driver(who).gone(phase)));
    }
  }

  #lateWrites(state: State, next: State[]): void {
    for (const write of state.late.value) {
      const late = this.late.of(state.late.value.filter((other) => other !== write));
      next.push({ ...state, late });
      const stored = this.documents.at(write.text);
      if (must(state.documents[stored.index]).id !== write.expected) continue;
      next.push({ ...state, late, documents: this.#replaced(state, stored) });
    }
  }

  #taskMoves(state: State, task: Task, next: State[]): void {
    if (task.outcome !== null) return;
    next.push({ ...state, jobs: this.jobs.of(taskEnds(state.jobs.value, task, this.rules)) });
    if (task.way === "late" || state.left.value.failures === 0) return;
    const jobs = this.jobs.of(taskFails(state.jobs.value, task));
    next.push({ ...state, jobs, left: this.spent(state, "failures") });
  }

  /**
   * Time passes to the next moment at which something is due. It stands still before the end of a lease whose worker
   * lives, unless that worker freezes.
   */
  later(state: State): State | null {
    let due = Number.POSITIVE_INFINITY;
    for (const { due: at, ripe } of state.documents) {
      if (at > state.now && at < due) due = at;
      if (ripe > state.now && ripe < due) due = ripe;
    }
    for (const { phase } of state.locals) {
      for (const at of phase.at === "working" ? this.#dues(state, phase) : []) {
        if (at > state.now && at < due) due = at;
      }
    }
    if (due === Number.POSITIVE_INFINITY) return null;
    const passes = state.documents.some(
      ({ attended }, index) =>
        attended !== null &&
        due > attended.leaseUntil &&
        state.locals.some(({ phase, who }) => who.on === index && runOf(phase)?.fence === attended.fence),
    );
    if (!passes) return { ...state, now: due };
    return state.left.value.freezes > 0 ? { ...state, now: due, left: this.spent(state, "freezes") } : null;
  }

  /** When something is due for a worker (ms). */
  #dues(state: State, { worker, doing }: Working): number[] {
    const [first] = doing;
    if (first?.do === "sleep") return [first.until];
    const { phase } = worker;
    if (phase.at !== "calling" || first !== undefined) return [];
    const deadlines = [...Object.values(phase.polled), ...Object.values(phase.run.parts)]
      .map(({ deadline }) => deadline)
      .filter((at) => at !== undefined)
      .filter((at) => at > state.now);
    // Whoever polls for long renews its lease again and again.
    const renewed = deadlines.length > 0 ? [phase.lease.now + LEASE_NO_NEW_CALL] : [];
    return [...deadlines, ...renewed, ...(state.left.value.renewals > 0 ? [phase.lease.now + LEASE_RENEW] : [])];
  }

  /** Every way in which an append of these entries may end, and which of them are known to stand then. */
  appended(state: State, owed: readonly Owed[]): { archive: State["archive"]; left: State["left"]; ids: string[] }[] {
    const standing = state.archive.value;
    const next = { ...standing };
    for (const entry of owed) {
      if (standing[entry.id] === undefined)
        next[entry.id] = JSON.stringify(entry.kind === "audit" ? entry.entry : entry.record);
    }
    const archive = this.archive.of(Object.fromEntries(Object.entries(next).sort(([a], [b]) => a.localeCompare(b))));
    const all = owed.map(({ id }) => id);
    const ways = [{ archive, left: state.left, ids: all }];
    if (state.left.value.lostReplies > 0 && all.length > 0) {
      ways.push({ archive, left: this.spent(state, "lostReplies"), ids: all.slice(1) });
    }
    return ways;
  }
}
