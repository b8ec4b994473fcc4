import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Settings } from "../../src/core/layer/configureLayer.ts";
import { answer } from "../app/world.ts";
import { Prng } from "../simulate/world/prng.ts";
import { repetitions } from "../support/repetitions.ts";
import { LAYER, TICK, WatchWorld } from "./watchWorld.ts";

/** How many rhythms are tried. */
const SEEDS = repetitions(6);

describe("a layer at which everything happens", () => {
  test(
    "no alarm is raised in half a day of publishes, whatever their rhythm, the pacing and the builds are",
    async () => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const random = new Prng(seed);
        const between = (least: number, most: number) => least + random.next() * (most - least);
        const preset = (["instant", "balanced", "saver"] as const)[Math.floor(random.next() * 3)] ?? "instant";
        const world = await new WatchWorld().begin(preset, { overdueMinutes: 20 });
        const isSlow = random.next() < 0.5;
        world.jobs.set("https://jobs.test/a", () =>
          world.after(between(0, isSlow ? 4 * MINUTE : SECOND), answer(200, { changed: random.next() < 0.8 })),
        );
        const end = world.clock.now + 12 * HOUR;
        while (world.clock.now < end) {
          world.buildTakes = between(20 * SECOND, 9 * MINUTE);
          const burst = 1 + Math.floor(random.next() * 4);
          for (let published = 0; published < burst; published += 1) await world.publish(LAYER);
          await world.pass(between(MINUTE, random.next() < 0.2 ? 5 * HOUR : 20 * MINUTE));
        }
        expect({ seed, heard: world.heard.filter((told) => !told.startsWith("budget")) }).toEqual({ seed, heard: [] });
      }
    },
    SEEDS * 20_000,
  );

  test("a watched layer costs a tick no more than another while nothing is missing", async () => {
    const cost = async (extra: Partial<Settings>) => {
      const world = await new WatchWorld().begin("instant", extra);
      await world.publish(LAYER);
      await world.pass(6 * HOUR);
      const { reads, writes } = { ...world.counts };
      await world.pass(TICK);
      return { reads: world.counts.reads - reads, writes: world.counts.writes - writes };
    };
    expect(await cost({})).toEqual(await cost({ notifications: [] }));
    expect(await cost({})).toEqual({ reads: 1, writes: 1 });
  });

  test("an alarm of the quiet hours is told when they are over, and not at all if it is over by then", async () => {
    // The world begins at midnight, in UTC.
    for (const [takes, heard] of [
      [3 * HOUR, []],
      [9 * HOUR, ["publish.overdue raised", "publish.overdue over"]],
    ] as const) {
      const world = await new WatchWorld().begin("instant", { overdueMinutes: 20, quietHours: "22-7" });
      world.buildTakes = takes;
      await world.publish(LAYER);
      await world.pass(2 * HOUR);
      const { alarms = [], unsent = [] } = await world.readLayer(LAYER);
      expect([alarms.map(({ event }) => event), unsent.length, world.heard]).toEqual([["publish.overdue"], 1, []]);
      await world.pass(10 * HOUR);
      expect(world.heard).toEqual(heard);
      expect((await world.readLayer(LAYER)).alarms).toEqual([]);
    }
  });
});
