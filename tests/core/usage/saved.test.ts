import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { BUILD, pacingFrom, siteParts } from "../../../src/core/site/pacing.ts";
import { dayOf, monthOf } from "../../../src/core/usage/calendar.ts";
import { countBuild, countBuilt, countIn, monthName, savedIn } from "../../../src/core/usage/usage.ts";
import { Bench } from "../../support/bench.ts";
import { must, ok, refusedCall, START, timedOut } from "../../support/builders.ts";

/** A month's counts of a site, and what they say is saved. */
const countsOf = ({ slot }: Bench, at = START) => {
  const { publishes = 0, builds = 0, saved = 0 } = slot.usage?.[monthName(monthOf(at))] ?? {};
  return { publishes, builds, saved };
};

class SavingSite {
  readonly bench = new Bench({ sources: [BUILD], sites: false });
  #syncs = 0;

  constructor() {
    this.bench.parts = siteParts({ pacing: pacingFrom({ preset: "instant" }) });
  }

  /** A layer's request for a build, for so many deliveries, of which some were counted before. */
  ask(deliveries: number, counted = 0): void {
    this.#syncs += 1;
    const syncId = `sync-of-layer-${this.#syncs}`;
    const cause = { dataLayerId: "layer", name: "Blog", syncId, deliveries, ...(counted > 0 && { counted }) };
    this.bench.accept({ trigger: { type: "build", id: syncId, at: this.bench.now }, written: true, cause });
  }

  byHand(): void {
    this.bench.accept({
      trigger: { type: "manual", id: "by-hand", at: this.bench.now },
      written: true,
      released: true,
    });
  }

  start(): void {
    this.bench.pass(2 * SECOND).claim();
  }

  end(outcome = ok()): void {
    if (this.bench.slot.running !== null) this.bench.settleAll(outcome);
  }
}

type Step = "ask" | "ask twice" | "start" | "succeed" | "fail" | "time out" | "wait" | "cancel" | "by hand";

const take = (site: SavingSite, step: Step, deliveries: number): number => {
  const { bench } = site;
  const { pending, running } = bench.slot;
  switch (step) {
    case "ask":
      site.ask(deliveries);
      return deliveries;
    case "ask twice":
      site.ask(deliveries, deliveries);
      return 0;
    case "start":
      site.start();
      return 0;
    case "succeed":
      site.end();
      return 0;
    case "fail":
      site.end(refusedCall);
      return 0;
    case "time out":
      site.end(timedOut);
      return 0;
    case "wait":
      bench.pass(10 * MINUTE);
      return 0;
    case "cancel":
      bench.cancel(running?.lead ?? pending?.syncId ?? "");
      return 0;
    case "by hand":
      site.byHand();
      return 0;
  }
};

const step = fc.constantFrom<Step>(
  ...(["ask", "ask", "ask", "start", "start", "succeed", "succeed", "ask twice"] as const),
  ...(["fail", "time out", "wait", "cancel", "by hand"] as const),
);

