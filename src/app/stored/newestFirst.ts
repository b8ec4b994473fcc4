import { DAY } from "../../core/durations.ts";
import { lowestIdAt, madeAt } from "../../core/madeAt.ts";
import { dayStart } from "../../core/usage/calendar.ts";
import { recordId } from "../../store/keys.ts";
import type { Archive } from "../../store/store.ts";

/** The most days that one request lists. A page of sparse records ends there, and its cursor goes on. */
export const DAY_LISTS = 20;

/** A record of the archive: its id and its key. */
export interface Listed {
  readonly id: string;
  readonly key: string;
}

/** The bounds of a search; null: no bound. */
export interface Range {
  /** Only ids below this position. */
  readonly before: string | null;
  /** The start of the period (ms), included. */
  readonly from: number | null;
  /** The end of the period (ms), excluded. */
  readonly until: number | null;
}

export interface Wanted {
  /** The number of records after which the search stops. */
  readonly enough: number;
  /** The time (ms) that the search must reach before it stops. */
  readonly reach?: number;
  /** Leaves out records by their keys. */
  readonly matches?: (listed: Listed) => boolean;
  /** The most days to list. */
  readonly lists?: number;
}

export interface Newest {
  /** Newest first, no id twice. */
  readonly listed: readonly Listed[];
  /** The position down to which the records are complete; null: there are no older ones. */
  readonly floor: string | null;
}

const isWithin = (id: string, { before, from, until }: Range): boolean => {
  const at = madeAt(id);
  if (before !== null && id >= before) return false;
  return at === null || ((from === null || at >= from) && (until === null || at < until));
};

/** When the days begin that may hold records within the bounds, newest first. */
const daysOf = (folders: readonly string[], { before, from, until }: Range): { name: string; start: number }[] =>
  folders
    .flatMap((name) => {
      const start = dayStart(name);
      return start === null ? [] : [{ name, start }];
    })
    .filter(
      ({ start }) =>
        (before === null || lowestIdAt(start) < before) &&
        (from === null || start + DAY > from) &&
        (until === null || start < until),
    )
    .sort((a, b) => b.start - a.start);

/**
 * The newest records below a prefix. Lists the prefix once and then only the days it needs, from the newest on, with
 * more days at a time each round. Records that the release before put directly below the prefix are known from the
 * first list. Throws `StoreUnavailable`.
 */
export const newestFirst = async (archive: Archive, prefix: string, range: Range, wanted: Wanted): Promise<Newest> => {
  const { enough, reach = Number.POSITIVE_INFINITY, matches = () => true, lists = DAY_LISTS } = wanted;
  const found = new Map<string, Listed>();
  const note = (keys: readonly string[]): void => {
    for (const key of keys) {
      const listed = { id: recordId(key), key };
      if (isWithin(listed.id, range) && matches(listed)) found.set(listed.id, listed);
    }
  };
  const level = await archive.children(prefix);
  note(level.keys);
  const days = daysOf(level.folders, range);
  let done = 0;
  for (let batch = 1; ; batch *= 2) {
    const next = days[done];
    const end = next === undefined ? Number.NEGATIVE_INFINITY : next.start + DAY;
    const floor = next === undefined ? null : lowestIdAt(end);
    const listed = [...found.values()].filter(({ id }) => floor === null || id >= floor);
    const more = days.slice(done, Math.min(done + batch, lists));
    if (more.length === 0 || (listed.length >= enough && end <= reach)) {
      return { listed: listed.sort((a, b) => (a.id < b.id ? 1 : -1)), floor };
    }
    const levels = await Promise.all(more.map(({ name }) => archive.children(`${prefix}${name}/`)));
    for (const { keys } of levels) note(keys);
    done += more.length;
  }
};
