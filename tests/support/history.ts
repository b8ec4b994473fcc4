import fc from "fast-check";
import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Request } from "../../src/core/slot/accept.ts";
import { scopeOf } from "../../src/core/slot/accept.ts";
import { claim } from "../../src/core/slot/claim.ts";
import { nextDue } from "../../src/core/slot/nextDue.ts";
import { built, handOver, noNews, report, settle } from "../../src/core/slot/settle.ts";
import type { Outcome, Pending, Slot } from "../../src/core/slot/slot.ts";
import type { Sync } from "../../src/core/slot/sync.ts";
import { Bench } from "./bench.ts";
import { aConfigurationRequest, aManualRequest, aRequest, must } from "./builders.ts";
import { slotFault } from "./slotFault.ts";

/** A step of a slot's history. Its numbers choose among the syncs, sources or requests that exist at that moment. */
export type Command =
  | {
      readonly do: "deliver";
      readonly names: readonly string[];
      readonly body: string | null;
      readonly skew: number;
      readonly late: number;
    }
  | { readonly do: "ask"; readonly names: readonly string[]; readonly by: "person" | "configuration" }
  | { readonly do: "repeat"; readonly which: number }
  /** A worker claims the slot. With `patience` it waits until something is due. */
  | { readonly do: "claim"; readonly start: boolean; readonly patience: boolean }
  | { readonly do: "settle"; readonly ends: readonly End[]; readonly next: boolean }
  | { readonly do: "built"; readonly next: boolean }
  | { readonly do: "report"; readonly which: number; readonly end: End }
  | { readonly do: "hand over" }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "retry now"; readonly which: number }
  | { readonly do: "pause"; readonly paused: boolean }
  | { readonly do: "remove"; readonly which: number }
  | { readonly do: "add"; readonly which: number }
  | { readonly do: "pass"; readonly ms: number };

/** How a call ends. */
export type End = "nothing" | "ok" | "failed" | "unanswered" | "polled" | "parked";

/** The kinds of commands in a history. */
export type Kind = Command["do"];

const ends = fc.constantFrom<End>("nothing", "ok", "ok", "ok", "failed", "unanswered", "polled", "parked");
const times = fc.constantFrom(
  0,
  100,
  SECOND,
  SECOND + 1,
  8 * SECOND,
  36 * SECOND,
  36 * SECOND,
  MINUTE,
  2 * MINUTE,
  8 * MINUTE,
  16 * MINUTE,
  HOUR,
  -2 * SECOND,
);

/** Generators of commands for these sources. */
export const commands = (sources: readonly string[]): Record<Kind, fc.Arbitrary<Command>> => {
  const names = fc.oneof(fc.constant<string[]>([]), fc.subarray([...sources], { minLength: 1 }));
  const which = fc.nat(7);
  return {
    deliver: fc.record({
      do: fc.constant("deliver"),
      names,
      body: fc.option(fc.string({ maxLength: 3 }), { nil: null }),
      skew: fc.constantFrom(0, 0, 0, -3000, 3000),
      late: fc.nat(2),
    }),
    ask: fc.record({ do: fc.constant("ask"), names, by: fc.constantFrom("person", "configuration") }),
    repeat: fc.record({ do: fc.constant("repeat"), which }),
    claim: fc.record({
      do: fc.constant("claim"),
      start: fc.constantFrom(true, true, true, true, true, false),
      patience: fc.constantFrom(true, true, true, false),
    }),
    settle: fc.record({
      do: fc.constant("settle"),
      ends: fc.array(ends, { minLength: sources.length, maxLength: sources.length }),
      next: fc.boolean(),
    }),
    built: fc.record({ do: fc.constant("built"), next: fc.boolean() }),
    report: fc.record({ do: fc.constant("report"), which, end: ends }),
    "hand over": fc.record({ do: fc.constant("hand over") }),
    cancel: fc.record({ do: fc.constant("cancel"), which }),
    "retry now": fc.record({ do: fc.constant("retry now"), which }),
    pause: fc.record({ do: fc.constant("pause"), paused: fc.boolean() }),
    remove: fc.record({ do: fc.constant("remove"), which }),
    add: fc.record({ do: fc.constant("add"), which }),
    pass: fc.record({ do: fc.constant("pass"), ms: times }),
  };
};

