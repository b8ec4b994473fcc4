import { childrenOf } from "../../../src/store/childrenOf.ts";
import {
  type Archive,
  type Children,
  type Store,
  type Stored,
  StoreUnavailable,
  type Written,
} from "../../../src/store/store.ts";
import type { Writer } from "../records/register.ts";
import type { Instance } from "./instance.ts";
import type { World } from "./world.ts";

/** What happens to one call on its way. */
export interface Way {
  /** Until it has its effect, and from there until the answer (ms). */
  readonly there: number;
  readonly back: number;
  /** Whether it has its effect; one that lands late has it long after the caller gave up. */
  readonly lands: boolean;
  readonly lateBy: number;
  readonly answered: boolean;
}

/** Where the store of a preview's deploy stands, beside production's. */
export const PREVIEW = "preview/";

/** How long the adapter waits for one call (ms). */
const DEADLINE = 4000;

/** Draws the way of a call; nothing that is asked of a sick document is ever answered. */
export const wayOf = (world: World, writes: boolean, key: string): Way => {
  const { chance } = world;
  const faults = world.faults.store;
  const there = chance.int(1, Math.max(faults.latency >> 1, 1));
  const back = chance.int(1, Math.max(faults.latency >> 1, 1));
  const way = { there, back, lands: true, lateBy: 0, answered: true };
  if (world.isSick(key)) {
    world.count("store sick");
    return { ...way, there: DEADLINE, back: 0, lands: false, answered: false };
  }
  if (chance.chance(faults.refused)) {
    world.count("store refused");
    return { ...way, lands: false, answered: false };
  }
  if (chance.chance(faults.silent)) {
    world.count("store timed out");
    const silent = { ...way, there: chance.int(1, DEADLINE), back: 0, answered: false };
    if (!writes || chance.chance(0.4)) return { ...silent, lands: false };
    return chance.chance(0.5) ? silent : { ...silent, lateBy: chance.int(1, faults.lateness) };
  }
  if (writes && chance.chance(faults.lostReply)) {
    world.count("store reply lost");
    return { ...way, answered: false };
  }
  return way;
};

/** The port as one process sees it: the truth behind a network that delays, loses, refuses and repeats. */
export class Channel implements Store, Archive {
  readonly #world: World;
  readonly #instance: Instance;

  constructor(world: World, instance: Instance) {
    this.#world = world;
    this.#instance = instance;
  }

  read(key: string): Promise<Stored | null> {
    const at = this.#at(key);
    return this.#call(wayOf(this.#world, false, at), `read ${key}`, () => this.#world.register.read(at));
  }

  async write(key: string, text: string, expected: string | null): Promise<Written> {
    const { chance, faults, register } = this.#world;
    const writer = this.#writer();
    const at = this.#at(key);
    const what = `write ${key}`;
    if (expected !== null && chance.chance(faults.store.busy)) {
      this.#world.count("store busy");
      return this.#call(wayOf(this.#world, true, at), what, () => ({ kind: "conflict" as const }));
    }
    const echoed = chance.chance(faults.store.echoed);
    return this.#call(wayOf(this.#world, true, at), what, () => {
      const written = register.write(at, text, expected, writer);
      this.#world.trace.say(this.#instance.name, () => `  ${what} over ${expected ?? "nothing"}: ${written.kind}`);
      if (!echoed || written.kind === "conflict") return written;
      this.#world.count("store echoed");
      return { kind: "conflict" };
    });
  }

  list(prefix: string): Promise<readonly { key: string; etag: string }[]> {
    const { chance, faults, timeline, register } = this.#world;
    const stale = chance.chance(faults.store.staleList);
    if (stale) this.#world.count("list stale");
    const asOf = timeline.now - (stale ? chance.int(1, 90_000) : 0);
    const at = this.#at(prefix);
    return this.#call(wayOf(this.#world, false, at), `list ${prefix}`, () =>
      register
        .list(at, stale ? asOf : timeline.now)
        .map(({ key, etag }) => ({ key: key.slice(at.length - prefix.length), etag })),
    );
  }

  async children(prefix: string): Promise<Children> {
    const listed = await this.list(prefix);
    return childrenOf(
      prefix,
      listed.map(({ key }) => key),
    );
  }

  remove(key: string): Promise<void> {
    const writer = this.#writer();
    const at = this.#at(key);
    return this.#call(wayOf(this.#world, true, at), `remove ${key}`, () => {
      this.#world.register.remove(at, writer);
    });
  }

  /** Where a key of this process's store stands among all keys there are. */
  #at(key: string): string {
    const { place } = this.#instance.home;
    return place.kind === "site" ? key : `${PREVIEW}${key}`;
  }

  #writer(): Writer {
    const { timeline } = this.#world;
    return { instance: this.#instance, wall: this.#instance.wall(), issued: timeline.stamp() };
  }

  async #call<T>(way: Way, what: string, effect: () => T): Promise<T> {
    const { timeline, trace } = this.#world;
    const name = this.#instance.name;
    this.#world.count(`calls: ${what.split(/[ /]/, 2).join(" ")}`);
    await this.#instance.pass();
    const result = await new Promise<{ readonly value: T } | null>((resolve) => {
      const answer = (value: { readonly value: T } | null): void => {
        const back = way.answered || way.lateBy === 0 ? way.back : DEADLINE - way.there;
        timeline.after(back, () => resolve(way.answered ? value : null));
      };
      timeline.after(way.there, () => {
        if (way.lands && way.lateBy === 0) answer({ value: effect() });
        else answer(null);
      });
      if (way.lands && way.lateBy > 0) {
        timeline.after(DEADLINE + way.lateBy, () => {
          trace.say(name, () => `  late: ${what}`);
          effect();
        });
      }
    });
    await this.#instance.pass();
    if (result === null) {
      trace.say(name, () => `  ${what}: not known`);
      throw new StoreUnavailable(`${what}: not known`);
    }
    return result.value;
  }
}
