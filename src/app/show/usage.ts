import { type Counts, chargedByDay, chargedIn, sumCounts } from "../../core/usage/usage.ts";
import { LAYERS, SITES } from "../../store/keys.ts";
import type { Entry } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { readDrainHint } from "../stored/drainHint.ts";
import { listDocuments, summarize } from "./summaries.ts";
import { countsOfMonth, type UsageSummary, usageSummaries } from "./usageSummaries.ts";

/** The counts of one layer or site in a month. */
export interface DocumentUsage {
  readonly id: string;
  /** Null: the layer or site was deleted. */
  readonly name: string | null;
  /** Whether another service makes its builds now. A deleted site's counts say which of its builds were of another one. */
  readonly isForeign: boolean;
  readonly counts: Counts;
}

export interface SystemUsage {
  readonly layers: readonly DocumentUsage[];
  readonly sites: readonly DocumentUsage[];
  /** What belongs to no layer or site: ticks, and counts of those that are gone. */
  readonly rest: Counts;
  /** The sum of all. */
  readonly total: Counts;
  /** The same without the builds that cost no credits. */
  readonly charged: Counts;
  /** False: a document could not be read, or was left out, so its counts are missing. */
  readonly complete: boolean;
  /** How many documents were left out, because more had changed than one request reads. */
  readonly left: number;
}

/** What the usage of a month is made of. Equal sources have equal usages. */
export interface UsageSources {
  readonly listed: readonly Entry[];
  readonly rest: Counts;
}

/** Costs two lists and a read. Throws `StoreUnavailable`. */
export const usageSources = async (deps: Deps, month: string): Promise<UsageSources> => {
  const [listed, { hint }] = await Promise.all([listDocuments(deps), readDrainHint(deps)]);
  return { listed, rest: hint.usage?.[month] ?? {} };
};

const usageIn = (id: string, summary: UsageSummary, month: string): DocumentUsage[] => {
  if (summary.kind === "unreadable") return [];
  const counts = countsOfMonth(summary.usage, month);
  if (summary.kind === "living") {
    return [{ id, name: summary.name, isForeign: summary.isForeign, counts: counts ?? {} }];
  }
  return counts === undefined ? [] : [{ id, name: null, isForeign: false, counts }];
};

/**
 * The counts of a UTC month (`2026-11`), by layer and by site, those of deleted ones too. Reads what is remembered of the
 * documents, and those that have changed since. Throws `StoreUnavailable`.
 */
export const usageOf = async (deps: Deps, month: string, { listed, rest }: UsageSources): Promise<SystemUsage> => {
  const { found, left } = await summarize(deps, usageSummaries, listed);
  let complete = left === 0;
  for (const summary of found.values()) {
    if (summary.kind !== "unreadable") continue;
    complete = false;
    deps.report({ kind: "trouble", where: "usage", error: summary.error });
  }
  const below = (prefix: string): DocumentUsage[] =>
    [...found]
      .flatMap(([key, summary]) => (key.startsWith(prefix) ? usageIn(key.slice(prefix.length), summary, month) : []))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
  const [layers, sites] = [below(LAYERS), below(SITES)];
  const total = [...layers, ...sites].reduce((sum, { counts }) => sumCounts(sum, counts), rest);
  const charged = [{ counts: rest, isForeign: false }, ...sites].reduce<Counts>(
    (sum, { counts, isForeign }) =>
      sumCounts(sum, {
        builds: chargedIn(counts, isForeign).builds,
        buildsByDay: chargedByDay(counts, isForeign),
      }),
    { ...total, builds: 0, buildsByDay: [] },
  );
  return { layers, sites, rest, total, charged, complete, left };
};