describe("saved builds", () => {
  test("saved builds are publishes × sites − builds, once all builds are over", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })), (builds) => {
        const site = new SavingSite();
        for (const asks of builds) {
          for (const deliveries of asks) site.ask(deliveries);
          site.start();
          site.end();
        }
        const publishes = builds.flat().reduce((sum, one) => sum + one, 0);
        expect(countsOf(site.bench)).toEqual({ publishes, builds: builds.length, saved: publishes - builds.length });
      }),
    );
  });

  test("saved builds never fall, whatever is asked, built, retried, cancelled or built by hand", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), (steps) => {
        const site = new SavingSite();
        let asked = 0;
        let before = 0;
        for (const [name, deliveries] of steps) {
          asked += take(site, name, deliveries);
          const { publishes, saved } = countsOf(site.bench);
          expect(saved).toBeGreaterThanOrEqual(before);
          expect(publishes).toBeLessThanOrEqual(asked);
          expect(saved).toBeLessThanOrEqual(Math.max(publishes - 1, 0));
          before = saved;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("saved builds are the same in whatever order builds for publishes, and builds by hand, end", () => {
    const build = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 }));
    const savedAfter = (builds: readonly number[]): number => {
      const site = new SavingSite();
      for (const deliveries of builds) {
        if (deliveries === 0) site.byHand();
        else site.ask(deliveries);
        site.start();
        site.end();
      }
      return countsOf(site.bench).saved;
    };
    fc.assert(
      fc.property(fc.array(build, { maxLength: 12 }), (builds) => {
        const saved = builds.reduce((sum, deliveries) => sum + Math.max(deliveries - 1, 0), 0);
        expect([savedAfter(builds), savedAfter(builds.toSorted((a, b) => a - b))]).toEqual([saved, saved]);
      }),
    );
  });

  test("in the month of an update, saved builds begin with the requests that the release before saw merge", () => {
    const month = monthOf(START);
    const before = { [monthName(month)]: { asked: 170, coalesced: 120, builds: 50 } };
    const updated = countBuilt(countBuild(before, { day: dayOf(START), month }, 1), month, {
      publishes: 3,
      attempts: 1,
    });
    expect(updated[monthName(month)]).toMatchObject({ publishes: 3, saved: 120 });
    const next = countBuilt(countBuild(updated, { day: dayOf(START), month }, 1), month, { publishes: 3, attempts: 1 });
    expect(next[monthName(month)]).toMatchObject({ publishes: 6, saved: 122 });
  });

  test("the first build of all that is over saves a build for each further publish", () => {
    const month = monthOf(START);
    const first = countBuilt(undefined, month, { publishes: 3, attempts: 1 });
    expect(first).toEqual({ [monthName(month)]: { publishes: 3, saved: 2 } });
  });

  test("what a month saved stays the same when its days are no longer kept", () => {
    const month = monthOf(START);
    const name = monthName(month);
    const start = { day: dayOf(START), month };
    const merged = countIn({}, month, { asked: 9, coalesced: 7 });
    const forNoPublish = countBuild(merged, start, 1);
    const forPublishes = countBuilt(forNoPublish, month, { publishes: 5, attempts: 1 });
    const ofReleaseBefore = countIn(merged, month, { builds: 2 });
    const saved = [forNoPublish, forPublishes, ofReleaseBefore].map((usage) => {
      const later = [1, 2, 3].reduce((sum, more) => countIn(sum, month + more, { asked: 1 }), usage);
      expect(later[name]?.buildsByDay).toBeUndefined();
      return [savedIn(must(usage[name])), savedIn(must(later[name]))];
    });
    expect(saved).toEqual([
      [0, 0],
      [4, 4],
      [7, 7],
    ]);
  });

  test("a publish saves nothing while its build waits or runs", () => {
    const site = new SavingSite();
    site.ask(5);
    expect(countsOf(site.bench)).toEqual({ publishes: 0, builds: 0, saved: 0 });
    site.start();
    expect(countsOf(site.bench)).toEqual({ publishes: 0, builds: 1, saved: 0 });
    site.end();
    expect(countsOf(site.bench)).toEqual({ publishes: 5, builds: 1, saved: 4 });
  });

  test("a publish whose build a person cancelled, or whose hook refused it, saved nothing", () => {
    const site = new SavingSite();
    site.ask(5);
    site.start();
    site.bench.cancel(site.bench.run.lead);
    for (let tries = 0; tries < 12; tries += 1) {
      if (tries === 0) site.ask(5);
      site.bench.pass(10 * MINUTE);
      site.start();
      site.end(refusedCall);
    }
    expect(site.bench.ended.map(({ cancelled = false }) => cancelled)).toEqual([true, false]);
    expect(countsOf(site.bench)).toEqual({ publishes: 0, builds: 1, saved: 0 });
  });

  test("a publish whose failed build a newer build takes over is counted once", () => {
    const site = new SavingSite();
    site.ask(3);
    site.start();
    site.end(timedOut);
    site.ask(2);
    site.bench.pass(HOUR);
    site.start();
    site.end();
    expect(countsOf(site.bench)).toEqual({ publishes: 5, builds: 2, saved: 3 });
    expect(must(site.bench.ended[0]).publishes).toBeUndefined();
  });

  test("a publish whose sync asks its sites again is counted once, and a build that heals brings no publish", () => {
    const site = new SavingSite();
    site.ask(4);
    site.start();
    site.end();
    site.ask(6, 4);
    const again = { dataLayerId: "layer", name: "Blog", syncId: "again", deliveries: 4, again: true };
    site.bench.accept({ trigger: { type: "build", id: "heal", at: START }, written: true, cause: again });
    site.start();
    site.end();
    expect(countsOf(site.bench)).toEqual({ publishes: 6, builds: 2, saved: 4 });
  });
});
