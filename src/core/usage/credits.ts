import { HOUR, SECOND } from "../durations.ts";
import type { Counts } from "./usage.ts";

/** What Netlify charges on its self-serve plans, in credits; `docs/cost.md` says where each figure is from. */
export const RATES = {
  gigabyteHour: 10,
  requests: 2 / 10_000,
  build: 15,
} as const;

/** How long our functions run, with 1 GB each, apart from what they wait for (ms). Estimates, on the high side. */
export const RUNS = {
  delivery: 0.15 * SECOND,
  tick: 0.3 * SECOND,
  worker: SECOND,
  /** A worker that looks at one URL, finds nothing new and ends: it gathers nothing and asks no site. */
  check: 0.5 * SECOND,
} as const;

/** What was done in a month. */
export interface Counted {
  readonly deliveries: number;
  readonly ticks: number;
  readonly workers: number;
  /** Time that workers waited: for jobs, for editors (ms). */
  readonly waited: number;
  readonly builds: number;
}

export interface Bill {
  /** What our own functions cost. */
  readonly running: number;
  readonly builds: number;
  readonly whole: number;
}

/** The credits of what was done. */
export const billOf = (counted: Counted, buildCredits: number = RATES.build): Bill => {
  const { deliveries, ticks, workers, waited, builds } = counted;
  const ran = deliveries * RUNS.delivery + ticks * RUNS.tick + workers * RUNS.worker + waited;
  const running = (ran / HOUR) * RATES.gigabyteHour + (deliveries + ticks + workers) * RATES.requests;
  const built = builds * buildCredits;
  return { running, builds: built, whole: running + built };
};

/** The credits that counts stand for. Every claim counts as a worker of its own, though one may have followed another. */
export const estimateOf = ({ deliveries = 0, ticks = 0, started = 0, worked = 0, builds = 0 }: Counts): Bill =>
  billOf({ deliveries, ticks, workers: started, waited: worked, builds });
