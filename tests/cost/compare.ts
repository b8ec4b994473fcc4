import { MINUTE, SECOND } from "../../src/core/durations.ts";
import { DEFAULT } from "../../src/core/site/pacing.ts";
import { presetNames } from "../../src/core/slot/pace.ts";
import { billOf } from "../../src/core/usage/credits.ts";
import { liveAt, runQueue } from "./buildQueue.ts";
import { MONTH } from "./liveMonth.ts";
import type { Profile, Publishes } from "./profiles.ts";
import { siteMonth } from "./siteMonth.ts";

/** The months of one profile under one rule, in builds, credits and seconds. */
export interface Row {
  readonly name: string;
  readonly default?: true;
  /** Of the middle month. */
  readonly builds: number;
  readonly credits: number;
  /** Of the month that costs most. */
  readonly monthCredits: number;
  /** From the publish that somebody waits for until it is live. */
  readonly liveP50: number;
  readonly liveP95: number;
  readonly liveWorst: number;
  /** From each publish until it is live, also from those that a later one of the same sitting follows. */
  readonly publishP50: number;
}

export interface Compared {
  readonly name: string;
  readonly machine: boolean;
  readonly rows: readonly Row[];
}

export interface Terms {
  readonly seeds: number;
  /** How long a build takes (ms). */
  readonly takes: number;
  readonly buildCredits: number;
  readonly tickEvery: number;
  /** Whether nothing is known of the editors; otherwise the site knows them from the month before. */
  readonly isFirst: boolean;
}

/** What other products offer: a build when nothing came for a minute. */
const DEBOUNCE = MINUTE;
/** In the optimum no publish waits longer than this for the beginning of its build. */
export const LONGEST = 10 * MINUTE;

/** When a debounce starts builds: each time that nothing came for a while. */
export const debounced = (publishes: readonly number[], quiet: number): number[] =>
  publishes
    .filter((at, index) => (publishes[index + 1] ?? Number.POSITIVE_INFINITY) > at + quiet)
    .map((at) => at + quiet);

/**
 * The fewest builds with which no publish waits longer than `longest` for the beginning of its build, each as early as
 * possible. One who knows what will come takes the first publish that is not built and everything until `longest` after it:
 * no plan with fewer builds can serve the first publishes of these groups, since any two are further apart than one build spans.
 */
export const fewestBuilds = (publishes: readonly number[], longest: number): number[] => {
  const builds: number[] = [];
  let first = Number.NEGATIVE_INFINITY;
  for (const at of publishes) {
    if (at <= first + longest) builds.pop();
    else first = at;
    builds.push(at);
  }
  return builds;
};

interface Lived {
  readonly builds: number;
  readonly credits: number;
  /** Sorted (ms). */
  readonly waits: readonly number[];
  /** From each publish (ms). */
  readonly allWaits: readonly number[];
}

const lived = (
  { at: publishes, awaited }: Publishes,
  hooks: readonly number[],
  { takes, buildCredits }: Terms,
  running: number,
): Lived => {
  const ran = runQueue(hooks, takes);
  const builds = ran.filter(({ began }) => began < MONTH).length;
  const waitsOf = (times: readonly number[]): number[] => times.map((at) => liveAt(ran, at) - at).sort((a, b) => a - b);
  const waits = waitsOf(awaited);
  const allWaits = awaited === publishes ? waits : waitsOf(publishes);
  return { builds, credits: running + builds * buildCredits, waits, allWaits };
};

const middle = (numbers: readonly number[], share = 0.5): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
};

const rowOf = (name: string, months: readonly Lived[]): Row => {
  const waits = months.flatMap((month) => month.waits);
  const seconds = (share: number): number => Math.round(middle(waits, share) / SECOND);
  return {
    name,
    ...(name === DEFAULT ? { default: true as const } : {}),
    builds: middle(months.map(({ builds }) => builds)),
    credits: Math.round(middle(months.map(({ credits }) => credits))),
    monthCredits: Math.round(Math.max(...months.map(({ credits }) => credits))),
    liveP50: seconds(0.5),
    liveP95: seconds(0.95),
    liveWorst: seconds(1),
    publishP50: Math.round(middle(months.flatMap(({ allWaits }) => allWaits)) / SECOND),
  };
};

/** The months of a profile under each rule: Netlify's own queue, a debounce, the optimum, and each preset. */
export const compare = (profile: Profile, terms: Terms): Compared => {
  const { seeds, tickEvery, isFirst } = terms;
  const months = Array.from({ length: seeds }, (_, seed) => profile.publishes(seed + 1));
  const before = isFirst ? [] : months.map((_, seed) => profile.publishes(seed + 1001));
  const bare = (hooks: (at: readonly number[]) => readonly number[]) =>
    months.map((month) => lived(month, hooks(month.at), terms, 0));
  const paced = presetNames.map((preset) => {
    const pacing = preset === DEFAULT ? {} : { preset };
    const lives = months.map((month, seed) => {
      const life = { tickEvery, length: MONTH };
      const { habit } = siteMonth(before[seed]?.at ?? [], pacing, life);
      const { hooks, counted } = siteMonth(month.at, pacing, { ...life, habit, likeness: month.likeness });
      return lived(month, hooks, terms, billOf({ ...counted, builds: 0 }).running);
    });
    return rowOf(preset, lives);
  });
  const rows = [
    rowOf(
      "hook",
      bare((at) => at),
    ),
    rowOf(
      "debounce",
      bare((at) => debounced(at, DEBOUNCE)),
    ),
    rowOf(
      "optimum",
      bare((at) => fewestBuilds(at, LONGEST)),
    ),
    ...paced,
  ];
  return { name: profile.name, machine: profile.machine, rows };
};