const ordinary: readonly Kind[] = [
  "deliver",
  "deliver",
  "claim",
  "claim",
  "settle",
  "settle",
  "settle",
  "built",
  "pass",
  "pass",
];
const special: readonly Kind[] = ["ask", "repeat", "report", "hand over", "retry now", "pause"];

/**
 * Generates histories of ordinary work with crashes and hand-overs. `interference` adds cancels and configuration
 * changes.
 */
export const histories = (
  sources: readonly string[],
  interference: readonly Kind[],
  maxLength: number,
): fc.Arbitrary<Command[]> => {
  const arbitraries = commands(sources);
  const kinds = [...ordinary, ...ordinary, ...special, ...interference];
  return fc.array(fc.oneof(...kinds.map((kind) => arbitraries[kind])), { minLength: 4, maxLength, size: "max" });
};

interface AcceptedRequest {
  readonly request: Request;
  readonly syncId: string;
  /** The revision that the request wrote, or that it was decided on if it wrote nothing. */
  readonly rev: number;
  readonly slugs: readonly string[];
}

interface Call {
  readonly slug: string;
  readonly syncId: string;
  readonly fence: number;
  readonly rev: number;
}

/**
 * A team's sync job. A call copies the CMS's content, even if the answer is lost. A call that answers with an error
 * copies nothing.
 */
class Job {
  content = 0;
  synced = 0;
  readonly versioned: boolean;
  readonly answers = new Map<number, Outcome>();

  constructor(versioned: boolean) {
    this.versioned = versioned;
  }

  #before = 0;

  call(fence: number): void {
    this.#before = this.synced;
    const changed = this.synced !== this.content;
    this.synced = this.content;
    const result = this.versioned ? { version: `v${this.synced}` } : { changed };
    this.answers.set(fence, { kind: "ok", durationMs: 1, ...result });
  }

  refuse(): void {
    this.synced = this.#before;
  }
}

/**
 * Runs a history on one slot and checks its invariants after every command. Records what the laws about the end need:
 * the accepted requests, the calls made and the content that the sites show.
 */
export class History {
  readonly bench: Bench;
  readonly accepted: AcceptedRequest[] = [];
  readonly calls: Call[] = [];
  readonly succeeded: Call[] = [];
  readonly jobs: Map<string, Job>;
  readonly shown = new Map<string, number>();
  readonly removed = new Set<string>();
  /** Whether a cancel or a configuration change allows a change to stay unbuilt until the next successful sync. */
  interfered = false;
  gaveUp = false;
  #fences: { fence: number; slug: string | null }[] = [];
  readonly #sources: readonly string[];

  constructor(sources: readonly string[], versioned: readonly boolean[]) {
    this.#sources = sources;
    this.bench = new Bench({ sources });
    this.jobs = new Map(sources.map((slug, index) => [slug, new Job(versioned[index] === true)]));
    for (const slug of sources) this.shown.set(slug, 0);
  }

