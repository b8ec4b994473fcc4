import { z } from "zod/mini";
import { HOUR, MINUTE, SECOND } from "../durations.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "../usage/calendar.ts";

/** How a site spends its builds: each costs the team credits, and running out of them pauses every site it has. */
export interface Pace {
  /** A build starts when nothing new was asked for this long (ms) … */
  readonly quiet: number;
  /** … and at the latest when its first ask has waited this long (ms). */
  readonly maxWait: number;
  /** No sooner after the start before it (ms). */
  readonly minInterval: number;
  /** Starts in one UTC day and in one UTC month; null: as many as are asked for. */
  readonly daily: number | null;
  readonly monthly: number | null;
}

export const PRESETS = {
  /** Builds at once, as a bare build hook does. */
  instant: { quiet: 0, maxWait: 0, minInterval: 0, daily: null, monthly: null },
  /** One build when an editor is done, within three minutes of the first click. */
  balanced: { quiet: 20 * SECOND, maxWait: 180 * SECOND, minInterval: 0, daily: null, monthly: null },
  /** What a free plan affords beside its visitors: 18 builds of 15 credits are 270 of its 300. */
  saver: { quiet: 2 * MINUTE, maxWait: 15 * MINUTE, minInterval: HOUR, daily: null, monthly: 18 },
} as const satisfies Record<string, Pace>;
export type Preset = keyof typeof PRESETS;

/** What was started lately: all that interval and budgets ask about. */
export const spentSchema = z.looseObject({
  lastAt: z.number(),
  /** The UTC day and month of the last start, and the starts in each. */
  day: z.number(),
  today: z.number(),
  month: z.number(),
  thisMonth: z.number(),
  /** The end of the budget about which was last told that it holds something back. */
  announced: z.optional(z.number()),
});
export type Spent = z.infer<typeof spentSchema>;

/** What a build waits for: new asks to cease, time since the last build, credits, the build that runs. */
export type WaitingFor = "quiet" | "interval" | "budget" | "build";

export interface Opening {
  /** From when on it may start (ms). */
  readonly at: number;
  /** What puts it off until then; null: nothing does. */
  readonly waitingFor: Exclude<WaitingFor, "build"> | null;
}

interface Waiting {
  readonly filledAt: number;
  readonly at: number;
  readonly notBefore: number;
  readonly released?: boolean | undefined;
}

/** When interval and budgets allow a start that is due at `due`. */
export const gate = (due: number, spent: Spent | undefined, pace: Pace): Opening => {
  if (spent === undefined) return { at: due, waitingFor: null };
  const after = Math.max(due, spent.lastAt + pace.minInterval);
  // Never before the last start, by whatever clock: days and months only go on.
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
 * When what is pending may start. Released by a person it waits for nothing but the running build: they have seen what it
 * waits for.
 */
export const opening = (pending: Waiting, spent: Spent | undefined, pace: Pace | undefined): Opening => {
  const gathered: Opening = { at: pending.notBefore, waitingFor: null };
  if (pace === undefined || pending.released === true) return gathered;
  const ripe = Math.min(pending.at + pace.quiet, pending.filledAt + pace.maxWait);
  const due = Math.max(pending.notBefore, ripe);
  const allowed = gate(due, spent, pace);
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
 * Takes the last start back: the hook answered that it did not build. No start can have come since, one runs at a time; the
 * interval still counts from it, or a hook that refuses would be asked without pause.
 */
export const refund = (spent: Spent): Spent => ({
  ...spent,
  today: Math.max(spent.today - 1, 0),
  thisMonth: Math.max(spent.thisMonth - 1, 0),
});
