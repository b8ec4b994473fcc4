import { ONCE, WORK } from "../../src/app/stored/documents.ts";
import type { Attempt } from "../../src/core/document.ts";
import { CLOCK_SKEW, GATHER, LEASE, LEASE_ABORT, LEASE_NO_NEW_CALL, MINUTE } from "../../src/core/durations.ts";
import { type Holder, partsOf } from "../../src/core/holder.ts";
import { dropAppended } from "../../src/core/owed.ts";
import { askForBuild } from "../../src/core/site/askForBuild.ts";
import { type Claim, nextDue } from "../../src/core/slot/claim.ts";
import type { Settled } from "../../src/core/slot/settle.ts";
import type { Run, SiteAsk, SlotDecision } from "../../src/core/slot/slot.ts";
import { claimWork, type WorkerClaim } from "../../src/core/worker/claimWork.ts";
import { recordBuilt, recordHandOver, recordNews } from "../../src/core/worker/recordRun.ts";
import type { Documents } from "./documents.ts";
import { type Loop, loop, slotLoop, type Turn } from "./loop.ts";
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

  #worker(n: number, first: boolean): WorkerClaim {
    return { by: this.#id(n), hasTime: first || this.#own.short !== true };
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
      (holder, attempt) => claimWork(holder, this.#worker(n, n === 1), attempt),
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
    command: (holder: Holder, next: WorkerClaim, attempt: Attempt) => SlotDecision<Settled>,
    then: (settled: Settled, holder: Holder, now: number) => Turn,
  ): Loop {
    return slotLoop<Settled>(
      this.#documents,
      this.#who.on,
      { by: `${this.#id(phase.n)}/${phase.records}`, effort: WORK },
      (holder, attempt) => command(holder, this.#worker(phase.n, false), attempt),
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
      (holder, next, attempt) => recordNews(holder, run.fence, news, next, attempt),
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
      (holder) => recordHandOver(holder, phase.run.fence),
      (updated) => ({ phase: this.stop(phase), ...(updated?.result === true ? { wake: this.#who.on } : {}) }),
      () => ({ phase: this.stop(phase) }),
      phase.flushed,
    );
  }

  /** As `askSite` in src/app/worker/askSites.ts. */
  #ask(phase: PhaseAt<"ask">): Loop {
    const { run, build } = phase;
    const site = this.#documents.keys.length - 1;
    const id = build?.id ?? run.lead;
    const cause = { dataLayerId: `l${this.#who.on}`, name: "", syncId: build?.syncId ?? run.lead };
    const by = this.#id(phase.n);
    const ask = { siteId: "s", id, cause, newSyncId: `build-${by}`, entryId: `budget-${by}` };
    return loop<SiteAsk>(
      this.#documents,
      site,
      { by: `${by}/ask${phase.records}`, effort: WORK },
      (document, attempt) => askForBuild(document?.kind === "site" ? document : null, ask, attempt),
      ({ result }, now) => {
        const asked: SiteAsk[] = [result];
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
      (holder, next, attempt) =>
        recordBuilt(holder, phase.run.fence, { asked: phase.asked, purge: null }, next, attempt),
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
      (document) => dropAppended(document, flushed),
      () => turn,
      () => turn,
    );
  }
}
