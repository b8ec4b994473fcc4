import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
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
  /** The document of the first layer, or site: whatever is asked of it gets no answer. Wakes of deliveries are lost as well. */
  readonly sick: "layer" | "site" | null;
  readonly store: StoreFaults;
  readonly process: ProcessFaults;
  readonly wake: WakeFaults;
  readonly job: JobFaults;
}

/** Nothing goes wrong. */
export const NO_FAULTS: Faults = {
  sick: null,
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
/** Chances differ from seed to seed, and many are zero: a fault that always comes hides what another one would show. */
export const faultsOf = (chance: Prng): Faults => {
  if (chance.chance(0.12)) return NO_FAULTS;
  const some = (most: number): number => (chance.chance(0.55) ? chance.next() * most : 0);
  return {
    sick: null,
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
