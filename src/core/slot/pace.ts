import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { HOUR, MINUTE, SECOND } from "../durations.ts";
import { dayOf, monthOf, monthStart, nextDay, nextMonth } from "../usage/calendar.ts";
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
  /** Whether the quiet period follows the habits of the site's editors, and the month's budget is spread over the month. */
  readonly adapts?: boolean;
  /** Whether starts that follow one another without a pause of the editors are braked. */
  readonly brakes?: boolean;
}

export const PRESETS = {
  /**
   * One build for each sitting of an editor. Behind a hook's own queue an editor who clicks several times waits as long.
   */
  standard: { quiet: 140 * SECOND, maxWait: 10 * MINUTE, minInterval: 0, daily: null, monthly: null, adapts: true },
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
  /** The number of starts in a row without a pause of the editors; absent: one. */
  streak: z.optional(z.number()),
  /** The number of starts in a row for bodies that are alike, and what these are like; absent: one. */
  alike: z.optional(z.number()),
  likeness: z.optional(z.number()),
  /** Whether somebody was told that the brake holds builds of this row back. */
  braked: z.optional(z.boolean()),
  /** The UTC month whose budget was last told to end too early. */
  atRisk: z.optional(z.number()),
  /** The UTC month whose used-up budget the layers were told of. */
  usedUp: z.optional(z.number()),
});
export type Spent = z.infer<typeof spentSchema>;

/** How the publishes of a site's editors usually follow one another. It holds counts and one time, and nobody's name. */
export const habitSchema = z.looseObject({
  /** The newest request (ms). */
  lastAt: z.number(),
  /** The number of sittings. When there are too many, all counts are halved, so that newer ones count for more. */
  sittings: z.number(),
  /** For each of `LIMITS`, the number of longer pauses inside sittings. */
  longer: z.array(z.number()),
});
export type Habit = z.infer<typeof habitSchema>;

/**
 * What a build waits for: a quiet period, the interval since the last start, a budget, a pause after builds that follow
 * one another without one, the running build, or Netlify, which builds nothing for the team at present.
 */
export const WAITING_FOR = ["quiet", "interval", "budget", "brake", "build", "credits", "builds-stopped"] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];

/** What a slot remembers of its starts and of what holds them back. */
export interface Starts {
  readonly spent?: Spent | undefined;
  readonly held?: Held | undefined;
  readonly habit?: Habit | undefined;
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
  readonly causes?:
    | readonly { readonly likeness?: number | undefined; readonly again?: boolean | undefined }[]
    | undefined;
}

/** A longer time without a request ends a sitting (ms). */
const SITTING = 10 * MINUTE;
/** The quiet periods that a site may learn, behind a zero that counts every pause (ms). */
const LIMITS = [0, 45, 60, 75, 90].map((seconds) => seconds * SECOND);
/** A site learns from so many sittings, and forgets older ones. */
const SITTINGS = { least: 3, most: 24 } as const;
/** A quiet period is long enough if at most one sitting in so many goes on after it, which costs a build more. */
const SPARED = 5;

/** The habit after a request. */
export const noteRequest = (habit: Habit | undefined, now: number): Habit => {
  const pause = habit === undefined ? SITTING : now - habit.lastAt;
  const { sittings, longer } = habit ?? { sittings: 0, longer: [] };
  const counted = LIMITS.map((limit, index) => (longer[index] ?? 0) + (pause >= limit && pause < SITTING ? 1 : 0));
  const all = { ...habit, lastAt: Math.max(now, habit?.lastAt ?? 0), sittings: sittings + (pause < SITTING ? 0 : 1) };
  return all.sittings <= SITTINGS.most
    ? { ...all, longer: counted }
    : { ...all, sittings: all.sittings / 2, longer: counted.map((count) => count / 2) };
};

/**
 * The quiet period of a site: the shortest after which few sittings went on, and never longer than its pace says. Where
 * sittings have several publishes, a sitting too few was seen to know the longest pause, so one more counts as going on.
 */
export const quietOf = ({ quiet, adapts }: Pace, habit: Habit | undefined): number => {
  if (adapts !== true || habit === undefined || habit.sittings < SITTINGS.least) return quiet;
  const { sittings, longer } = habit;
  const unseen = Math.min((longer[0] ?? 0) / sittings, 1);
  const known = LIMITS.filter(
    (limit, index) => limit > 0 && ((longer[index] ?? sittings) + unseen) * SPARED <= sittings,
  );
  return Math.min(quiet, ...known);
};

/** A longer time without a request is a pause of the editors (ms): whatever sends on without one may be no person. */
export const PAUSE = 15 * MINUTE;
/**
 * After so many starts in a row without a pause each interval is so many times as long as the one before. A row for bodies
 * that are alike is mostly the work of a machine that sends the same again and again; any other row may be a newsroom at work.
 */
const BRAKES = {
  alike: { after: 3, first: 15 * MINUTE, times: 8, longest: 12 * HOUR },
  any: { after: 12, first: 10 * MINUTE, times: 2, longest: 6 * HOUR },
} as const;

const intervalOf = (row: number, { after, first, times, longest }: (typeof BRAKES)[keyof typeof BRAKES]): number =>
  row < after ? 0 : Math.min(first * times ** Math.min(row - after, 20), longest);

/** Until when the brake holds a start: its interval is over, or the editors have paused after the newest request. */
const brakedUntil = ({ streak = 1, alike = 1, lastAt }: Spent, { brakes }: Pace, askedAt: number): number => {
  if (brakes !== true) return 0;
  const interval = Math.max(intervalOf(alike, BRAKES.alike), intervalOf(streak, BRAKES.any));
  return interval === 0 ? 0 : Math.min(lastAt + interval, askedAt + PAUSE);
};

