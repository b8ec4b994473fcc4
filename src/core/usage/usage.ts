import { z } from "zod/mini";
import { USAGE_MONTHS } from "../limits.ts";
import { monthOf } from "./calendar.ts";

const COUNTS = [
  /** Whatever asked the slot for something, and was written. */
  "asked",
  /** Of these: deliveries. */
  "deliveries",
  /** Of these: what found something pending and became a part of it. */
  "coalesced",
  /** Claims of what was pending. */
  "started",
  /** Syncs of which every part succeeded and said that nothing had changed. */
  "unchanged",
  /** Starts that cost credits, without those that were refused. */
  "builds",
  /** How long workers attended runs, or waited for editors (ms). */
  "worked",
  /** Ticks of the drain. */
  "ticks",
] as const;
type Count = (typeof COUNTS)[number];

/** What is added to the counts of a month. */
export type Added = Partial<Record<Count, number | undefined>>;

const count = z.optional(z.number());

/**
 * What was done in one UTC month. Each count rides on a write that happens anyway: what is answered from a read alone is
 * not counted, or counting would cost the very write that the read saves. Absent: none.
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
} satisfies Record<Count, typeof count>);
export type Counts = z.infer<typeof countsSchema>;

/** Counts by month (`2026-11`), the newest of them. */
export const usageSchema = z.record(z.string(), countsSchema);
export type Usage = z.infer<typeof usageSchema>;

/** A month as it is written, from its number (`monthOf`). */
export const monthName = (month: number): string =>
  `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;

/** The number of a month (`monthOf`) from what is written. */
export const monthNumber = (name: string): number => Number(name.slice(0, -3)) * 12 + Number(name.slice(-2)) - 1;

/** Both counts together, none below zero; what only a later release counts stays as the first has it. */
export const sumCounts = (counts: Counts, more: Added): Counts => {
  const sum: Counts = { ...counts };
  for (const name of COUNTS) {
    const added = more[name] ?? 0;
    if (added !== 0) sum[name] = Math.max((counts[name] ?? 0) + added, 0);
  }
  return sum;
};

/** Counts more in a month (`monthOf`). The oldest month goes when there are too many. */
export const countIn = (usage: Usage | undefined, month: number, more: Added): Usage => {
  const name = monthName(month);
  const known = usage ?? {};
  const months = { ...known, [name]: sumCounts(known[name] ?? {}, more) };
  const kept = Object.keys(months).sort().slice(-USAGE_MONTHS);
  return Object.fromEntries(Object.entries(months).filter(([one]) => kept.includes(one)));
};

/** Counts more in the month of a moment (ms). */
export const countAt = (usage: Usage | undefined, now: number, more: Added): Usage =>
  countIn(usage, monthOf(now), more);

/** Two usages month by month. */
export const sumUsage = (usage: Usage | undefined, more: Usage | undefined): Usage =>
  Object.entries(more ?? {}).reduce<Usage>(
    (sum, [name, counts]) => countIn(sum, monthNumber(name), counts),
    usage ?? {},
  );

/**
 * Counts the time for which a worker attended the sources of a run that it now leaves, if one did. Asking the sites takes
 * no time that is worth counting.
 */
export const countWork = (
  usage: Usage | undefined,
  run: { readonly by: string | null; readonly phase: string; readonly startedAt: number },
  until: number,
): { usage?: Usage } => {
  const worked = Math.max(until - run.startedAt, 0);
  return run.by === null || run.phase !== "sources" || worked === 0 ? {} : { usage: countAt(usage, until, { worked }) };
};
