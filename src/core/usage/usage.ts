import { z } from "zod/mini";
import { USAGE_MONTHS } from "../limits.ts";
import { monthOf } from "./calendar.ts";
import { addTimes } from "./liveTimes.ts";

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
] as const;
type Count = (typeof COUNTS)[number];

/** Counts to add to a month. */
export type Added = Partial<Record<Count, number | undefined>> & { readonly live?: readonly number[] | undefined };

const count = z.optional(z.number());

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
  /** How long publishes took until their builds were live: a histogram (`LIVE_BOUNDS`). */
  live: z.optional(z.array(z.number())),
} satisfies Record<Count, typeof count> & Record<"live", z.ZodMiniType>);
export type Counts = z.infer<typeof countsSchema>;

/** Counts by month (`2026-11`); the newest months are kept. */
export const usageSchema = z.record(z.string(), countsSchema);
export type Usage = z.infer<typeof usageSchema>;

/** The name of a month (`2026-11`), from its number (`monthOf`). */
export const monthName = (month: number): string =>
  `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;

/** The number of a month (`monthOf`), from its name (`2026-11`). */
export const monthNumber = (name: string): number => Number(name.slice(0, -3)) * 12 + Number(name.slice(-2)) - 1;

/** The sum of two counts, none below zero. Fields of a later release stay as they are in `counts`. */
export const sumCounts = (counts: Counts, more: Added): Counts => {
  const sum: Counts = { ...counts };
  for (const name of COUNTS) {
    const added = more[name] ?? 0;
    if (added !== 0) sum[name] = Math.max((counts[name] ?? 0) + added, 0);
  }
  if (more.live !== undefined) sum.live = addTimes(counts.live ?? [], more.live);
  return sum;
};

/** Adds counts to a month (`monthOf`). The oldest month is dropped when there are too many. */
export const countIn = (usage: Usage | undefined, month: number, more: Added): Usage => {
  const name = monthName(month);
  const known = usage ?? {};
  const months = { ...known, [name]: sumCounts(known[name] ?? {}, more) };
  const newestMonths = Object.keys(months).sort().slice(-USAGE_MONTHS);
  return Object.fromEntries(Object.entries(months).filter(([one]) => newestMonths.includes(one)));
};

/** Adds counts to the month of a moment (ms). */
export const countAt = (usage: Usage | undefined, now: number, more: Added): Usage =>
  countIn(usage, monthOf(now), more);

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
