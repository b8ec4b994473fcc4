import { z } from "zod";
import { accept } from "../../src/core/accept.ts";
import { type Claim, claim, nextDue } from "../../src/core/claim.ts";
import { envelope } from "../../src/core/document.ts";
import { HOUR, LEASE, LEASE_NO_NEW_CALL } from "../../src/core/durations.ts";
import { built, noNews, type Settled, settle } from "../../src/core/settle.ts";
import {
  emptySlot,
  type Outcome,
  type Parts,
  type Run,
  type Sync,
  type SyncPart,
  slotSchema,
  syncSchema,
} from "../../src/core/slot.ts";
import { documentCodec } from "../../src/store/codec.ts";
import type { Codec } from "../../src/store/store.ts";
import { type Decision, type Step, type Stepped, update } from "../../src/store/update.ts";
import { aRequest, must, START } from "./builders.ts";
import { slotFault } from "./slotFault.ts";

const documentSchema = z.looseObject({ ...envelope, slot: slotSchema, ended: z.array(syncSchema) });
type Document = z.infer<typeof documentSchema>;

const strict = documentCodec<Document>(documentSchema);
const decoded = new Map<string, Document>();
/** Documents are values: a text is decoded once. */
const codec: Codec<Document> = {
  ...strict,
  decode(text, key) {
    const known = decoded.get(text) ?? strict.decode(text, key);
    decoded.set(text, known);
    return known;
  },
};

/** What a publisher sends, and what the world may do to everybody. */
export interface Rules {
  readonly sources: readonly string[];
  /** The sources each publisher names; none: all. */
  readonly publishers: readonly { readonly names: readonly string[]; readonly body?: string }[];
  readonly workers: number;
  /** Store replies that get lost after the write landed. */
  readonly lostReplies: number;
  /** Writes that time out and land at any later moment, if their condition still holds. */
  readonly lateWrites: number;
  /** Workers that vanish. */
  readonly crashes: number;
  /** Times at which a worker's lease runs out although it lives. */
  readonly freezes: number;
  /** Calls that a job answers with an error. */
  readonly failures: number;
  /** Calls that have their effect and no answer. */
  readonly silences: number;
}

type Phase =
  | { readonly at: "publish" }
  | { readonly at: "claim"; readonly round: number }
  | {
      readonly at: "call";
      readonly round: number;
      readonly run: Run;
      readonly outcomes: Readonly<Record<string, Outcome>>;
    }
  | {
      readonly at: "settle";
      readonly round: number;
      readonly run: Run;
      readonly outcomes: Readonly<Record<string, Outcome>>;
    }
  | { readonly at: "build"; readonly round: number; readonly run: Run }
  | { readonly at: "built"; readonly round: number; readonly run: Run }
  | { readonly at: "over"; readonly answer: { readonly syncId: string; readonly rev: number } | null };

/** A process: where it is in its programme, and what the store answered since it got there. */
interface Process {
  readonly name: string;
  readonly kind: "publisher" | "worker";
  readonly phase: Phase;
  readonly answers: readonly Stepped[];
  /** When its lease began, as the document has it (ms). */
  readonly sure: number;
}

interface Job {
  readonly content: number;
  readonly synced: number;
  readonly shown: number;
}

interface State {
  readonly now: number;
  readonly text: string | null;
  readonly processes: readonly Process[];
  readonly jobs: Readonly<Record<string, Job>>;
  readonly late: readonly { readonly text: string; readonly expected: string | null }[];
  readonly left: Pick<Rules, "lostReplies" | "lateWrites" | "crashes" | "freezes" | "failures" | "silences">;
}

const KEY = "layers/world";
const fresh = (): Document => ({ v: 1, rev: 0, by: "", at: 0, slot: emptySlot(), ended: [] });

/** Numbers for equal texts: states are compared by them. */
class Names {
  readonly #ids = new Map<string, number>();

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#ids.set(text, this.#ids.size);
    return this.#ids.size - 1;
  }
}

