import { defined } from "../../src/core/defined.ts";
import { GATHER, MINUTE, SLEPT_OUT } from "../../src/core/durations.ts";
import { askForBuild } from "../../src/core/site/askForBuild.ts";
import { BUILD, type PacingGiven, pacingFrom, siteParts, storedPacing } from "../../src/core/site/pacing.ts";
import { createSite, type Site } from "../../src/core/site/site.ts";
import { claim } from "../../src/core/slot/claim.ts";
import { type Habit, opening } from "../../src/core/slot/pace.ts";
import { noNews, settle } from "../../src/core/slot/settle.ts";
import { affordableBuilds, billOf, type MonthWork, PLANS } from "../../src/core/usage/credits.ts";
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
  readonly counted = { deliveries: 0, workers: 0, waitedMs: 0 };

  constructor(pacing: PacingGiven, tickEvery: number, habit: Habit | undefined) {
    this.#tickEvery = tickEvery;
    const settings = { name: "Site", buildHook: "sealed", buildHookHint: "…" };
    const site = createSite("site", settings, aChange({ now: MONTH_BEGINS }));
    const paced = Object.keys(pacing).length === 0 ? {} : { pacing: storedPacing(pacingFrom(pacing)) };
    this.#site = { ...site, ...paced, slot: { ...site.slot, ...defined({ habit }) } };
  }

  get habit(): Habit | undefined {
    return this.#site.slot.habit;
  }

  #id(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  /** Shares out what the plan pays, as the tick does. */
  #share(now: number): void {
    const done = { ...this.counted, ticks: Math.floor((now - MONTH_BEGINS) / this.#tickEvery), builds: 0 };
    const builds = affordableBuilds(PLANS.free, billOf(done).running);
    this.#site = { ...this.#site, allowance: { builds, at: now } };
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
    if (this.#wakes !== null) this.counted.waitedMs += Math.max(wait, 0);
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

  /** A sync asks for a build, for so many deliveries. */
  ask(now: number, deliveries: number, likeness: number | undefined): void {
    this.counted.deliveries += deliveries;
    this.counted.workers += 1;
    this.counted.waitedMs += GATHER;
    this.#share(now);
    const id = this.#id();
    const cause = { dataLayerId: "layer", name: "Layer", syncId: id, ...defined({ likeness }) };
    const request = { siteId: "site", id, cause, newSyncId: id, entryId: this.#id() };
    const decided = askForBuild(this.#site, request, this.#attempt(now));
    if (decided.kind !== "write" || decided.document.kind !== "site") throw new Error("a request was not written");
    const queued = this.#site.slot.pending === null;
    // The outbox is settled by the worker.
    this.#site = { ...decided.document, owed: [] };
    if (queued) this.#sleep(now);
  }
}

/** When a layer's syncs ask for a build: a second after the first of the publishes that they cover. */
const syncsOf = (publishes: readonly number[]): { readonly at: number; readonly deliveries: number }[] => {
  const syncs: { at: number; deliveries: number }[] = [];
  for (const at of publishes) {
    const last = syncs.at(-1);
    if (last !== undefined && at <= last.at) last.deliveries += 1;
    else syncs.push({ at: at + GATHER, deliveries: 1 });
  }
  return syncs;
};

export interface Paced {
  /** When the build hook was called, from the first of the month (ms). */
  readonly hooks: readonly number[];
  readonly counted: Omit<MonthWork, "builds">;
  /** What the site knows of its editors at the end. */
  readonly habit: Habit | undefined;
}

export interface Month {
  readonly tickEvery?: number;
  readonly length: number;
  /** What the site knows of its editors from the month before; absent: nothing. */
  readonly habit?: Habit | undefined;
  /** What all bodies are like. */
  readonly likeness?: number | undefined;
}

/** A month of publishes to one site of a Free team (ms from the first of the month), until all of them were built. */
export const siteMonth = (
  publishes: readonly number[],
  pacing: PacingGiven,
  { tickEvery = 5 * MINUTE, length, habit, likeness }: Month,
): Paced => {
  const known = habit && { ...habit, lastAt: habit.lastAt - length };
  const month = new SiteMonth(pacing, tickEvery, known);
  for (const { at, deliveries } of syncsOf(publishes)) {
    month.pass(MONTH_BEGINS + at);
    month.ask(MONTH_BEGINS + at, deliveries, likeness);
  }
  month.pass(MONTH_BEGINS + 3 * length);
  const counted = { ...month.counted, ticks: Math.floor(length / tickEvery) };
  return { hooks: month.hooks, counted, habit: month.habit };
};
