import { MINUTE } from "../../src/core/durations.ts";
import type { Instance } from "./instance.ts";
import { type Answer, type Job, reply } from "./job.ts";
import type { World } from "./world.ts";

/** A build shows every job's state as it was when the build began. */
export interface Build {
  readonly stamp: number;
  readonly at: number;
  /** It was told of as a refusal. */
  refused: boolean;
  readonly shown: ReadonlyMap<Job, number>;
}

/** A site and its build hook. A hook has no idempotency: each call that arrives builds. */
export class HookedSite {
  readonly number: number;
  readonly id: string;
  readonly builds: Build[] = [];
  readonly #world: World;

  constructor(world: World, number: number, id: string) {
    this.#world = world;
    this.number = number;
    this.id = id;
  }

  receive(caller: Instance, answer: Answer): void {
    const { chance, faults, timeline, trace, jobs, count, oracle } = this.#world;
    oracle.calls.hooked(this.id, caller);
    if (chance.chance(faults.job.hook / 2)) {
      count("hook failed");
      answer(reply(chance.pick([500, 429])));
      return;
    }
    count("builds");
    const build: Build = {
      stamp: timeline.stamp(),
      at: timeline.now,
      refused: false,
      shown: new Map([...jobs.values()].map((job) => [job, job.edition])),
    };
    this.builds.push(build);
    trace.say(`site ${this.number}`, () => `built with ${[...jobs.values()].map((j) => `${j.name}@${j.edition}`)}`);
    if (!chance.chance(faults.job.hook)) {
      answer(reply(201));
      return;
    }
    count("hook failed after building");
    const silent = chance.chance(0.3);
    build.refused = !silent;
    timeline.after(silent ? MINUTE : 1, () => answer(reply(502)));
  }
}