/** The share of the month after which the last days begin. A fifth of the budget is kept for them. */
const EARLY = 0.8;

/**
 * When the month's `nth` build may start, if the budget is spread over the month. A quarter may start at once. The further
 * the builds run ahead of the calendar, the longer is the wait for the next one.
 */
const shareStartsAt = (nth: number, monthly: number, month: number): number => {
  const [begin, end] = [monthStart(month), monthStart(month + 1)];
  const lastDays = begin + EARLY * (end - begin);
  const early = monthly - Math.floor(monthly / 5);
  const free = Math.ceil(early / 4);
  if (nth > monthly) return end;
  if (nth > early) return lastDays + ((end - lastDays) * (nth - early - 1)) / (monthly - early);
  return begin + (lastDays - begin) * (Math.max(nth - free, 0) / Math.max(early - free, 1)) ** 1.5;
};

/** When interval, brake, budgets and Netlify allow a start that is due at `due`. A retry has no newest request. */
export const gate = (due: number, { spent, held }: Starts, pace: Pace, askedAt = Number.NEGATIVE_INFINITY): Opening => {
  const paced = paceGate(due, spent, pace, askedAt);
  if (held === undefined || held.until <= paced.at) return paced;
  return { at: held.until, waitingFor: heldFor(held) };
};

/** When the budget of the month allows a start that is due at `at`. */
const monthUntil = (at: number, spent: Spent, { monthly, adapts }: Pace): number => {
  if (monthly === null) return at;
  if (monthOf(at) !== spent.month) return at;
  if (adapts === true) return shareStartsAt(spent.thisMonth + 1, monthly, spent.month);
  return spent.thisMonth >= monthly ? nextMonth(at) : at;
};

const dayUntil = (at: number, spent: Spent, pace: Pace): number =>
  pace.daily !== null && dayOf(at) === spent.day && spent.today >= pace.daily ? nextDay(at) : at;

const later = (so: Opening, at: number, waitingFor: Opening["waitingFor"]): Opening =>
  at > so.at ? { at, waitingFor } : so;

const paceGate = (due: number, spent: Spent | undefined, pace: Pace, askedAt: number): Opening => {
  if (spent === undefined) return { at: due, waitingFor: null };
  const after = Math.max(due, spent.lastAt + pace.minInterval);
  // Never before the last start, even if a clock is behind: days and months only go forward.
  const spaced = later({ at: due, waitingFor: null }, Math.max(after, spent.lastAt), "interval");
  const braked = later(spaced, brakedUntil(spent, pace, askedAt), "brake");
  const afforded = later(braked, monthUntil(braked.at, spent, pace), "budget");
  return later(afforded, dayUntil(afforded.at, spent, pace), "budget");
};

/**
 * When the pending build may start. A build that a person released waits only for the running build, because the person
 * has seen what it waits for.
 */
export const opening = (pending: Waiting, starts: Starts, pace: Pace | undefined): Opening => {
  const gathered: Opening = { at: pending.notBefore, waitingFor: null };
  if (pace === undefined || pending.released === true) return gathered;
  const ripe = Math.min(pending.at + quietOf(pace, starts.habit), pending.filledAt + pace.maxWait);
  const due = Math.max(pending.notBefore, ripe);
  const allowed = gate(due, starts, pace, pending.at);
  if (allowed.waitingFor !== null) return allowed;
  return due > pending.notBefore ? { at: due, waitingFor: "quiet" } : gathered;
};

type Row = Pick<Spent, "streak" | "alike" | "likeness" | "braked">;

/**
 * The rows of starts that this start goes on with. A retry (`pending` is null) and a build that heals belong to the start
 * before.
 */
const rowAfter = (spent: Spent | undefined, now: number, pending: Waiting | null): Row => {
  const { streak = 1, alike = 1, braked, lastAt = Number.NEGATIVE_INFINITY, ...former }: Partial<Spent> = spent ?? {};
  const before = defined({ streak, alike, likeness: former.likeness, braked });
  if (pending === null) return before;
  const { causes = [] } = pending;
  const asked = causes.filter(({ again }) => again !== true);
  const [likeness, ...others] = new Set(asked.map((cause) => cause.likeness));
  const like = others.length === 0 ? defined({ likeness }) : {};
  const hasPaused = pending.filledAt - lastAt >= PAUSE || now - pending.at >= PAUSE;
  if (hasPaused || pending.released === true) return like;
  if (asked.length === 0 && causes.length > 0) return before;
  const isAlike = like.likeness !== undefined && like.likeness === former.likeness;
  return { ...like, streak: streak + 1, ...(isAlike ? { alike: alike + 1 } : {}), ...defined({ braked }) };
};

/** Counts a start of the pending build, or of a retry. */
export const spend = (spent: Spent | undefined, now: number, pending: Waiting | null = null): Spent => {
  const at = Math.max(now, spent?.lastAt ?? 0);
  const [day, month] = [dayOf(at), monthOf(at)];
  const { streak: _streak, alike: _alike, likeness: _likeness, braked: _braked, ...rest }: Partial<Spent> = spent ?? {};
  return {
    ...rest,
    lastAt: at,
    day,
    today: spent?.day === day ? spent.today + 1 : 1,
    month,
    thisMonth: spent?.month === month ? spent.thisMonth + 1 : 1,
    ...rowAfter(spent, now, pending),
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
