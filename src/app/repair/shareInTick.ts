import { monthOf } from "../../core/usage/calendar.ts";
import { estimateOf } from "../../core/usage/credits.ts";
import { chargedIn, monthName } from "../../core/usage/usage.ts";
import type { CreditsNote, DrainHint } from "../stored/drainHint.ts";
import type { Findings } from "./findings.ts";
import { isCounted, SHARDS } from "./shards.ts";
import { plannedCredits, type Spending, shareBuilds } from "./shareBuilds.ts";
import { BOUNDS, reportTrouble, type Tick } from "./tick.ts";

/** Whether all shards must be opened to share builds: the last ones were not all stored, or the plan has changed since. */
export const mustShareAnew = async ({ deps, hint, now }: Tick): Promise<boolean> => {
  if (hint.sharesAnew === true) return true;
  const notes = hint.shards ?? [];
  const hasShares = notes.some((note) => note?.spent?.month === monthOf(now) && note.spent.sites > 0);
  if (!hasShares || notes.some((note) => note?.spent === undefined)) return false;
  try {
    return (await plannedCredits(deps)) !== hint.sharedCredits;
  } catch (error) {
    reportTrouble(deps, "shares", error);
    return false;
  }
};

/** What each document spent in this month, as far as it was read in this month. */
const creditNotes = ({ shards, now }: Tick): ReadonlyMap<string, CreditsNote> => {
  const seen = [...shards.values()].flatMap((shard) => [...shard.seen]);
  return new Map(
    seen.flatMap(([key, { credits }]) => (credits?.month === monthOf(now) ? [[key, credits] as const] : [])),
  );
};

/** What the system spent this month besides the documents of the shards that were read. */
const spentElsewhere = ({ hint, shards, usage, now }: Tick): Spending => {
  // Ticks, and documents that are gone.
  const rest = usage[monthName(monthOf(now))] ?? {};
  const { builds } = chargedIn(rest, false);
  const sum = { running: estimateOf(rest).running, builds, reserved: builds, sites: 0 };
  for (const [index, note] of (hint.shards ?? []).entries()) {
    if (shards.has(index) || note?.spent?.month !== monthOf(now)) continue;
    sum.running += note.spent.running;
    sum.builds += note.spent.builds;
    sum.reserved += note.spent.reserved;
    sum.sites += note.spent.sites;
  }
  return sum;
};

/**
 * Whether it is noted what all documents spent. The hint of a small system always has it; one of the release before that
 * has shards does not, until each document is looked at.
 */
const isAllCounted = ({ hint, shards, isSmall }: Tick): boolean =>
  isSmall ||
  ((hint.shards ?? []).every((note, index) => shards.has(index) || note?.spent !== undefined) &&
    [...shards.values()].every(({ seen }) => [...seen.values()].every(isCounted)));

/**
 * Shares the month's builds if it is known what was spent, and notes whether the next tick must open all shards for that.
 * Returns the hint; null: another tick has written one. Throws `StoreUnavailable`.
 */
export const shareInTick = async (
  tick: Tick,
  found: DrainHint | null,
  findings: Findings,
): Promise<DrainHint | null> => {
  if (!isAllCounted(tick)) return found;
  const isLate = (): boolean => tick.elapsed() >= BOUNDS.visits;
  const shared = await shareBuilds(tick.deps, creditNotes(tick), spentElsewhere(tick), isLate);
  if (shared === null || found === null || tick.isSmall) return found;
  const sharesAnew = shared.isDone ? undefined : true;
  const sharedCredits = tick.shards.size === SHARDS ? shared.credits : found.sharedCredits;
  if (found.sharesAnew === sharesAnew && found.sharedCredits === sharedCredits) return found;
  const hint = { ...found, sharesAnew, sharedCredits };
  return (await findings.note(hint)) ? hint : null;
};
