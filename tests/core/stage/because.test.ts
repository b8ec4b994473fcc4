import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { type Habit, noteRequest, type Spent, spend } from "../../../src/core/slot/pace.ts";
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
      "All 3 builds that this day pays are made. The next one starts on 2026-11-11 (UTC).",
    );
    const once = { ...daily, dailyBuilds: 1, monthlyBuilds: 9 };
    expect(because(waiting({ pacing: once }, { ...spend(undefined, NOW), thisMonth: 4 }))).toBe(
      "The one build that this day pays is made. The next one starts on 2026-11-11 (UTC).",
    );
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
});
