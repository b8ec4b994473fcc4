import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { paceOf, presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { type Habit, noteRequest, opening, type Spent, spend } from "../../../src/core/slot/pace.ts";
import { becauseOf, buildCost } from "../../../src/core/stage/because.ts";
import { aRequest, aSite, must } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 10);
const waiting = (fields: Partial<Site>, spent?: Spent, habit?: Habit): Site => {
  const site = aSite(fields);
  const { slot } = accept(site.slot, aRequest(), { now: NOW, rev: 2, firstRev: 1 }, "build-1");
  return { ...site, slot: { ...must(slot), ...(spent && { spent }), ...(habit && { habit }) } };
};
const because = (site: Site) => becauseOf(site, must(site.slot.pending));
const spentOf = (fields: Partial<Spent>): Spent => ({ ...spend(undefined, NOW - MINUTE), ...fields });

describe("why a build waits", () => {
  test("a build that waits for its editors says for how long, and what the site has learned", () => {
    const whole = "The build starts 140 seconds after the last publish, and 10 minutes after the first at the latest.";
    expect(because(waiting({}))).toBe(whole);
    let habit: Habit | undefined;
    for (let day = 9; day > 0; day -= 1) habit = noteRequest(habit, NOW - day * DAY);
    expect(because(waiting({}, undefined, habit))).toBe(
      "Publishes of this site usually come alone. The build starts 45 seconds after the last publish, and 10 minutes after the first at the latest.",
    );
    habit = undefined;
    for (let day = 9; day > 0; day -= 1) {
      for (const at of [0, 50, 100]) habit = noteRequest(habit, NOW - day * DAY + HOUR + at * SECOND);
    }
    expect(because(waiting({}, undefined, habit))).toContain("usually come at most 60 seconds apart");
  });

  test("a build that waits for interval, brake or budget says so with the site's numbers", () => {
    expect(because(waiting({ pacing: presetPacing("saver") }, spentOf({})))).toBe(
      "Two builds of this site start at least 3600 seconds apart.".replace("3600 seconds", "60 minutes"),
    );
    expect(because(waiting({}, spentOf({ streak: 4, alike: 4, likeness: 1 })))).toBe(
      "4 builds in a row were for publishes that are alike, without a pause of 15 minutes. Each further build waits longer, until there is a pause.",
    );
    expect(because(waiting({ allowance: { builds: 17, at: NOW } }, spentOf({ thisMonth: 12 })))).toBe(
      "12 of this month's 17 builds are made. The others are spread over the rest of the month.",
    );
    expect(because(waiting({ allowance: { builds: 12, at: NOW } }, spentOf({ thisMonth: 12 })))).toBe(
      "All 12 builds that this month pays are made.",
    );
    const daily = { ...presetPacing("instant"), preset: null, dailyBuilds: 3 };
    expect(because(waiting({ pacing: daily }, { ...spend(undefined, NOW), today: 3 }))).toBe(
      "All 3 builds of this day's budget are made. The next one starts on 2026-11-11 (UTC).",
    );
    const once = { ...daily, dailyBuilds: 1, monthlyBuilds: 9 };
    expect(because(waiting({ pacing: once }, { ...spend(undefined, NOW), thisMonth: 4 }))).toBe(
      "The one build of this day's budget is made. The next one starts on 2026-11-11 (UTC).",
    );
    const spread = { ...presetPacing("standard"), preset: null, dailyBuilds: 3, monthlyBuilds: 17 };
    for (const today of [1, 3]) {
      const spent = { ...spend(undefined, NOW), thisMonth: 12, today };
      expect(because(waiting({ pacing: spread }, spent))).toBe(
        "12 of this month's 17 builds are made. The others are spread over the rest of the month.",
      );
    }
    const released = waiting({});
    expect(becauseOf(released, { ...must(released.slot.pending), released: true })).toBeNull();
  });

  test("a build that a person could start now says what that costs", () => {
    const costOf = (site: Site) => buildCost(site, must(site.slot.pending));
    expect(costOf(waiting({ allowance: { builds: 17, at: NOW } }, spentOf({ thisMonth: 12 })))).toEqual({
      credits: 15,
      text: "Building now costs 15 credits. It is build 13 of the 17 that this month pays.",
    });
    expect(costOf(waiting({}, spentOf({ month: 1, thisMonth: 12 }))).text).toContain("It is build 1 of the 18");
    expect(costOf(waiting({ pacing: presetPacing("balanced") })).text).toBe("Building now costs 15 credits.");
  });

  test("a build of a site that another service builds costs no credits", () => {
    const site = waiting({ buildHookKind: "other", pacing: presetPacing("balanced") });
    expect(buildCost(site, must(site.slot.pending))).toEqual({
      credits: 0,
      text: "Another service builds this site, so building now costs no credits at Netlify.",
    });
  });

  test("a site without a habit, or that has learned its longest quiet time, says nothing of its publishes", () => {
    const whole = "The build starts 140 seconds after the last publish, and 10 minutes after the first at the latest.";
    const few = noteRequest(undefined, NOW - DAY);
    expect(because(waiting({}, undefined, few))).toBe(whole);
    const habit = (alone: number): Habit => ({ lastAt: NOW - DAY, sittings: 10, longer: [alone, 0, 0, 0, 0] });
    expect(because(waiting({}, undefined, habit(4)))).toMatch(/^Publishes of this site usually come alone\. The build/);
    expect(because(waiting({}, undefined, habit(5)))).toMatch(
      /^Publishes of this site usually come at most 45 seconds apart/,
    );
    expect(because(waiting({ pacing: presetPacing("balanced") }, undefined, habit(4)))).toMatch(
      /^The build starts 20 sec/,
    );
  });

  test("a duration is named in its largest unit of which there are two, and one second is not many", () => {
    const quiet = (quietSeconds: number) =>
      because(
        waiting({ pacing: { ...presetPacing("balanced"), preset: null, quietSeconds, maxWaitSeconds: 999_999 } }),
      );
    const named: readonly (readonly [number, string])[] = [
      [2, "2 seconds"],
      [119, "119 seconds"],
      [120, "2 minutes"],
      [3600, "60 minutes"],
      [7200, "2 hours"],
      [86_400, "24 hours"],
      [172_800, "2 days"],
    ];
    for (const [seconds, words] of named) expect(quiet(seconds)).toContain(`The build starts ${words} after`);
    const interval = (minIntervalSeconds: number) =>
      because(
        waiting({ pacing: { ...presetPacing("instant"), preset: null, minIntervalSeconds } }, spentOf({ lastAt: NOW })),
      );
    expect(interval(1.5)).toContain("at least 2 seconds apart");
    expect(interval(1.4)).toContain("at least 1 second apart");
  });

  test("a brake names the builds that are alike, or how many followed one another", () => {
    const braked = (fields: Partial<Spent>) => because(waiting({}, spentOf({ lastAt: NOW, ...fields })));
    expect(braked({ streak: 12, alike: 2, likeness: 1 })).toMatch(
      /^2 builds in a row were for publishes that are alike,/,
    );
    for (const alike of [{ alike: 1 }, {}]) {
      expect(braked({ streak: 12, ...alike })).toMatch(
        /^12 builds followed one another, without a pause of 15 minutes\./,
      );
    }
  });

  test("a budget says that all builds of the month or the day are made, or how the rest is spread", () => {
    const budget = (thisMonth: number, fields: Partial<Site>) => because(waiting(fields, spentOf({ thisMonth })));
    const allowance = { builds: 17, at: NOW };
    for (const made of [17, 18])
      expect(budget(made, { allowance })).toBe("All 17 builds that this month pays are made.");
    expect(budget(16, { allowance })).toMatch(/^16 of this month's 17 builds are made\./);
    const daily = { pacing: { ...presetPacing("instant"), preset: null, dailyBuilds: 3 } };
    expect(because(waiting(daily, spentOf({ day: NOW / DAY, today: 3 })))).toBe(
      "All 3 builds of this day's budget are made. The next one starts on 2026-11-11 (UTC).",
    );
    const both = { pacing: { ...presetPacing("instant"), preset: null, dailyBuilds: 3, monthlyBuilds: 18 } };
    expect(because(waiting(both, spentOf({ day: NOW / DAY, today: 3 })))).toBe(
      "All 3 builds of this day's budget are made. The next one starts on 2026-11-11 (UTC).",
    );
  });

  test("a build whose share of the month begins with a day is not said to wait for the day's budget", () => {
    // The last days of a month of thirty begin with the twenty-fifth.
    const pacing = { ...presetPacing("standard"), preset: null, dailyBuilds: 3 };
    const site = waiting({ pacing, allowance: { builds: 17, at: NOW } }, spentOf({ thisMonth: 14, today: 1 }));
    expect(opening(must(site.slot.pending), site.slot, paceOf(site)).at).toBe(Date.UTC(2026, 10, 25));
    expect(because(site)).toMatch(/^14 of this month's 17 builds are made\./);
  });

  test("a build beyond the month's budget costs the same, and the sentence says that all builds are made", () => {
    const costOf = (thisMonth: number) => {
      const site = waiting({ allowance: { builds: 17, at: NOW } }, spentOf({ thisMonth }));
      return buildCost(site, must(site.slot.pending)).text;
    };
    expect(costOf(16)).toContain("It is build 17 of the 17 that this month pays.");
    for (const made of [17, 18]) expect(costOf(made)).toContain("All 17 builds that this month pays are made.");
  });
});