/** One world explored to its ends. */
export class World {
  readonly #rules: Rules;
  readonly #parts: Parts;
  readonly #seen = new Set<string>();
  readonly #machines = new Map<number, ReturnType<World["decided"]>>();
  readonly #names = new Names();
  readonly #nameOf = new WeakMap<Process, number>();
  states = 0;
  endings = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
    this.#parts = { known: rules.sources, buildOnly: false, sites: true };
  }

  #initial(): State {
    const { sources, publishers, workers, ...left } = this.#rules;
    const idle = { answers: [], sure: START };
    return {
      now: START,
      text: null,
      processes: [
        ...publishers.map(
          (_, index): Process => ({ name: `p${index}`, kind: "publisher", phase: { at: "publish" }, ...idle }),
        ),
        ...Array.from(
          { length: workers },
          (_, index): Process => ({
            name: `w${index}`,
            kind: "worker",
            phase: { at: "claim", round: 0 },
            ...idle,
          }),
        ),
      ],
      jobs: Object.fromEntries(sources.map((slug) => [slug, { content: 0, synced: 0, shown: 0 }])),
      late: [],
      left,
    };
  }

  #claimant(process: Process, round: number, now: number, rev: number) {
    return { by: `${process.name}-claim-${round}`, now, rev, start: true };
  }

  /** The loop that this process is in, from its beginning. */
  #machine(process: Process): Generator<Step, { result: Phase }, Stepped> {
    const { phase, name } = process;
    const options = { by: `${name}-${phase.at}-${"round" in phase ? phase.round : 0}`, budget: HOUR, attempts: 9 };
    const run = <R>(decide: (doc: Document, now: number, rev: number, firstRev: number) => Decision<Document, R>) =>
      update<Document, R>(KEY, codec, (doc, at) => decide(doc ?? fresh(), at.now, at.rev, at.firstRev), options);
    const onward = (next: Claim, round: number): Phase =>
      next.kind === "claimed" || next.kind === "mine"
        ? { at: next.run.phase === "sites" ? "build" : "call", round, run: next.run, outcomes: {} }
        : { at: "over", answer: null };
    const settled = (doc: Document, to: Settled, round: number): Decision<Document, Phase> => {
      if (to.kind === "fenced") return { kind: "keep", result: { at: "over", answer: null } };
      if (to.kind === "ended") {
        const result = onward(to.next, round + 1);
        if (to.next.kind === "mine") return { kind: "keep", result };
        return { kind: "write", document: { ...doc, slot: to.slot, ended: [...doc.ended, ...to.ended] }, result };
      }
      const document = { ...doc, slot: to.slot };
      if (to.kind === "sites") return { kind: "write", document, result: { at: "build", round, run: to.run } };
      throw new Error(`no world parks or renews, but this is ${to.kind}`);
    };
    switch (phase.at) {
      case "publish": {
        const rule = must(this.#rules.publishers[Number(name.slice(1))]);
        const request = aRequest({
          id: `request-${name}`,
          slugs: rule.names,
          ...(rule.body === undefined ? {} : { body: rule.body }),
        });
        return run((doc, now, rev, firstRev) => {
          const again = doc.slot.recent.some(({ id }) => id === request.id);
          const accepted = accept(doc.slot, request, { now, rev, firstRev }, `sync-${name}`);
          const { syncId, slot } = accepted;
          if (slot === null)
            return { kind: "keep", result: { at: "over", answer: { syncId, rev: again ? firstRev : rev - 1 } } };
          return { kind: "write", document: { ...doc, slot }, result: { at: "over", answer: { syncId, rev } } };
        });
      }
      case "claim":
        return run((doc, now, rev) => {
          const taken = claim(doc.slot, this.#claimant(process, phase.round, now, rev), this.#parts);
          const result = onward(taken, phase.round);
          if (taken.kind === "mine" || taken.kind === "busy") return { kind: "keep", result };
          if (taken.kind === "idle" && taken.slot === doc.slot) return { kind: "keep", result };
          return {
            kind: "write",
            document: { ...doc, slot: taken.slot, ended: [...doc.ended, ...taken.ended] },
            result,
          };
        });
      case "settle":
        return run((doc, now, rev) => {
          const next = this.#claimant(process, phase.round + 1, now, rev);
          const news = { ...noNews, outcomes: phase.outcomes };
          return settled(doc, settle(doc.slot, phase.run.fence, news, next, now, this.#parts), phase.round);
        });
      case "built":
        return run((doc, now, rev) => {
          const next = this.#claimant(process, phase.round + 1, now, rev);
          return settled(doc, built(doc.slot, phase.run.fence, [], next, now, this.#parts), phase.round);
        });
      default:
        throw new Error(`${phase.at} is not a loop`);
    }
  }

  /** A number for everything that decides what a process does. */
  #name(process: Process): number {
    const known = this.#nameOf.get(process);
    if (known !== undefined) return known;
    const answers = process.answers.map((answer) =>
      answer.kind === "found" ? [answer.now, this.#names.id(answer.text)] : [answer.now, answer.kind],
    );
    const id = this.#names.id(JSON.stringify([process.name, process.phase, process.sure, answers]));
    this.#nameOf.set(process, id);
    return id;
  }

  /** What the process wants of the store next, or where its loop led it: its answers are played to a new machine. */
  decided(process: Process): { readonly step: Step } | { readonly phase: Phase } {
    const key = this.#name(process);
    const known = this.#machines.get(key);
    if (known !== undefined) return known;
    const machine = this.#machine(process);
    let next = machine.next();
    for (const answer of process.answers) next = machine.next(answer);
    const decided = next.done === true ? { phase: next.value.result } : { step: next.value };
    this.#machines.set(key, decided);
    return decided;
  }

  #told(state: State, process: Process, answer: Stepped, after: Partial<State> = {}): State {
    let next: Process = { ...process, answers: [...process.answers, answer] };
    let decided = this.decided(next);
    if ("step" in decided && decided.step.op === "pause") {
      const woken: Stepped = { kind: "paused", now: state.now, elapsed: 0 };
      next = { ...next, answers: [...next.answers, woken] };
      decided = this.decided(next);
    }
    if ("phase" in decided) {
      const { phase } = decided;
      const sure = "run" in phase ? phase.run.leaseUntil - LEASE : next.sure;
      next = { ...next, answers: [], sure, phase };
    }
    return this.#with({ ...state, ...after }, next);
  }

  #with(state: State, process: Process): State {
    return { ...state, processes: state.processes.map((other) => (other.name === process.name ? process : other)) };
  }

  #spent(state: State, what: keyof State["left"]): State["left"] {
    return { ...state.left, [what]: state.left[what] - 1 };
  }

  /** Every way in which one process may go on by one step. */
  #steps(state: State, process: Process): State[] {
    const { phase } = process;
    if (phase.at === "over") return [];
    if (phase.at === "call") return this.#calls(state, process, phase);
    if (phase.at === "build") {
      if (state.now - process.sure >= LEASE_NO_NEW_CALL) return [this.#stops(state, process)];
      const jobs = Object.fromEntries(
        Object.entries(state.jobs).map(([slug, job]) => [slug, { ...job, shown: job.synced }]),
      );
      return [this.#with({ ...state, jobs }, { ...process, phase: { ...phase, at: "built" } })];
    }
    const decided = this.decided(process);
    if (!("step" in decided)) throw new Error("a loop that is over was left standing");
    const { step } = decided;
    const clock = { now: state.now, elapsed: 0 };
    if (step.op === "read") {
      // A change in the CMS precedes its delivery, whose first read begins after it arrived.
      const arrives = phase.at === "publish" && process.answers.length === 0;
      const after = arrives ? { jobs: this.#changed(state.jobs, process.name) } : {};
      const { text } = state;
      const found: Stepped =
        text === null ? { kind: "absent", ...clock } : { kind: "found", text, etag: text, ...clock };
      return [this.#told(state, process, found, after)];
    }
    if (step.op !== "write") throw new Error(`${step.op} is answered at once`);
    const unknown: Stepped = { kind: "unavailable", cause: null, ...clock };
    const lands = state.text === step.expected;
    const next = [
      lands
        ? this.#told(state, process, { kind: "written", ...clock }, { text: step.text })
        : this.#told(state, process, { kind: "conflict", ...clock }),
    ];
    if (lands && state.left.lostReplies > 0) {
      next.push(this.#told(state, process, unknown, { text: step.text, left: this.#spent(state, "lostReplies") }));
    }
    if (lands && state.left.lateWrites > 0) {
      const late = [...state.late, { text: step.text, expected: step.expected }];
      next.push(this.#told(state, process, unknown, { late, left: this.#spent(state, "lateWrites") }));
    }
    return next;
  }

  #changed(jobs: State["jobs"], name: string): State["jobs"] {
    const { names } = must(this.#rules.publishers[Number(name.slice(1))]);
    return Object.fromEntries(
      Object.entries(jobs).map(([slug, job]) => [
        slug,
        names.length === 0 || names.includes(slug) ? { ...job, content: job.content + 1 } : job,
      ]),
    );
  }

  #stops(state: State, process: Process): State {
    return this.#with(state, { ...process, answers: [], phase: { at: "over", answer: null } });
  }

  #calls(state: State, process: Process, phase: Extract<Phase, { at: "call" }>): State[] {
    const open = Object.keys(phase.run.parts).filter((slug) => phase.outcomes[slug] === undefined);
    const slug = open[0];
    if (slug === undefined) return [this.#with(state, { ...process, phase: { ...phase, at: "settle" } })];
    if (state.now - process.sure >= LEASE_NO_NEW_CALL) return [this.#stops(state, process)];
    const job = must(state.jobs[slug]);
    const ended = (outcome: Outcome, after: Partial<State>): State => {
      const outcomes = { ...phase.outcomes, [slug]: outcome };
      const at = open.length === 1 ? "settle" : "call";
      return this.#with({ ...state, ...after }, { ...process, phase: { ...phase, at, outcomes } });
    };
    const jobs = { ...state.jobs, [slug]: { ...job, synced: job.content } };
    const changed = job.synced !== job.content;
    const next = [ended({ kind: "ok", changed, durationMs: 1 }, { jobs })];
    if (state.left.failures > 0) {
      const error = "the job answered 500";
      next.push(
        ended({ kind: "failed", error, unanswered: false, durationMs: 1 }, { left: this.#spent(state, "failures") }),
      );
    }
    if (state.left.silences > 0) {
      const left = this.#spent(state, "silences");
      next.push(ended({ kind: "failed", error: "no answer", unanswered: true, durationMs: 1 }, { jobs, left }));
    }
    return next;
  }

  /** Everything that may happen next. */
  #moves(state: State): State[] {
    const next = state.processes.flatMap((process) => this.#steps(state, process));
    if (state.left.crashes > 0) {
      const left = this.#spent(state, "crashes");
      for (const process of state.processes) {
        const begun = process.phase.at !== "claim" || process.phase.round > 0 || process.answers.length > 0;
        if (process.kind === "worker" && process.phase.at !== "over" && begun) {
          next.push(this.#stops({ ...state, left }, process));
        }
      }
    }
    for (const write of state.late) {
      const late = state.late.filter((other) => other !== write);
      next.push({ ...state, late, text: state.text === write.expected ? write.text : state.text });
    }
    const slot = state.text === null ? null : codec.decode(state.text, KEY).slot;
    const due = slot === null ? Number.POSITIVE_INFINITY : nextDue(slot);
    if (due > state.now && due < state.now + HOUR) {
      // Time stands still while somebody may work; passing the end of a lease freezes its worker.
      const holder = state.processes.find(({ phase }) => "run" in phase && phase.run.fence === slot?.running?.fence);
      if (slot?.running === null || slot?.running === undefined || holder === undefined)
        next.push({ ...state, now: due });
      else if (state.left.freezes > 0) next.push({ ...state, now: due, left: this.#spent(state, "freezes") });
    }
    return next;
  }

  #key(state: State): string {
    const { now, text, processes, jobs, late, left } = state;
    const standing = text === null ? -1 : this.#names.id(text);
    const under = late.map(({ text: waiting }) => this.#names.id(waiting));
    const numbers = Object.values(jobs).map(({ content, synced, shown }) => [content, synced, shown]);
    return [
      now,
      standing,
      ...processes.map((process) => this.#name(process)),
      numbers,
      under,
      Object.values(left),
    ].join();
  }

  #checkStep(before: State, after: State): void {
    if (after.text === before.text || after.text === null) return;
    const { slot, ended } = codec.decode(after.text, KEY);
    const previous = before.text === null ? emptySlot() : codec.decode(before.text, KEY).slot;
    const fault = slotFault(slot);
    if (fault !== null) throw new Error(fault);
    if (slot.fence < previous.fence) throw new Error("the fence fell");
    const took = slot.running !== null && slot.running.fence !== previous.running?.fence;
    if (took && (slot.running?.fence ?? 0) <= previous.fence) throw new Error("a run without a new fence");
    if (new Set(ended.map(({ id }) => id)).size !== ended.length) throw new Error("a sync ended twice");
  }

  /** Nobody is left: a drain's workers do the rest. Then every promise must have been kept. */
  #checkEnding(state: State): void {
    let doc = state.text === null ? fresh() : codec.decode(state.text, KEY);
    const jobs = Object.fromEntries(Object.entries(state.jobs).map(([slug, job]) => [slug, { ...job }]));
    let { now } = state;
    let round = 0;
    const write = (slot: Document["slot"], ended: readonly Sync[]) => {
      doc = { ...doc, rev: doc.rev + 1, slot, ended: [...doc.ended, ...ended] };
    };
    for (; nextDue(doc.slot) < Number.POSITIVE_INFINITY; round += 1) {
      if (round > 30) throw new Error("the slot does not come to rest");
      now = Math.max(now, nextDue(doc.slot));
      const taken = claim(doc.slot, { by: `drain-${round}`, now, rev: doc.rev + 1, start: true }, this.#parts);
      if (taken.kind !== "claimed" && taken.kind !== "idle") throw new Error(`a due slot is ${taken.kind}`);
      write(taken.slot, taken.ended);
      if (taken.kind === "idle") continue;
      const outcomes: Record<string, Outcome> = {};
      for (const slug of Object.keys(taken.run.parts)) {
        const job = must(jobs[slug]);
        outcomes[slug] = { kind: "ok", changed: job.synced !== job.content, durationMs: 1 };
        job.synced = job.content;
      }
      let to: Settled = { kind: "sites", slot: doc.slot, run: taken.run };
      if (taken.run.phase === "sources") {
        to = settle(doc.slot, taken.run.fence, { ...noNews, outcomes }, null, now, this.#parts);
        if (to.kind !== "fenced") write(to.slot, to.kind === "ended" ? to.ended : []);
      }
      if (to.kind === "sites") {
        for (const job of Object.values(jobs)) job.shown = job.synced;
        const over = built(doc.slot, taken.run.fence, [], null, now, this.#parts);
        if (over.kind === "ended") write(over.slot, over.ended);
      }
    }
    if (Object.keys(doc.slot.open).length > 0) throw new Error("a sync stays open at rest");
    for (const { phase, name } of state.processes) {
      if (phase.at !== "over" || phase.answer === null) continue;
      const { names } = must(this.#rules.publishers[Number(name.slice(1))]);
      for (const slug of names.length === 0 ? this.#rules.sources : names) {
        this.#checkKept(doc, phase.answer.syncId, slug, phase.answer.rev);
        if (must(jobs[slug]).synced !== must(jobs[slug]).content)
          throw new Error(`${slug} was not synced after ${name}`);
      }
    }
    for (const [slug, job] of Object.entries(jobs)) {
      if (job.shown !== job.synced) throw new Error(`a change of ${slug} was never built`);
    }
  }

  #checkKept(doc: Document, syncId: string, slug: string, rev: number): void {
    const seen: string[] = [];
    for (let id: string | undefined = syncId; id !== undefined; ) {
      const sync: Sync = must(
        doc.ended.find((record) => record.id === id),
        `a record of ${id}`,
      );
      if (seen.includes(id)) throw new Error(`the chain of ${syncId} has no end`);
      seen.push(id);
      const part: SyncPart = must(sync.parts[slug], `${slug} in ${id}`);
      if (part.status === "superseded") {
        id = part.supersededBy;
        continue;
      }
      if (part.status !== "succeeded") throw new Error(`${slug} of ${id} ended ${part.status}`);
      if ((sync.claimRev ?? 0) <= rev) throw new Error(`${id} began before what it is to cover`);
      return;
    }
  }

  /** Explores breadth first. The error of a broken law carries the way to it. */
  explore(): this {
    const first = this.#initial();
    let frontier: { state: State; path: readonly string[] }[] = [{ state: first, path: [] }];
    this.#seen.add(this.#key(first));
    this.states = 1;
    while (frontier.length > 0) {
      const next: typeof frontier = [];
      for (const { state, path } of frontier) {
        const moves = this.#moves(state);
        const done = state.processes.every(({ phase }) => phase.at === "over") && state.late.length === 0;
        try {
          if (done) {
            this.endings += 1;
            this.#checkEnding(state);
          }
          for (const move of moves) {
            const key = this.#key(move);
            if (this.#seen.has(key)) continue;
            this.#checkStep(state, move);
            this.#seen.add(key);
            this.states += 1;
            next.push({ state: move, path: [...path, describe(state, move)] });
          }
        } catch (cause) {
          throw new Error(`${cause instanceof Error ? cause.message : "broken"}\n  ${path.join("\n  ")}`, { cause });
        }
      }
      frontier = next;
    }
    return this;
  }
}

const describe = (before: State, after: State): string => {
  const moved = after.processes.find((process, index) => process !== before.processes[index]);
  const lost = Object.entries(after.left).find(
    ([what, left]) => left !== Object.entries(before.left).find(([w]) => w === what)?.[1],
  );
  const time = after.now === before.now ? "" : ` time passes to +${after.now - START} ms`;
  const wrote = after.text === before.text ? "" : " writes";
  return `${moved?.name ?? ""} ${moved?.phase.at ?? ""}${wrote}${time}${lost === undefined ? "" : ` (${lost[0]})`}`;
};
