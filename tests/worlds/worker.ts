import { ONCE, WORK } from "../../src/app/stored/documents.ts";
import { CLOCK_SKEW, GATHER, LEASE, LEASE_ABORT, LEASE_NO_NEW_CALL, MINUTE } from "../../src/core/durations.ts";
import { flush } from "../../src/core/owed.ts";
import { accept } from "../../src/core/slot/accept.ts";
import { type Claim, type Claimant, claim, nextDue } from "../../src/core/slot/claim.ts";
import { built, handOver, type Settled, settle } from "../../src/core/slot/settle.ts";
import type { Change, Parts, Run, SiteAsk } from "../../src/core/slot/slot.ts";
import type { Attempting } from "../../src/store/update.ts";
import type { Documents } from "./documents.ts";
import { type Holder, type Loop, loop, partsOf, slotLoop, type Turn } from "./loop.ts";
import type { Rules, WorkerRules } from "./rules.ts";
import type { Attending, Calling, Phase, PhaseAt, Who } from "./state.ts";

/** As in src/app/worker/work.ts. */
const PATIENCE = { layer: GATHER + CLOCK_SKEW, site: MINUTE } as const;
const WAITS = 20;

export type WorkerPhase = Exclude<
  Phase,
  { at: "over" } | { at: "publish" } | { at: "act" } | { at: "waiting to report" } | { at: "report" }
>;

/** How sure a worker is of its lease, as `LeaseWatch` in src/app/worker/leaseWatch.ts answers. */
export const mayCall = ({ sure }: Attending, now: number): boolean => now - sure < LEASE_NO_NEW_CALL;
export const isLost = ({ sure }: Attending, now: number): boolean => now - sure >= LEASE_ABORT;

/** One worker's programme: the loops of `workSlot` (src/app/worker/work.ts) and `attend` (src/app/worker/attend.ts). */
export class Worker {
  readonly #documents: Documents;
  readonly #rules: Rules;
  readonly #who: Who;
  readonly #own: WorkerRules;

  constructor(documents: Documents, rules: Rules, who: Who, own: WorkerRules) {
    this.#documents = documents;
    this.#rules = rules;
    this.#who = who;
    this.#own = own;
  }

  /** The shift is over: what is owed is settled, then the worker is gone. */
  stop({ n, flushed, lives }: WorkerPhase): Phase {
    if (this.#rules.archive) return { at: "owed", n, flushed, lives };
    return this.gone({ n, lives });
  }

  gone({ n, lives }: Pick<WorkerPhase, "n" | "lives">): Phase {
    return lives > 1 ? { at: "off", n, flushed: [], lives: lives - 1 } : { at: "over", answer: null };
  }

  begin({ n, flushed, lives }: WorkerPhase): Phase {
    return { at: "claim", n: n + 1, flushed, lives, waits: 0 };
  }

  #id(n: number): string {
    return `${this.#who.name}-${n}`;
  }

  #claimant(n: number, { now, rev }: Attempting, first: boolean): Claimant {
    return { by: this.#id(n), now, rev, start: first || this.#own.short !== true };
  }

