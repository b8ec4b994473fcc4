import { type Accepted, accept, type Request } from "../../src/core/slot/accept.ts";
import { cancel, pause, removeParts, retryNow } from "../../src/core/slot/cancel.ts";
import { type Claim, type Claimant, claim } from "../../src/core/slot/claim.ts";
import {
  built,
  handOver,
  type News,
  noNews,
  type Reported,
  report,
  type Settled,
  settle,
} from "../../src/core/slot/settle.ts";
import { type Change, emptySlot, type Outcome, type Parts, type Run, type Slot } from "../../src/core/slot/slot.ts";
import type { SiteAsk, Sync } from "../../src/core/slot/sync.ts";
import { aRequest, counter, must, START } from "./builders.ts";

/** How a bench starts. By default it has two sources and a site. */
export interface BenchOptions {
  readonly sources?: readonly string[];
  readonly sites?: boolean;
  readonly slot?: Slot;
}

/**
 * One slot with a method for each step of the protocol. Each write adds one revision, and each worker has its own name.
 */
export class Bench {
  slot: Slot;
  parts: Parts;
  now = START;
  rev = 1;
  /** The syncs that have ended, in order. */
  readonly ended: Sync[] = [];
  readonly #syncIds = counter("sync-");
  readonly #workers = counter("worker-");
  #requests = 0;

  constructor({ sources = ["a", "b"], sites = true, slot = emptySlot() }: BenchOptions = {}) {
    this.slot = slot;
    this.parts = { known: sources, buildOnly: sources.length === 0, sites };
  }

  /** The current run. Throws if there is none. */
  get run(): Run {
    return must(this.slot.running, "a run");
  }

  /** Returns a sync, open or ended. */
  sync(id: string): Sync {
    return must(this.slot.open[id] ?? this.ended.find((sync) => sync.id === id), `sync ${id}`);
  }

  /** Ids of the syncs that have ended. */
  get endedIds(): string[] {
    return this.ended.map(({ id }) => id);
  }

  pass(ms: number): this {
    this.now += ms;
    return this;
  }

  #write(slot: Slot, ended: readonly Sync[] = []): void {
    if (slot === this.slot) return;
    this.slot = slot;
    this.rev += 1;
    this.ended.push(...ended);
  }

  #change(change: Change | null): Change | null {
    if (change !== null) this.#write(change.slot, change.ended);
    return change;
  }

  /**
   * Accepts a request that arrives now, unless `fields` say otherwise. `firstRev` is the revision that its first read
   * saw.
   */
  accept(fields: Partial<Request> = {}, firstRev: number = this.rev): Accepted {
    this.#requests += 1;
    const receivedAt = fields.receivedAt ?? this.now;
    const request = aRequest({ id: `request-${this.#requests}`, ...fields, receivedAt });
    return this.offer(request, firstRev);
  }

  offer(request: Request, firstRev: number = this.rev): Accepted {
    const attempt = { now: this.now, rev: this.rev + 1, firstRev };
    const accepted = accept(this.slot, request, attempt, this.#syncIds());
    if (accepted.slot !== null) this.#write(accepted.slot);
    return accepted;
  }

  claimant(by: string = this.#workers(), start = true): Claimant {
    return { by, now: this.now, rev: this.rev + 1, start };
  }

  claim(by?: string, start = true): Claim {
    const result = claim(this.slot, this.claimant(by, start), this.parts);
    if (result.kind === "claimed" || result.kind === "idle") this.#change(result);
    return result;
  }

  /** Waits for the second in which a burst gathers, then claims. */
  claimGathered(by?: string): Claim {
    return this.pass(1000).claim(by);
  }

  settle(news: Partial<News>, next: Claimant | null = null, fence: number = this.run.fence): Settled {
    const settled = settle(this.slot, fence, { ...noNews, ...news }, next, this.now, this.parts);
    if (settled.kind !== "fenced") this.#write(settled.slot, settled.kind === "ended" ? settled.ended : []);
    return settled;
  }

  /** Settles every open part of the run with this outcome. */
  settleAll(outcome: Outcome, next: Claimant | null = null): Settled {
    const outcomes = Object.fromEntries(Object.keys(this.run.parts).map((slug) => [slug, outcome]));
    return this.settle({ outcomes }, next);
  }

  report(slug: string, outcome: Outcome, fence: number): Reported {
    const reported = report(this.slot, fence, slug, outcome, this.now, this.parts);
    if (reported.kind === "recorded") this.#change(reported);
    return reported;
  }

  built(next: Claimant | null = null, fence: number = this.run.fence, asked: readonly SiteAsk[] = []): Settled {
    const settled = built(this.slot, fence, asked, next, this.now, this.parts);
    if (settled.kind === "ended") this.#write(settled.slot, settled.ended);
    return settled;
  }

  handOver(fence: number = this.run.fence): Slot | null {
    const slot = handOver(this.slot, fence);
    if (slot !== null) this.#write(slot);
    return slot;
  }

  cancel(syncId: string): Change | null {
    return this.#change(cancel(this.slot, syncId, this.now));
  }

  retryNow(syncId: string): Slot | null {
    const slot = retryNow(this.slot, syncId, this.now);
    if (slot !== null) this.#write(slot);
    return slot;
  }

  pause(paused: boolean): void {
    this.#write(pause(this.slot, paused));
  }

  /** Changes the configuration to these sources. */
  configure(known: readonly string[]): void {
    const removed = this.parts.known.filter((slug) => !known.includes(slug));
    this.parts = { ...this.parts, known, buildOnly: known.length === 0 };
    this.#change(removeParts(this.slot, removed, this.parts, this.now));
  }
}
