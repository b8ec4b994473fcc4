import { GATHER, MINUTE, SLEPT_OUT } from "../../src/core/durations.ts";
import { askForBuild } from "../../src/core/site/askForBuild.ts";
import { BUILD, type PacingGiven, pacingFrom, siteParts, storedPacing } from "../../src/core/site/pacing.ts";
import { createSite, type Site } from "../../src/core/site/site.ts";
import { claim } from "../../src/core/slot/claim.ts";
import { opening } from "../../src/core/slot/pace.ts";
import { noNews, settle } from "../../src/core/slot/settle.ts";
import type { MonthWork } from "../../src/core/usage/credits.ts";
import { aChange } from "../support/builders.ts";

/** The first of a month of thirty days (ms). */
export const MONTH_BEGINS = Date.UTC(2026, 10, 1);

/** One site and its worker, driven by the core's own decisions in virtual time. */
class SiteMonth {
  readonly hooks: number[] = [];
  /** When a worker of the site next looks; null: nobody waits, and the tick begins what is due. */
  #wakes: number | null = null;
  #site: Site;
  #ids = 0;
  readonly #tickEvery: number;
  sleptMs = 0;

  constructor(pacing: PacingGiven, tickEvery: number) {
    this.#tickEvery = tickEvery;
    const settings = { name: "Site", buildHook: "sealed", buildHookHint: "…" };
    const site = createSite("site", settings, aChange({ now: MONTH_BEGINS }));
    this.#site = Object.keys(pacing).length === 0 ? site : { ...site, pacing: storedPacing(pacingFrom(pacing)) };
  }

  #id(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  #attempt(now: number) {
    return { now, rev: this.#ids + 1, firstRev: this.#ids };
  }

  #due(): number {
    const { pending } = this.#site.slot;
    return pending === null
      ? Number.POSITIVE_INFINITY
      : opening(pending, this.#site.slot, siteParts(this.#site).pace).at;
  }

  /** When the build is next looked for. */
  #looks(): number {
    const { pending } = this.#site.slot;
    if (pending === null) return Number.POSITIVE_INFINITY;
    const due = Math.max(this.#due(), pending.filledAt + 1) - MONTH_BEGINS;
    return this.#wakes ?? Math.ceil(due / this.#tickEvery) * this.#tickEvery + MONTH_BEGINS;
  }

  #sleep(now: number): void {
    const wait = this.#due() - now;
    this.#wakes = wait > SLEPT_OUT ? null : now + Math.max(wait, 0);
    if (this.#wakes !== null) this.sleptMs += Math.max(wait, 0);
  }

  #start(now: number): void {
    const parts = siteParts(this.#site);
    const claimed = claim(this.#site.slot, { by: this.#id(), now, rev: this.#ids, start: true }, parts);
    if (claimed.kind !== "claimed") throw new Error(`a build that is due was not claimed, but ${claimed.kind}`);
    const outcomes = { [BUILD]: { kind: "ok", durationMs: 0 } } as const;
    const over = settle(claimed.slot, claimed.run.fence, { ...noNews, outcomes }, null, now, parts);
    if (over.kind !== "ended") throw new Error(`a build that succeeded did not end, but ${over.kind}`);
    this.#site = { ...this.#site, slot: over.slot };
    this.hooks.push(now - MONTH_BEGINS);
    this.#wakes = null;
  }

  /** Lets the time pass to `until`. */
  pass(until: number): void {
    for (let at = this.#looks(); at <= until; at = this.#looks()) {
      if (this.#due() <= at) this.#start(at);
      else this.#sleep(at);
    }
  }

  ask(now: number): void {
    const id = this.#id();
    const cause = { dataLayerId: "layer", name: "Layer", syncId: id };
    const request = { siteId: "site", id, cause, newSyncId: id, entryId: this.#id() };
    const decided = askForBuild(this.#site, request, this.#attempt(now));
    if (decided.kind !== "write" || decided.document.kind !== "site") throw new Error("a request was not written");
    const queued = this.#site.slot.pending === null;
    // The outbox is settled by the worker.
    this.#site = { ...decided.document, owed: [] };
    if (queued) this.#sleep(now);
  }
}

/** When a layer's syncs ask for a build: a second after the first publish that they cover. */
const syncsOf = (publishes: readonly number[]): number[] => {
  const syncs: number[] = [];
  for (const at of publishes) if (at > (syncs.at(-1) ?? Number.NEGATIVE_INFINITY)) syncs.push(at + GATHER);
  return syncs;
};

export interface Paced {
  /** When the build hook was called, from the first of the month (ms). */
  readonly hooks: readonly number[];
  readonly counted: Omit<MonthWork, "builds">;
}

/** A month of publishes to one site (ms from the first of the month), until all of them were built. */
export const siteMonth = (
  publishes: readonly number[],
  pacing: PacingGiven,
  { tickEvery = 5 * MINUTE, length }: { readonly tickEvery?: number; readonly length: number },
): Paced => {
  const month = new SiteMonth(pacing, tickEvery);
  const syncs = syncsOf(publishes);
  for (const at of syncs) {
    month.pass(MONTH_BEGINS + at);
    month.ask(MONTH_BEGINS + at);
  }
  month.pass(MONTH_BEGINS + 3 * length);
  const waitedMs = syncs.length * GATHER + month.sleptMs;
  const ticks = Math.floor(length / tickEvery);
  return { hooks: month.hooks, counted: { deliveries: publishes.length, ticks, workers: syncs.length, waitedMs } };
};