  /** A run came into this worker's hands. */
  #attending(run: Run, holder: Holder, { n, flushed, lives }: WorkerPhase): Phase {
    const { build } = holder.slot;
    const attending = {
      n: n + 1,
      flushed,
      lives,
      run,
      sure: run.leaseUntil - LEASE,
      records: 0,
      build: build === null ? null : { id: build.id, syncId: build.syncIds.at(-1) ?? run.lead },
      absent: Object.keys(run.parts).filter((slug) => !partsOf(holder).known.includes(slug)),
    };
    if (run.phase === "sites") {
      return holder.kind === "layer"
        ? { at: "ask", ...attending, asked: [] }
        : this.stop({ at: "claim", ...attending, waits: 0 });
    }
    return { at: "calls", ...attending, sent: null, outcomes: {}, polled: {}, parked: {} };
  }

  /** The loop that a phase stands in; null if the phase is none. */
  loop(phase: WorkerPhase, began: number): Loop | null {
    switch (phase.at) {
      case "claim":
        return this.#claim(phase);
      case "settle":
        return this.#settle(phase, began);
      case "leave":
        return this.#leave(phase);
      case "ask":
        return this.#rules.site ? this.#ask(phase) : null;
      case "built":
        return this.#built(phase);
      case "flush":
        return this.#flush(phase);
      default:
        return null;
    }
  }

  #claim(phase: PhaseAt<"claim">): Loop {
    const { n, flushed, waits } = phase;
    return slotLoop<Claim>(
      this.#documents,
      this.#who.on,
      { by: this.#id(n), effort: WORK },
      (holder, parts, attempting) => {
        const result = claim(holder.slot, this.#claimant(n, attempting, n === 1), parts);
        const writes = result.kind === "claimed" || (result.kind === "idle" && result.slot !== holder.slot);
        return { change: writes ? result : null, result };
      },
      (updated, now): Turn => {
        if (updated === null) return { phase: this.stop(phase) };
        const { result, holder } = updated;
        const parts = partsOf(holder);
        if (result.kind === "claimed" || result.kind === "mine") {
          return { phase: this.#attending(result.run, holder, phase) };
        }
        const wait = nextDue(holder.slot, parts) - now;
        if (wait > PATIENCE[holder.kind] || waits >= WAITS) return { phase: this.stop(phase) };
        if (this.#own.short === true && n > 1) return { phase: this.stop(phase), wake: this.#who.on };
        const until = now + Math.max(wait, 10);
        return { phase: { at: "wait", n, flushed, lives: phase.lives, waits: waits + 1, until } };
      },
      () => ({ phase: this.stop(phase) }),
      flushed,
    );
  }

  /** One write under the run's fence, as `record` in src/app/worker/attend.ts. */
  #record(
    phase: PhaseAt<"settle"> | PhaseAt<"built">,
    command: (holder: Holder, parts: Parts, next: Claimant, now: number) => Settled,
    then: (settled: Settled, holder: Holder, now: number) => Turn,
  ): Loop {
    return slotLoop<Settled>(
      this.#documents,
      this.#who.on,
      { by: `${this.#id(phase.n)}/${phase.records}`, effort: WORK },
      (holder, _parts, attempting) => {
        const next = this.#claimant(phase.n, attempting, false);
        const settled = command(holder, partsOf(holder), next, attempting.now);
        const change: Change | null =
          settled.kind === "fenced" || (settled.kind === "ended" && settled.next.kind === "mine")
            ? null
            : { slot: settled.slot, ended: settled.kind === "ended" ? settled.ended : [] };
        return { change, result: settled };
      },
      (updated, now) => (updated === null ? { phase: this.begin(phase) } : then(updated.result, updated.holder, now)),
      // The store did not confirm: the lease decides how long that may go on.
      (now) => ({
        phase: isLost(phase, now) ? this.stop(phase) : { ...phase, records: phase.records + 1 },
      }),
      phase.flushed,
    );
  }

  #over(phase: PhaseAt<"settle"> | PhaseAt<"built">, settled: Settled, holder: Holder): Turn {
    if (settled.kind === "parked") return { phase: this.stop(phase) };
    if (settled.kind !== "ended") return { phase: this.begin(phase) };
    const { next } = settled;
    const taken = next.kind === "claimed" || next.kind === "mine" ? next.run : null;
    const after = taken === null ? this.begin(phase) : this.#attending(taken, holder, phase);
    const owed = this.#rules.archive ? holder.owed.filter(({ id }) => !phase.flushed.includes(id)) : [];
    if (owed.length === 0) return { phase: after };
    const { n, flushed, lives } = phase;
    return { phase: { at: "append", n, flushed, lives, owed, next: after } };
  }

  #settle(phase: PhaseAt<"settle">, began: number): Loop {
    const { run, outcomes, polled, parked, leaving } = phase;
    const news = { outcomes, polled, parked };
    return this.#record(
      phase,
      (holder, parts, next, now) => settle(holder.slot, run.fence, news, next, now, parts),
      (settled, holder) => {
        const sure = { ...phase, sure: began, records: phase.records + 1 };
        if (settled.kind === "renewed") {
          const { leaving: _leaving, ...calling } = sure;
          return { phase: leaving ? this.#leaving(sure) : { ...calling, at: "calls", sent: null } };
        }
        if (settled.kind === "sites" && holder.kind === "layer") {
          const { build } = holder.slot;
          const { n, flushed, lives, records, absent } = sure;
          const owing = build === null ? null : { id: build.id, syncId: build.syncIds.at(-1) ?? run.lead };
          return {
            phase: { at: "ask", n, flushed, lives, run, sure: began, records, absent, build: owing, asked: [] },
          };
        }
        return this.#over(sure, settled, holder);
      },
    );
  }

  #leaving({ n, flushed, lives, run, sure, records, build, absent }: Calling & { lives: number }): Phase {
    return { at: "leave", n, flushed, lives, run, sure, records, build, absent };
  }

  #leave(phase: PhaseAt<"leave">): Loop {
    return slotLoop<boolean>(
      this.#documents,
      this.#who.on,
      { by: `${this.#id(phase.n)}/leave`, effort: WORK },
      (holder) => {
        const slot = handOver(holder.slot, phase.run.fence);
        return { change: slot === null ? null : { slot, ended: [] }, result: slot !== null };
      },
      (updated) => ({ phase: this.stop(phase), ...(updated?.result === true ? { wake: this.#who.on } : {}) }),
      () => ({ phase: this.stop(phase) }),
      phase.flushed,
    );
  }

  /** As `askSite` in src/app/worker/askSite.ts. */
  #ask(phase: PhaseAt<"ask">): Loop {
    const { run, build } = phase;
    const site = this.#documents.keys.length - 1;
    const id = build?.id ?? run.lead;
    const cause = { dataLayerId: `l${this.#who.on}`, name: "", syncId: build?.syncId ?? run.lead };
    return slotLoop<SiteAsk>(
      this.#documents,
      site,
      { by: `${this.#id(phase.n)}/ask${phase.records}`, effort: WORK },
      (holder, _parts, attempting) => {
        const request = {
          id,
          receivedAt: attempting.now,
          all: true,
          slugs: [],
          full: true,
          trigger: { type: "build", id, at: attempting.now },
          build: false,
          cause,
          written: true,
        } as const;
        const accepted = accept(holder.slot, request, attempting, `build-${this.#id(phase.n)}`);
        const outcome = accepted.queued ? "queued" : "coalesced";
        return {
          change: accepted.slot === null ? null : { slot: accepted.slot, ended: [] },
          result: { siteId: "s", name: "", buildId: accepted.syncId, outcome },
        };
      },
      (updated, now) => {
        const asked: SiteAsk[] = updated === null ? [] : [updated.result];
        // `attendSites` in src/app/worker/attend.ts: nothing is recorded under a lease that is lost.
        const next: Phase = isLost(phase, now) ? this.stop(phase) : { ...phase, at: "built", asked };
        return { phase: next, wake: site };
      },
      (now) => ({ phase: mayCall(phase, now) ? { ...phase, records: phase.records + 1 } : this.stop(phase) }),
    );
  }

  #built(phase: PhaseAt<"built">): Loop {
    return this.#record(
      phase,
      (holder, parts, next, now) => built(holder.slot, phase.run.fence, phase.asked, next, now, parts),
      (settled, holder) => this.#over({ ...phase, records: phase.records + 1 }, settled, holder),
    );
  }

  /** As `settleOwed` in src/app/stored/settleOwed.ts: one try; what fails stays owed. */
  #flush(phase: PhaseAt<"flush">): Loop {
    const { flushed } = phase;
    const turn: Turn = { phase: this.gone(phase) };
    return loop<null>(
      this.#documents,
      this.#who.on,
      { by: `${this.#id(phase.n)}/flush`, effort: ONCE },
      (document) =>
        document?.owed.some(({ id }) => flushed.includes(id)) === true
          ? { kind: "write", document: flush(document, flushed), result: null }
          : { kind: "keep", result: null },
      () => turn,
      () => turn,
    );
  }
}
