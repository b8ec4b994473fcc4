import { describe, expect, test } from "vitest";
import { updateSite } from "../../src/app/stored/documents.ts";
import { DAY, HOUR, MINUTE } from "../../src/core/durations.ts";
import { spend } from "../../src/core/slot/pace.ts";
import { dayName, monthOf, monthStart } from "../../src/core/usage/calendar.ts";
import { monthName } from "../../src/core/usage/usage.ts";
import { LAYER, SITE, WatchWorld } from "./watchWorld.ts";

/** A site of the default pacing on the tenth of a month, in which it made so many builds, and nobody said the plan. */
const madeOf = async (made: number): Promise<WatchWorld> => {
  const world = new WatchWorld();
  await world.clock.pass(monthStart(monthOf(world.clock.now) + 1) + 9 * DAY - world.clock.now);
  const events = ["build.held", "publish.overdue", "budget.at-risk"];
  const chat = { id: "n1", name: "Chat", url: "https://team.test/chat", urlHint: "…", events };
  await world.begin("standard", { notifications: [{ ...chat, secret: "whsec_c2VjcmV0" }] });
  await updateSite(
    world.deps(),
    SITE,
    (site) => {
      if (site?.kind !== "site") return { kind: "keep", result: null };
      const spent = { ...spend(undefined, world.clock.now - DAY), thisMonth: made };
      const usage = { [monthName(spent.month)]: { builds: made, asked: made } };
      return { kind: "write", document: { ...site, slot: { ...site.slot, spent, usage } }, result: null };
    },
    { budget: 1000, attempts: 1, polite: false },
  );
  return world;
};

describe("a month whose builds are made", () => {
  test("a site that built more than a Free plan pays before it had a budget goes on, because its team has another plan", async () => {
    const world = await madeOf(60);
    for (let count = 0; count < 3; count += 1) {
      await world.publish(LAYER);
      await world.pass(HOUR);
    }
    expect([world.builds(SITE).length, world.heard]).toEqual([3, []]);
  });

  test("a publish that waits for the next month is told once a month as held, with the way out, and then as overdue", async () => {
    const world = await madeOf(19);
    const next = monthStart(monthOf(world.clock.now) + 1);
    for (let count = 0; count < 3; count += 1) {
      await world.publish(LAYER);
      await world.pass(HOUR);
    }
    expect(world.builds(SITE)).toEqual([]);
    expect(world.told.map(({ event }) => event)).toEqual(["build.held", "publish.overdue"]);
    expect(world.told[0]?.text).toContain(
      `The month's builds of this site are made (19), so this one starts on ${dayName(next)} (UTC). Building now costs 15 credits. If the team has a larger plan, choose it on the setup page`,
    );
  });

  test("a waiting publish is told as held when other sites use up what the plan pays", async () => {
    const world = await madeOf(13);
    await world.publish(LAYER);
    await world.pass(30 * MINUTE);
    expect(world.heard).toEqual([]);
    await world.site("other", "standard");
    await updateSite(
      world.deps(),
      "other",
      (site) => {
        if (site?.kind !== "site") return { kind: "keep", result: null };
        const usage = { [monthName(monthOf(world.clock.now))]: { builds: 6, asked: 6 } };
        return { kind: "write", document: { ...site, slot: { ...site.slot, usage } }, result: null };
      },
      { budget: 1000, attempts: 1, polite: false },
    );
    await world.pass(20 * MINUTE);
    expect(world.told.map(({ event }) => event)).toEqual(["build.held"]);
  });

  test("the budget of a site that nobody paced is told when it does not last, too", async () => {
    const world = await madeOf(8);
    await world.publish(LAYER);
    await world.pass(5 * DAY);
    expect(world.told.filter(({ event }) => event === "budget.at-risk")).toHaveLength(1);
    expect(world.told.find(({ event }) => event === "budget.at-risk")?.text).toContain("9 of 18 builds");
  });
});
