import { z } from "zod/mini";
import { HOUR, MINUTE, SECOND } from "../durations.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "../usage/calendar.ts";
import { type Held, heldFor } from "../usage/held.ts";

/** How a site spends its builds. Each costs the team credits, and a team without credits has all its sites paused. */
export interface Pace {
  /** The quiet period: a build starts when nothing new was requested for this long (ms). */
  readonly quiet: number;
  /** A build starts at the latest this long after its first request (ms). */
  readonly maxWait: number;
  /** The shortest time between two starts (ms). */
  readonly minInterval: number;
  /** The most starts in one UTC day and in one UTC month; null: no limit. */
  readonly daily: number | null;
  readonly monthly: number | null;
}

export const PRESETS = {
  /**
   * One build for each sitting of an editor. Behind a hook's own queue an editor who clicks several times waits as long.
   */
  standard: { quiet: 150 * SECOND, maxWait: 10 * MINUTE, minInterval: 0, daily: null, monthly: null },
  /** Builds at once, like a bare build hook. */
  instant: { quiet: 0, maxWait: 0, minInterval: 0, daily: null, monthly: null },
  /** One build for clicks in quick succession, within three minutes of the first. */
  balanced: { quiet: 20 * SECOND, maxWait: 180 * SECOND, minInterval: 0, daily: null, monthly: null },
  /** What a free plan affords besides its visitors: 18 builds of 15 credits are 270 of its 300. */
  saver: { quiet: 2 * MINUTE, maxWait: 15 * MINUTE, minInterval: HOUR, daily: null, monthly: 18 },
} as const satisfies Record<string, Pace>;
export type Preset = keyof typeof PRESETS;
export const presetNames = ["standard", "instant", "balanced", "saver"] as const satisfies readonly Preset[];

/** The recent starts, which decide about interval and budgets. */
export const spentSchema = z.looseObject({
  lastAt: z.number(),
  /** The UTC day and month of the last start, and the number of starts in each. */
  day: z.number(),
  today: z.number(),
  month: z.number(),
  thisMonth: z.number(),
  /** The end of the day or month whose used-up budget the audit log last announced (ms). */
  announced: z.optional(z.number()),
});
export type Spent = z.infer<typeof spentSchema>;

/**
 * What a build waits for: a quiet period, the interval since the last start, a budget, the running build, or Netlify,
 * which builds nothing for the team at present.
 */
export const WAITING_FOR = ["quiet", "interval", "budget", "build", "credits", "builds-stopped"] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];

/** What a slot remembers of its starts and of what holds them back. */
export interface Starts {
  readonly spent?: Spent | undefined;
  readonly held?: Held | undefined;
}

export interface Opening {
  /** The earliest start (ms). */
  readonly at: number;
  /** What delays the start; null: nothing. */
  readonly waitingFor: Exclude<WaitingFor, "build"> | null;
}

interface Waiting {
  readonly filledAt: number;
  readonly at: number;
  readonly notBefore: number;
  readonly released?: boolean | undefined;
}

/** When interval, budgets and Netlify allow a start that is due at `due`. */
export const gate = (due: number, { spent, held }: Starts, pace: Pace): Opening => {
  const paced = paceGate(due, spent, pace);
  if (held === undefined || held.until <= paced.at) return paced;
  return { at: held.until, waitingFor: heldFor(held) };
};

const paceGate = (due: number, spent: Spent | undefined, pace: Pace): Opening => {
  if (spent === undefined) return { at: due, waitingFor: null };
  const after = Math.max(due, spent.lastAt + pace.minInterval);
  // Never before the last start, even if a clock is behind: days and months only go forward.
  const at = Math.max(after, spent.lastAt);
  if (pace.monthly !== null && monthOf(at) === spent.month && spent.thisMonth >= pace.monthly) {
    return { at: nextMonth(at), waitingFor: "budget" };
  }
  if (pace.daily !== null && dayOf(at) === spent.day && spent.today >= pace.daily) {
    return { at: nextDay(at), waitingFor: "budget" };
  }
  return { at, waitingFor: at > due ? "interval" : null };
};

/**
 * When the pending build may start. A build that a person released waits only for the running build, because the person
 * has seen what it waits for.
 */
export const opening = (pending: Waiting, starts: Starts, pace: Pace | undefined): Opening => {
  const gathered: Opening = { at: pending.notBefore, waitingFor: null };
  if (pace === undefined || pending.released === true) return gathered;
  const ripe = Math.min(pending.at + pace.quiet, pending.filledAt + pace.maxWait);
  const due = Math.max(pending.notBefore, ripe);
  const allowed = gate(due, starts, pace);
  if (allowed.waitingFor !== null) return allowed;
  return due > pending.notBefore ? { at: due, waitingFor: "quiet" } : gathered;
};

/** Counts a start. */
export const spend = (spent: Spent | undefined, now: number): Spent => {
  const at = Math.max(now, spent?.lastAt ?? 0);
  const [day, month] = [dayOf(at), monthOf(at)];
  return {
    ...spent,
    lastAt: at,
    day,
    today: spent?.day === day ? spent.today + 1 : 1,
    month,
    thisMonth: spent?.month === month ? spent.thisMonth + 1 : 1,
  };
};

/**
 * Takes the last start back, because it started no build. One build runs at a time, so no other can have started since.
 * The interval still counts from the start, or a refusing hook would be called without pause.
 */
export const refund = (spent: Spent): Spent => ({
  ...spent,
  today: Math.max(spent.today - 1, 0),
  thisMonth: Math.max(spent.thisMonth - 1, 0),
});
