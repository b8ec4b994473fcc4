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

/** What a bench begins with: two sources and a site, unless told otherwise. */
export interface BenchOptions {
  readonly sources?: readonly string[];
  readonly sites?: boolean;
  readonly slot?: Slot;
}

/** One slot, driven as its document's writers would drive it: each write one revision, each worker one name. */
export class Bench {
  slot: Slot;
  parts: Parts;
  now = START;
  rev = 1;
  /** Records of the syncs that ended, in order. */
  readonly ended: Sync[] = [];
  readonly #syncIds = counter("sync-");
  readonly #workers = counter("worker-");
  #asked = 0;

  constructor({ sources = ["a", "b"], sites = true, slot = emptySlot() }: BenchOptions = {}) {
    this.slot = slot;
    this.parts = { known: sources, buildOnly: sources.length === 0, sites };
  }

  /** The run there is. */
  get run(): Run {
    return must(this.slot.running, "a run");
  }

  /** A sync wherever it is: open or on record. */
  sync(id: string): Sync {
    return must(this.slot.open[id] ?? this.ended.find((sync) => sync.id === id), `sync ${id}`);
  }

  /** Ids of the syncs on record. */
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

  /** A request arrives now, unless it says otherwise; `firstRev`: what its first read saw. */
  accept(fields: Partial<Request> = {}, firstRev: number = this.rev): Accepted {
    this.#asked += 1;
    const receivedAt = fields.receivedAt ?? this.now;
    const request = aRequest({ id: `request-${this.#asked}`, ...fields, receivedAt });
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

  /** Waits out the gathering of a burst, then claims. */
  claimGathered(by?: string): Claim {
    return this.pass(1000).claim(by);
  }

  settle(news: Partial<News>, next: Claimant | null = null, fence: number = this.run.fence): Settled {
    const settled = settle(this.slot, fence, { ...noNews, ...news }, next, this.now, this.parts);
    if (settled.kind !== "fenced") this.#write(settled.slot, settled.kind === "ended" ? settled.ended : []);
    return settled;
  }

  /** Every open part of the run ends with this outcome. */
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

  /** The configuration changes: these are the sources from now on. */
  configure(known: readonly string[]): void {
    const removed = this.parts.known.filter((slug) => !known.includes(slug));
    this.parts = { ...this.parts, known, buildOnly: known.length === 0 };
    this.#change(removeParts(this.slot, removed, this.parts, this.now));
  }
}
