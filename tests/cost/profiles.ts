import { DAY, HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { Prng } from "../simulate/world/prng.ts";
import { editorsMonth } from "./editorsMonth.ts";

/** What somebody publishes in a month, from the first of the month (ms). */
export interface Publishes {
  readonly at: readonly number[];
  /** The publishes after which somebody waits for the site: the last of each sitting; all where no person waits. */
  readonly awaited: readonly number[];
  /** What all bodies are like; absent: each says something else. */
  readonly likeness?: number;
}

export interface Profile {
  readonly name: string;
  readonly is: string;
  /** No person waits. */
  readonly machine: boolean;
  /** People who mostly publish once and leave. */
  readonly lone?: boolean;
  publishes(seed: number): Publishes;
}

const sorted = (times: readonly number[]): readonly number[] => [...times].sort((a, b) => a - b);

/** Publishes of sittings; somebody waits for the last of each. */
const bySitting = (sittings: readonly (readonly number[])[]): Publishes => ({
  at: sorted(sittings.flat()),
  awaited: sorted(sittings.flatMap((times) => times.slice(-1))),
});

/** Publishes from `begin` on, with these pauses between them. */
const series = (begin: number, count: number, pause: () => number): number[] => {
  const times = [begin];
  while (times.length < count) times.push((times.at(-1) ?? begin) + pause());
  return times;
};

/** A moment of a working hour on a day. */
const workingHour = (chance: Prng, day: number): number =>
  day * DAY + chance.int(8, 17) * HOUR + chance.int(0, 59) * MINUTE + chance.int(0, 59) * SECOND;

/** So many days of the first 28, about equally far apart. */
const daysOf = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor((index * 28) / count));

const blogger = (seed: number): Publishes => {
  const chance = new Prng(seed);
  return bySitting(
    daysOf(10).map((day) =>
      series(workingHour(chance, day), chance.chance(0.1) ? 2 : 1, () => chance.int(60, 240) * SECOND),
    ),
  );
};

const newsroom = (seed: number): Publishes => {
  const chance = new Prng(seed);
  const pause = (): number =>
    chance.weighted([
      [3, chance.int(5, 40)],
      [2, chance.int(40, 90)],
    ]) * SECOND;
  const sittings = daysOf(12).flatMap((day) => {
    const begin = workingHour(chance, day);
    const own = series(begin, chance.int(3, 7), pause);
    // A colleague publishes at the same time.
    const other = series(begin + chance.int(10, 150) * SECOND, chance.int(1, 4), pause);
    return chance.chance(0.35) ? [own, other] : [own];
  });
  return bySitting(sittings);
};

const importer = (seed: number): Publishes => {
  const chance = new Prng(seed);
  const at = Array.from({ length: 30 }, (_, day) =>
    series(day * DAY + 2 * HOUR, chance.int(40, 80), () => chance.int(3, 12) * SECOND),
  ).flat();
  return { at, awaited: at };
};

const autosaving = (seed: number): Publishes => {
  const chance = new Prng(seed);
  return bySitting(
    daysOf(8).map((day) => series(workingHour(chance, day), chance.int(15, 25), () => chance.int(20, 40) * SECOND)),
  );
};

const release = (seed: number): Publishes => {
  const chance = new Prng(seed);
  return bySitting(
    daysOf(6).map((day) => {
      const entries = series(workingHour(chance, day), 200, () => chance.int(200, 500));
      const mends = chance.chance(0.3) ? chance.int(1, 2) : 0;
      return [
        ...entries,
        ...series((entries.at(-1) ?? 0) + chance.int(40, 140) * SECOND, mends, () => 90 * SECOND).slice(0, mends),
      ];
    }),
  );
};

/** Every three minutes for a month, as a CMS that takes no answer for success. */
const broken = (seed: number): Publishes => {
  const chance = new Prng(seed);
  const at = series(chance.int(0, 60) * MINUTE, 14_000, () => chance.int(178, 184) * SECOND);
  return { at, awaited: at, likeness: 1 };
};

/** The months that pacings are compared on. Each fits a team of few people on a Free plan, if its builds are few. */
export const profiles: readonly Profile[] = [
  {
    name: "editor",
    is: "40 clicks in 12 sittings",
    machine: false,
    publishes: (seed) => bySitting(editorsMonth(40, 12, seed)),
  },
  { name: "lone blogger", is: "10 posts; one in ten is mended", machine: false, lone: true, publishes: blogger },
  {
    name: "newsroom",
    is: "12 sittings of 3 to 7 publishes, a third with a colleague",
    machine: false,
    publishes: newsroom,
  },
  {
    name: "autosaving CMS",
    is: "8 sittings of 10 minutes, saved every 20 to 40 seconds",
    machine: false,
    publishes: autosaving,
  },
  { name: "release", is: "6 releases of 200 entries; a third are mended", machine: false, publishes: release },
  { name: "bulk importer", is: "60 entries in 8 minutes, every night", machine: true, publishes: importer },
  { name: "broken sender", is: "the same publish every three minutes, all month", machine: true, publishes: broken },
];
