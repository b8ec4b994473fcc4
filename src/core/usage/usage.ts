import { z } from "zod/mini";
import { DAILY_MONTHS, USAGE_MONTHS } from "../limits.ts";
import { dayOf, monthOf, monthStart } from "./calendar.ts";

const COUNTS = [
  /** Requests of any kind that were written to the slot. */
  "asked",
  /** The deliveries among `asked`. */
  "deliveries",
  /** The requests among `asked` that joined a pending sync. */
  "coalesced",
  /** Claims of a pending sync. */
  "started",
  /** Syncs whose every part succeeded and said that nothing had changed. */
  "unchanged",
  /** Started builds that cost credits, without those that were refused. */
  "builds",
  /** How long workers attended runs or waited for editors (ms). */
  "worked",
  /** Ticks of the drain. */
  "ticks",
  /** Of a site: publishes whose build is over. */
  "publishes",
  /** Of a site: builds that these publishes saved. */
  "saved",
  /**
   * Of `builds` and of what is saved: those of the times when the site's build hook had the other kind. In a tombstone and
   * in sums, those of another service.
   */
  "otherBuilds",
  "otherSaved",
] as const;
type Count = (typeof COUNTS)[number];

const LISTS = ["live", "deliveriesByDay", "buildsByDay"] as const;
type List = (typeof LISTS)[number];

/** Counts to add to a month. */
export type Added = Partial<Record<Count, number | undefined>> & Partial<Record<List, readonly number[] | undefined>>;

const count = z.optional(z.number());
const list = z.optional(z.array(z.number()));

/**
 * The counts of one UTC month; absent: none. Each count is part of a write that happens anyway. A delivery that is
 * answered from a read alone is not counted, because counting it would cost the write that the read saves.
 */
export const countsSchema = z.looseObject({
  asked: count,
  deliveries: count,
  coalesced: count,
  started: count,
  unchanged: count,
  builds: count,
  worked: count,
  ticks: count,
  publishes: count,
  saved: count,
  otherBuilds: count,
  otherSaved: count,
  /** How long publishes took until their builds were live: a histogram (`LIVE_BOUNDS`). */
  live: list,
  /** `deliveries` and `builds` of each UTC day of the month, from the first on. Kept for the newest months (`DAILY_MONTHS`). */
  deliveriesByDay: list,
  buildsByDay: list,
} satisfies Record<Count, typeof count> & Record<List, typeof list>);
export type Counts = z.infer<typeof countsSchema>;

/** Counts by month (`2026-11`); the newest months are kept. */
export const usageSchema = z.record(z.string(), countsSchema);
export type Usage = z.infer<typeof usageSchema>;