  #job(slug: string): Job {
    return must(this.jobs.get(slug));
  }

  /** Makes the calls of a worker with this run: every part without an outcome that is neither parked nor polled. */
  #call(): void {
    const { running } = this.bench.slot;
    if (running === null || running.phase !== "sources" || running.by === null) return;
    for (const [slug, part] of Object.entries(running.parts)) {
      if (part.outcome !== undefined || part.parked === true || part.location !== undefined) continue;
      const { callFence: fence, syncId } = part;
      this.calls.push({ slug, syncId, fence, rev: this.bench.rev });
      this.#job(slug).call(fence);
      this.#fences.push({ fence, slug });
    }
  }

  #end(slug: string, fence: number, end: End): Outcome | null {
    if (end === "ok") return must(this.#job(slug).answers.get(fence), "the answer of a call");
    if (end === "failed") {
      this.#job(slug).refuse();
      return { kind: "failed", error: "the job answered 500", unanswered: false, durationMs: 1 };
    }
    if (end === "unanswered") return { kind: "failed", error: "no answer", unanswered: true, durationMs: 1 };
    return null;
  }

  #accept(request: Request, firstRev: number): void {
    const { bench } = this;
    const accepted = bench.offer(request, firstRev);
    const slugs = request.all ? bench.parts.known : request.slugs;
    this.accepted.push({ request, syncId: accepted.syncId, rev: bench.rev, slugs });
    if (accepted.scope !== "all") {
      for (const slug of request.slugs) check(accepted.scope.includes(slug), `the answer's scope names ${slug}`);
    }
    check(request.all ? accepted.scope === "all" : true, "the answer to a request for everything says so");
  }

  #ids(): string[] {
    const { slot } = this.bench;
    return [...(slot.pending === null ? [] : [slot.pending.syncId]), ...Object.keys(slot.open)];
  }

  /** Runs one command and checks the slot. */
  live(command: Command): void {
    const { bench } = this;
    const before = bench.slot;
    const owner = before.running?.fence;
    switch (command.do) {
      case "deliver": {
        const slugs = command.names.filter((slug) => bench.parts.known.includes(slug));
        for (const slug of this.#sources) {
          if (slugs.length === 0 || slugs.includes(slug)) this.#job(slug).content += 1;
        }
        const receivedAt = bench.now + command.skew;
        const body = command.body !== null && slugs.length > 0 ? { body: command.body } : {};
        this.#accept(aRequest({ slugs, receivedAt, ...body }), Math.max(bench.rev - command.late, 0));
        break;
      }
      case "ask": {
        const slugs = command.names.filter((slug) => bench.parts.known.includes(slug));
        const ask = command.by === "person" ? aManualRequest : aConfigurationRequest;
        if (command.by === "configuration") this.interfered = true;
        this.#accept(ask({ slugs, receivedAt: bench.now }), bench.rev);
        break;
      }
      case "repeat": {
        const again = this.accepted.at(-1 - command.which);
        if (again === undefined || !before.recent.some(({ id }) => id === again.request.id)) break;
        const repeated = bench.offer(again.request);
        check(repeated.slot === null && repeated.syncId === again.syncId, "a repeated request finds its first answer");
        break;
      }
      case "claim": {
        const wait = nextDue(before) - bench.now;
        if (command.patience && wait > 0 && wait < HOUR) bench.pass(wait);
        const by = `claim-${bench.rev}-${bench.now}`;
        const due = nextDue(before) <= bench.now;
        const result = bench.claim(by, command.start);
        if (command.start) {
          const acted = result.kind === "claimed" || bench.slot !== before;
          check(due === acted, `a slot that is ${due ? "" : "not "}due answers a claim with ${result.kind}`);
        }
        if (result.kind === "claimed") {
          this.#call();
          check(claim(bench.slot, { ...bench.claimant(by) }, bench.parts).kind === "mine", "a claim is recognised");
        }
        break;
      }
      case "settle": {
        const { running } = before;
        if (running === null || running.by === null) break;
        const outcomes: Record<string, Outcome> = {};
        const polled: Record<string, { location: string; deadline: number }> = {};
        const parked: Record<string, number> = {};
        const news = { outcomes, polled, parked };
        for (const [index, [slug, part]] of Object.entries(running.parts).entries()) {
          if (part.outcome !== undefined || part.parked === true) continue;
          const end = command.ends[index % command.ends.length] ?? "nothing";
          const outcome = this.#end(slug, part.callFence, end);
          if (outcome !== null) {
            news.outcomes[slug] = outcome;
            if (outcome.kind === "ok") this.#succeed(slug, part.syncId, part.callFence);
          } else if (end === "parked" && part.location === undefined) news.parked[slug] = bench.now + 10 * MINUTE;
          else if (end === "polled") news.polled[slug] = { location: "https://jobs/1", deadline: bench.now + HOUR };
        }
        const next = command.next ? bench.claimant() : null;
        const settled = bench.settle(news, next, running.fence);
        check(settled.kind !== "fenced", "the worker of the run is not fenced");
        if (settled.kind === "ended" && settled.next.kind === "claimed") this.#call();
        const again = settle(bench.slot, running.fence, { ...noNews, ...news }, next, bench.now, bench.parts);
        check(
          again.kind === "fenced" ||
            (again.kind === "ended" && again.next.kind === "mine") ||
            JSON.stringify(again.slot) === JSON.stringify(bench.slot),
          "a write whose reply was lost changes nothing when it is decided again",
        );
        break;
      }
      case "built": {
        const { running } = before;
        if (running === null || running.by === null || running.phase !== "sites") break;
        for (const [slug, job] of this.jobs) this.shown.set(slug, job.synced);
        const settled = bench.built(command.next ? bench.claimant() : null);
        check(settled.kind === "ended", "a run whose sites were asked is over");
        if (settled.kind === "ended" && settled.next.kind === "claimed") this.#call();
        break;
      }
      case "report": {
        const { running } = before;
        const slugs = Object.keys(running?.parts ?? {});
        const slug = slugs[command.which % Math.max(slugs.length, 1)];
        const part = slug === undefined ? undefined : running?.parts[slug];
        if (slug === undefined || part === undefined || part.location !== undefined) break;
        const first = part.outcome === undefined;
        const outcome = this.#end(slug, part.callFence, first ? command.end : "ok");
        if (outcome === null) break;
        const reported = bench.report(slug, outcome, part.callFence);
        check(reported.kind === (first ? "recorded" : "refused"), "a report counts once");
        if (reported.kind === "recorded" && outcome.kind === "ok") this.#succeed(slug, part.syncId, part.callFence);
        break;
      }
      case "hand over": {
        const { running } = before;
        if (running !== null && running.by !== null) bench.handOver();
        break;
      }
      case "cancel": {
        const ids = this.#ids();
        const id = ids[command.which % Math.max(ids.length, 1)];
        if (id === undefined) break;
        this.interfered = true;
        bench.cancel(id);
        check(bench.slot.pending?.syncId !== id, "a cancelled sync is not pending");
        check(before.running?.lead !== id || bench.slot.running === null, "a cancelled sync does not run");
        break;
      }
      case "retry now": {
        const owners = Object.values(before.retry).map(({ syncId }) => syncId);
        const id = owners[command.which % Math.max(owners.length, 1)];
        if (id !== undefined) bench.retryNow(id);
        break;
      }
      case "pause":
        bench.pause(command.paused);
        break;
      case "remove": {
        const slug = bench.parts.known[command.which % bench.parts.known.length];
        if (slug === undefined || bench.parts.known.length < 2) break;
        this.interfered = true;
        this.removed.add(slug);
        bench.configure(bench.parts.known.filter((known) => known !== slug));
        break;
      }
      case "add": {
        const gone = this.#sources.filter((slug) => !bench.parts.known.includes(slug));
        const slug = gone[command.which % Math.max(gone.length, 1)];
        if (slug !== undefined) bench.configure([...bench.parts.known, slug]);
        break;
      }
      case "pass":
        bench.pass(command.ms);
        break;
    }
    if (owner !== undefined && bench.slot.running?.fence !== owner) this.#fences.push({ fence: owner, slug: null });
    this.#fences = this.#fences.slice(-12);
    this.#invariants(before, command);
  }

  #succeed(slug: string, syncId: string, fence: number): void {
    const call = this.calls.findLast((made) => made.slug === slug && made.syncId === syncId && made.fence === fence);
    this.succeeded.push(must(call, "the call that succeeded"));
  }

  #invariants(before: Slot, command: Command): void {
    const { slot, now, parts, ended } = this.bench;
    const { running, pending } = slot;

    check(slot.fence >= before.fence, "the fence never falls");
    if (running !== null && running.fence !== before.running?.fence) {
      check(running.fence > before.fence, "every new run has a new fence");
    }

    this.#pendingKept(before.pending, pending, command);

    for (const { fence, slug } of this.#fences) {
      if (slug === null && running?.fence !== fence) {
        check(settle(slot, fence, noNews, null, now, parts).kind === "fenced", "a fenced worker may not settle");
        check(built(slot, fence, [], null, now, parts).kind === "fenced", "a fenced worker may not finish");
        check(handOver(slot, fence) === null, "a fenced worker may not hand over");
      }
      if (slug !== null && running?.parts[slug]?.callFence !== fence) {
        const outcome = { kind: "ok", durationMs: 0 } as const;
        check(report(slot, fence, slug, outcome, now, parts).kind === "refused", "an old token may not report");
      }
    }

    const fault = slotFault(slot);
    check(fault === null, fault ?? "");

    const ids = ended.map(({ id }) => id);
    check(new Set(ids).size === ids.length, "a sync ends once");
    this.gaveUp ||= ended.some((sync) => Object.values(sync.parts).some(({ status }) => status === "failed"));
  }

  #pendingKept(before: Pending | null, after: Pending | null, command: Command): void {
    if (before === null) return;
    const mayTake = ["claim", "settle", "built", "cancel", "remove"].includes(command.do);
    if (after === null || after.syncId !== before.syncId) {
      check(mayTake, `${command.do} takes the pending sync`);
      return;
    }
    if (command.do === "remove") return;
    check(!before.all || after.all, "a pending sync for everything stays one");
    check(before.notBefore === after.notBefore, "a pending sync is not put off");
    for (const [slug, ask] of Object.entries(before.asks)) {
      const kept = after.asks[slug];
      check(kept !== undefined, `the pending sync forgets ${slug}`);
      check(!ask.full || kept?.full === true, `${slug} is narrowed`);
      check(ask.body === undefined || kept?.body !== undefined, `the body for ${slug} is lost`);
      check((kept?.bodyAt ?? 0) >= (ask.bodyAt ?? 0), `an older body replaces the one for ${slug}`);
    }
    check(scopeOf(after) === "all" || scopeOf(before) !== "all", "the scope shrinks");
  }

  /** Lets every further call succeed until the slot is idle. Returns the rounds this took. */
  rest(): number {
    const { bench } = this;
    this.live({ do: "pause", paused: false });
    for (let round = 1; round <= 60; round += 1) {
      const { slot } = bench;
      if (
        slot.running === null &&
        slot.pending === null &&
        slot.build === null &&
        Object.keys(slot.retry).length === 0
      ) {
        return round;
      }
      if (slot.running !== null && slot.running.by !== null) {
        if (slot.running.phase === "sites") this.live({ do: "built", next: true });
        else this.live({ do: "settle", ends: ["ok"], next: true });
        continue;
      }
      this.live({ do: "claim", start: true, patience: true });
      if (nextDue(bench.slot) - bench.now >= HOUR) bench.pass(HOUR);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Returns how the promise to a request about one source was kept, or null if it was broken. */
  #kept(syncId: string, slug: string, rev: number, seen: readonly string[]): string | null {
    if (seen.includes(syncId)) return null;
    const record: Sync | undefined = this.bench.ended.find(({ id }) => id === syncId);
    if (record === undefined) return null;
    const part = record.parts[slug];
    if (part === undefined) {
      if (record.cancelled === true) return "cancelled";
      return this.removed.has(slug) ? "removed" : null;
    }
    if (part.status === "cancelled") return record.cancelled === true || this.removed.has(slug) ? "cancelled" : null;
    if (part.status === "superseded") return this.#kept(must(part.supersededBy), slug, rev, [...seen, syncId]);
    if ((record.claimRev ?? 0) <= rev) return null;
    if (part.status === "failed") return "given up";
    const call = this.succeeded.some((made) => made.slug === slug && made.syncId === syncId && made.rev > rev);
    return part.status === "succeeded" && call ? "covered" : null;
  }

  /** Returns the broken promises. */
  broken(): string[] {
    return this.accepted.flatMap(({ syncId, rev, slugs }) =>
      slugs
        .filter((slug) => this.#kept(syncId, slug, rev, []) === null)
        .map((slug) => `${slug} was promised by ${syncId} at revision ${rev}`),
    );
  }

  /** Returns the sources whose last synced content the sites do not show. */
  unbuilt(): string[] {
    return [...this.jobs].flatMap(([slug, job]) => (this.shown.get(slug) === job.synced ? [] : [slug]));
  }
}

const check = (holds: boolean, law: string): void => {
  if (!holds) throw new Error(`broken: ${law}`);
};
