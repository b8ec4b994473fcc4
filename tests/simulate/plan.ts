import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Prng } from "./prng.ts";

/** Chances of what may go wrong on the way to the store, for each call. */
export interface StoreFaults {
  /** The longest usual way there and back (ms). */
  readonly latency: number;
  readonly refused: number;
  /** The outcome stays unknown; the write lands in time, later or never. */
  readonly silent: number;
  readonly lostReply: number;
  /** Refused as a conflict although nothing else was written. */
  readonly busy: number;
  /** Landed, and then refused as a conflict with itself (a repeated request). */
  readonly echoed: number;
  readonly staleList: number;
  /** How late a write may land (ms). */
  readonly lateness: number;
}

export interface ProcessFaults {
  readonly crash: number;
  readonly freeze: number;
  readonly frozenFor: number;
  readonly skew: number;
  readonly jump: number;
}

export interface WakeFaults {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly tickMissed: number;
  readonly tickLate: number;
}

export interface JobFaults {
  /** A 5xx before any effect. */
  readonly fails: number;
  /** A 5xx, or no answer, after the effect. */
  readonly failsAfter: number;
  readonly silent: number;
  readonly slow: number;
  /** A callback that never comes. */
  readonly forgets: number;
  readonly twice: number;
  /** A build hook that fails, before or after it built. */
  readonly hook: number;
}

export interface Faults {
  readonly store: StoreFaults;
  readonly process: ProcessFaults;
  readonly wake: WakeFaults;
  readonly job: JobFaults;
}

export type Style = "direct" | "polled" | "parked";
export interface JobPlan {
  readonly slug: string;
  readonly style: Style;
  /** How it says what changed: an edge, a level, or not at all. */
  readonly tells: "changed" | "version" | "nothing";
  /** Replays its stored answer for a key, whatever it was, and refuses other bytes under it. */
  readonly strict: boolean;
  /** Refuses tokens lower than the highest it has seen. */
  readonly guarded: boolean;
  /** Kills every worker that calls it. */
  readonly poison: boolean;
  readonly timeoutSeconds: number;
  /** The longest it usually works (ms). */
  readonly work: number;
}

export interface LayerPlan {
  readonly jobs: readonly JobPlan[];
  /** Which of the world's sites it connects. */
  readonly sites: readonly number[];
  readonly webhooks: number;
  readonly keptId: boolean;
}

export interface Plan {
  readonly seed: number;
  /** Through the real client of the real store, or at its port. */
  readonly client: boolean;
  readonly faults: Faults;
  readonly chaos: number;
  readonly tick: number;
  readonly shift: number;
  readonly sites: number;
  readonly layers: readonly LayerPlan[];
  readonly deliveries: number;
  readonly acts: number;
  /** A neighbouring release's fields stand in every document. */
  readonly future: boolean;
  /** After rest, a day passes: tombstones go. */
  readonly tail: boolean;
  /** Kills one worker once the faults are over. */
  readonly lastCrash: boolean;
}

const none: Faults = {
  store: {
    latency: 60,
    refused: 0,
    silent: 0,
    lostReply: 0,
    busy: 0,
    echoed: 0,
    staleList: 0,
    lateness: 0,
  },
  process: { crash: 0, freeze: 0, frozenFor: 0, skew: 0, jump: 0 },
  wake: { lost: 0, doubled: 0, late: 0, tickMissed: 0, tickLate: 0 },
  job: { fails: 0, failsAfter: 0, silent: 0, slow: 0, forgets: 0, twice: 0, hook: 0 },
};
export const NO_FAULTS = none;

/** Chances differ from seed to seed, and many are zero: a fault that always comes hides what another one would show. */
const faultsOf = (chance: Prng): Faults => {
  if (chance.chance(0.12)) return none;
  const some = (most: number): number => (chance.chance(0.55) ? chance.next() * most : 0);
  return {
    store: {
      latency: chance.weighted([
        [4, 80],
        [2, 400],
        [1, 2500],
      ]),
      refused: some(0.12),
      silent: some(0.12),
      lostReply: some(0.15),
      busy: some(0.08),
      echoed: some(0.05),
      staleList: some(0.5),
      lateness: chance.weighted([
        [3, 10 * SECOND],
        [2, 5 * MINUTE],
        [1, 3 * HOUR],
      ]),
    },
    process: {
      crash: some(0.35),
      freeze: some(0.3),
      frozenFor: chance.pick([15 * SECOND, MINUTE, 6 * MINUTE, 20 * MINUTE]),
      skew: chance.pick([0, 500, 3 * SECOND, 3 * SECOND]),
      jump: chance.chance(0.1) ? 0.05 : 0,
    },
    wake: { lost: some(0.6), doubled: some(0.5), late: some(0.5), tickMissed: some(0.5), tickLate: some(0.4) },
    job: {
      fails: some(0.5),
      failsAfter: some(0.3),
      silent: some(0.15),
      slow: some(0.25),
      forgets: some(0.3),
      twice: some(0.4),
      hook: some(0.5),
    },
  };
};

const jobOf = (chance: Prng, slug: string): JobPlan => ({
  slug,
  style: chance.weighted<Style>([
    [5, "direct"],
    [2, "polled"],
    [2, "parked"],
  ]),
  tells: chance.weighted<JobPlan["tells"]>([
    [5, "changed"],
    [3, "version"],
    [1, "nothing"],
  ]),
  strict: chance.chance(0.3),
  guarded: chance.chance(0.3),
  poison: chance.chance(0.01),
  timeoutSeconds: chance.pick([20, 40, 60, 900]),
  work: chance.weighted([
    [4, 300],
    [3, 5 * SECOND],
    [1, 40 * SECOND],
  ]),
});

/** What kind of world a seed makes. */
export const planOf = (seed: number, chance: Prng): Plan => {
  const sites = chance.weighted([
    [3, 1],
    [1, 2],
  ] as const);
  const layers = Array.from(
    {
      length: chance.weighted([
        [8, 1],
        [2, 2],
        [1, 3],
      ] as const),
    },
    (): LayerPlan => {
      const sources = chance.weighted([
        [1, 0],
        [4, 1],
        [4, 2],
        [2, 3],
        [1, 4],
      ] as const);
      return {
        jobs: ["a", "b", "c", "constructor"].slice(0, sources).map((slug) => jobOf(chance, slug)),
        sites: Array.from({ length: sites }, (_, index) => index).filter(() => chance.chance(0.8)),
        webhooks: chance.weighted([
          [3, 0],
          [4, 1],
          [2, 2],
          [1, 3],
        ] as const),
        keptId: chance.chance(0.3),
      };
    },
  );
  const faults = faultsOf(chance);
  return {
    seed,
    client: chance.chance(0.08),
    faults,
    chaos: chance.pick([20 * SECOND, MINUTE, 3 * MINUTE, 8 * MINUTE]),
    tick: chance.pick([MINUTE, MINUTE, 5 * MINUTE]),
    shift: chance.pick([8 * MINUTE, 14 * MINUTE]),
    sites,
    layers,
    deliveries: chance.weighted([
      [5, chance.int(1, 4)],
      [3, chance.int(5, 9)],
      [1, chance.int(10, 16)],
    ] as const),
    acts: chance.weighted([
      [4, 0],
      [4, chance.int(1, 3)],
      [2, chance.int(4, 10)],
    ] as const),
    future: chance.chance(0.15),
    tail: chance.chance(0.02),
    lastCrash: chance.chance(0.2),
  };
};
