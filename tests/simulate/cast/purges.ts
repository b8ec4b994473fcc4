import type { PurgeAnswer, PurgeRequest } from "../../../src/app/deps.ts";
import { SECOND } from "../../../src/core/durations.ts";
import type { Instance } from "../world/instance.ts";
import type { World } from "../world/world.ts";

/** The cache at Netlify, and what was asked of it: when, by tag. */
export class Purges {
  readonly asked = new Map<string, number[]>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Some are refused, some take effect without an answer: to the caller a purge that was asked for is one that may have been. */
  async take(caller: Instance, { tags, deadline }: PurgeRequest): Promise<PurgeAnswer> {
    const { timeline, chance, faults, count } = this.#world;
    await caller.pass();
    await timeline.pass(chance.int(1, 40));
    for (const tag of tags) this.asked.set(tag, [...(this.asked.get(tag) ?? []), timeline.stamp()]);
    count("purges");
    const fails = chance.chance(faults.job.hook);
    const silent = fails && chance.chance(0.3);
    await timeline.pass(silent ? deadline : chance.int(1, SECOND));
    await caller.pass();
    if (!fails) return { kind: "purged" };
    return { kind: "failed", error: silent ? "timed out" : "the purge was answered 503", again: chance.chance(0.8) };
  }
}
