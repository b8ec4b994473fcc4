import { DAY, HOUR, SECOND } from "../durations.ts";
import { monthStart } from "./calendar.ts";
import type { Counts } from "./usage.ts";

/** What Netlify charges on its self-serve plans, in credits; `docs/cost.md` says where each figure is from. */
export const RATES = {
  gigabyteHour: 10,
  requests: 2 / 10_000,
  build: 15,
} as const;

/** How long our functions run without waiting, with 1 GB each (ms). High estimates. */
export const RUNS = {
  delivery: 0.15 * SECOND,
  tick: 0.3 * SECOND,
  worker: SECOND,
  /** A worker that checks one probe, finds no change and ends. */
  check: 0.5 * SECOND,
} as const;

/** The work of our functions in a month. */
export interface MonthWork {
  readonly deliveries: number;
  readonly ticks: number;
  readonly workers: number;
  /** Time that workers waited for jobs or editors (ms). */
  readonly waitedMs: number;
  readonly builds: number;
}

export interface Bill {
  /** The credits for our own functions. */
  readonly running: number;
  readonly builds: number;
  readonly total: number;
}

/** The credits for a month's work. */
export const billOf = (counted: MonthWork, buildCredits: number = RATES.build): Bill => {
  const { deliveries, ticks, workers, waitedMs: waited, builds } = counted;
  const runMs = deliveries * RUNS.delivery + ticks * RUNS.tick + workers * RUNS.worker + waited;
  const running = (runMs / HOUR) * RATES.gigabyteHour + (deliveries + ticks + workers) * RATES.requests;
  const built = builds * buildCredits;
  return { running, builds: built, total: running + built };
};

/** The credits of a month on Netlify's self-serve plans. */
export const PLANS = { free: 300, personal: 1000, pro: 3000 } as const;
export type PlanName = keyof typeof PLANS;
export const planNames = ["free", "personal", "pro"] as const satisfies readonly PlanName[];
/** The share of a month's credits that is left to visitors and to other sites. */
const VISITORS = 0.1;

/** How many builds a month's credits pay, after what our own functions took. */
export const affordableBuilds = (credits: number, running: number): number =>
  Math.max(Math.floor((credits * (1 - VISITORS) - running) / RATES.build), 0);

/**
 * The credits for a month's counts. Each claim counts as a worker of its own, though one worker may have made several.
 */
export const estimateOf = ({ deliveries = 0, ticks = 0, started = 0, worked = 0, builds = 0 }: Counts): Bill =>
  billOf({ deliveries, ticks, workers: started, waitedMs: worked, builds });

/** What a month will have cost if it goes on as it began. */
export interface Forecast {
  readonly credits: number;
  /** When the plan's credits are used up (ms); null: not in this month. */
  readonly goneAt: number | null;
}

/**
 * The number of the first day by whose end so many credits were spent, of the days until `today`. The builds were made on
 * their days; everything else is spread evenly.
 */
const dayWhenSpent = (credits: number, spent: number, today: number, buildsByDay: readonly number[]): number => {
  const costs = buildsByDay.map((builds) => builds * RATES.build);
  const even = Math.max(spent - costs.reduce((sum, cost) => sum + cost, 0), 0) / (today + 1);
  let sum = 0;
  for (let day = 0; day < today; day += 1) {
    sum += (costs[day] ?? 0) + even;
    if (sum >= credits) return day;
  }
  return today;
};

/**
 * The forecast for a month that has cost so many credits until `now`, also for builds of each day (`buildsByDay`). It counts
 * in whole days, and in one at least, because the first hours say little. A plan with credits left is used up by what is
 * still to come; of one without, it says on which day its last credits were spent.
 */
export const forecastOf = (
  spent: number,
  now: number,
  month: number,
  planCredits: number,
  buildsByDay: readonly number[] = [],
): Forecast => {
  const [begin, end] = [monthStart(month), monthStart(month + 1)];
  const days = Math.floor((now - begin) / DAY);
  const credits = spent * Math.max((end - begin) / (Math.max(days, 1) * DAY), 1);
  if (spent >= planCredits) {
    return { credits, goneAt: begin + dayWhenSpent(planCredits, spent, days, buildsByDay) * DAY };
  }
  if (credits <= planCredits) return { credits, goneAt: null };
  const today = begin + days * DAY;
  return { credits, goneAt: today + ((end - today) * (planCredits - spent)) / (credits - spent) };
};