/** The name of a month (`2026-11`), from its number (`monthOf`). */
export const monthName = (month: number): string =>
  `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;

/** The number of a month (`monthOf`), from its name (`2026-11`). */
export const monthNumber = (name: string): number => Number(name.slice(0, -3)) * 12 + Number(name.slice(-2)) - 1;

/** The sum of two lists of counts, place by place, none below zero. */
export const addLists = (counts: readonly number[], more: readonly number[]): number[] =>
  Array.from({ length: Math.max(counts.length, more.length) }, (_, at) =>
    Math.max((counts[at] ?? 0) + (more[at] ?? 0), 0),
  );

/** The sum of two counts, none below zero. Fields of a later release stay as they are in `counts`. */
export const sumCounts = (counts: Counts, more: Added): Counts => {
  const sum: Counts = { ...counts };
  for (const name of COUNTS) {
    const added = more[name] ?? 0;
    if (added !== 0) sum[name] = Math.max((counts[name] ?? 0) + added, 0);
  }
  for (const name of LISTS) {
    const added = more[name];
    if (added !== undefined) sum[name] = addLists(counts[name] ?? [], added);
  }
  return sum;
};

/** Whether the release before made builds of this month: it counted no days. */
const hasUndatedBuilds = ({ builds = 0, buildsByDay = [] }: Counts): boolean =>
  builds > buildsByDay.reduce((sum, day) => sum + day, 0);

/**
 * How many builds a site's month saved. What only the release before has counted knows how many requests merged in the
 * site's slot.
 */
export const savedIn = (counts: Counts): number =>
  counts.publishes === undefined && hasUndatedBuilds(counts) ? (counts.coalesced ?? 0) : (counts.saved ?? 0);

/** How many of a site's builds, and of the builds that it saved, cost credits at Netlify or would have. */
export const chargedIn = (counts: Counts, isOther: boolean): { readonly builds: number; readonly saved: number } => {
  const of = (all: number, other = 0): number => (isOther ? Math.min(other, all) : Math.max(all - other, 0));
  return { builds: of(counts.builds ?? 0, counts.otherBuilds), saved: of(savedIn(counts), counts.otherSaved) };
};

/** The builds of each day that cost credits. Of a site that had both kinds in this month, each day has an equal share. */
export const chargedByDay = (counts: Counts, isOther: boolean): number[] => {
  const part = chargedIn(counts, isOther).builds / Math.max(counts.builds ?? 0, 1);
  return (counts.buildsByDay ?? []).map((builds) => builds * part);
};

/**
 * The counts of a site whose build hook gets the other kind. What its builds cost stays, because it was fixed when they
 * were made.
 */
export const withOtherKind = (usage: Usage): Usage =>
  Object.fromEntries(
    Object.entries(usage).map(([month, counts]) => {
      const { otherBuilds: _builds, otherSaved: _saved, ...rest } = counts;
      const { builds, saved } = chargedIn(counts, false);
      return [month, { ...rest, ...(builds > 0 && { otherBuilds: builds }), ...(saved > 0 && { otherSaved: saved }) }];
    }),
  );

/**
 * The counts of a month without those by day, which would make every document long. Without its days, a month whose builds
 * were for no publish looks like one of the release before, so it keeps that there was none.
 */
const withoutDays = (counts: Counts): Counts => {
  const { deliveriesByDay: _deliveries, buildsByDay = [], ...rest } = counts;
  return buildsByDay.length === 0 || hasUndatedBuilds(counts) ? rest : { publishes: 0, ...rest };
};

/** Adds counts to a month (`monthOf`). The oldest month is dropped when there are too many. */
export const countIn = (usage: Usage | undefined, month: number, more: Added): Usage => {
  const name = monthName(month);
  const known = usage ?? {};
  const months = { ...known, [name]: sumCounts(known[name] ?? {}, more) };
  const newestMonths = Object.keys(months).sort().slice(-USAGE_MONTHS);
  const daily = newestMonths.slice(-DAILY_MONTHS);
  return Object.fromEntries(
    Object.entries(months)
      .filter(([one]) => newestMonths.includes(one))
      .map(([one, counts]) => [one, daily.includes(one) ? counts : withoutDays(counts)]),
  );
};

/** A count of one UTC day (`dayOf`) in a list of its month's days. */
const onDay = (day: number, month: number, counted: number): number[] => {
  const at = day - dayOf(monthStart(month));
  return Array.from({ length: at + 1 }, (_, index) => (index === at ? counted : 0));
};

/** Adds counts to the month of a moment (ms). */
export const countAt = (usage: Usage | undefined, now: number, more: Added): Usage =>
  countIn(usage, monthOf(now), more);

/** Counts a request that was written to the slot at a moment (ms), and its day if it is a delivery. */
export const countRequest = (
  usage: Usage | undefined,
  now: number,
  { isDelivery, isMerged }: { readonly isDelivery: boolean; readonly isMerged: boolean },
): Usage => {
  const month = monthOf(now);
  const delivered = isDelivery ? { deliveries: 1, deliveriesByDay: onDay(dayOf(now), month, 1) } : {};
  return countIn(usage, month, { asked: 1, coalesced: isMerged ? 1 : 0, ...delivered });
};

/** Counts a start that costs credits on its UTC day (`dayOf`), or takes it back. */
export const countBuild = (
  usage: Usage | undefined,
  { day, month }: { readonly day: number; readonly month: number },
  builds: 1 | -1,
): Usage => {
  const next = countIn(usage, month, { builds, buildsByDay: onDay(day, month, builds) });
  const { builds: left = 0, otherBuilds = 0 } = next[monthName(month)] ?? {};
  // A start that is taken back was made before the kind changed.
  return otherBuilds > left ? countIn(next, month, { otherBuilds: left - otherBuilds }) : next;
};

/**
 * Counts publishes whose build of a site is over, and the builds that they saved: a bare build hook builds once for each
 * publish, and this build took so many attempts. What waits or runs saves nothing yet, and what was built for no publish
 * takes nothing away, so the number never falls, in whatever order builds end. In the month of an update it begins with what
 * the release before called saved.
 */
export const countBuilt = (
  usage: Usage | undefined,
  month: number,
  { publishes, attempts }: { readonly publishes: number; readonly attempts: number },
): Usage => {
  const counts = usage?.[monthName(month)] ?? {};
  const saved = Math.max(publishes - attempts, 0);
  const before = counts.publishes === undefined ? savedIn(counts) : 0;
  return countIn(usage, month, { publishes, saved: Math.max(saved, before) });
};

/** Adds two usages month by month. */
export const sumUsage = (usage: Usage | undefined, more: Usage | undefined): Usage =>
  Object.entries(more ?? {}).reduce<Usage>(
    (sum, [name, counts]) => countIn(sum, monthNumber(name), counts),
    usage ?? {},
  );

/**
 * Counts how long a worker attended the sources of a run that it now leaves, if one did. The time for the sites is too
 * short to count.
 */
export const countWork = (
  usage: Usage | undefined,
  run: { readonly by: string | null; readonly phase: string; readonly startedAt: number },
  until: number,
): { usage?: Usage } => {
  const worked = Math.max(until - run.startedAt, 0);
  return run.by === null || run.phase !== "sources" || worked === 0 ? {} : { usage: countAt(usage, until, { worked }) };
};
