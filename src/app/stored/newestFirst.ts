import { DAY, MINUTE } from "../../core/durations.ts";
import { lowestIdAt, madeAt } from "../../core/madeAt.ts";
import { dayStart } from "../../core/usage/calendar.ts";
import { idPrefix, recordId } from "../../store/keys.ts";
import { type Archive, KEYS_A_REQUEST } from "../../store/store.ts";
import type { Deps } from "../deps.ts";

/** The most requests to list that one page makes. A page of sparse records ends there, and its cursor goes on. */
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
  /** The most requests to list. */
  readonly lists?: number;
}

export interface Newest {
  /** Newest first, no id twice. */
  readonly listed: readonly Listed[];
  /** The position down to which the records are complete; null: there are no older ones. */
  readonly floor: string | null;
}

interface Day {
  /** The prefix of the day's keys. */
  readonly prefix: string;
  readonly start: number;
}

const isWithin = (id: string, { before, from, until }: Range): boolean => {
  const at = madeAt(id);
  if (before !== null && id >= before) return false;
  return at === null || ((from === null || at >= from) && (until === null || at < until));
};

/** The days that may hold records within the bounds, newest first. */
const daysOf = (prefix: string, folders: readonly string[], { before, from, until }: Range): Day[] =>
  folders
    .flatMap((name) => {
      const start = dayStart(name);
      return start === null ? [] : [{ prefix: `${prefix}${name}/`, start }];
    })
    .filter(
      ({ start }) =>
        (before === null || lowestIdAt(start) < before) &&
        (from === null || start + DAY > from) &&
        (until === null || start < until),
    )
    .sort((a, b) => b.start - a.start);

/** One search: what it has found, and how many requests it may still make. */
interface Search {
  readonly archive: Archive;
  readonly range: Range;
  readonly now: number;
  note(keys: readonly string[]): void;
  /** Whether the search may stop if its records are complete down to a time (ms). */
  stopsAt(reached: number): boolean;
  left: number;
}

/** The end of what a search may find in a day (ms), excluded. */
const endIn = ({ start }: Day, { range: { before, until }, now }: Search): number => {
  const at = before === null ? null : madeAt(before);
  const below = at === null || before === null ? start + DAY : before <= lowestIdAt(at) ? at : at + 1;
  return Math.min(start + DAY, below, until ?? Number.POSITIVE_INFINITY, now + MINUTE);
};

/** How many requests list one day: a day rarely has so many records, and a full log of deliveries a little over half. */
const REQUESTS_A_DAY = 2;

/** Notes the keys below a prefix, as many as these requests list. Returns whether those are all. */
const listSome = async (search: Search, prefix: string, requests: number): Promise<boolean> => {
  const most = requests * KEYS_A_REQUEST;
  const listed = await search.archive.list(prefix, (keys) => keys >= most);
  search.note(listed.map(({ key }) => key));
  search.left -= Math.max(1, Math.ceil(listed.length / KEYS_A_REQUEST));
  return listed.length < most;
};

/** The hexadecimal digits of a time that tell the widest slices of a day apart (4.7 hours), and single milliseconds. */
const WIDEST = 6;
const NARROWEST = 12;

/**
 * Searches a day of more records than are listed at once. Ids begin with their time in hexadecimal digits, so a prefix
 * of an id lists one slice of the day, in whatever order the store lists. A slice of too many records is cut into sixteen.
 * Records from the future wait until their time has come. Returns the time down to which the day is complete (ms).
 */
const searchSlices = async (search: Search, day: Day): Promise<number> => {
  const crowded = new Set<string>();
  let end = endIn(day, search);
  while (end > day.start && search.left > 0 && !search.stopsAt(end)) {
    let digits = WIDEST;
    while (crowded.has(idPrefix(end - 1, digits))) digits += 1;
    const slice = idPrefix(end - 1, digits);
    const requests = digits < NARROWEST ? 1 : Number.POSITIVE_INFINITY;
    const isComplete = await listSome(search, `${day.prefix}${slice}`, requests);
    if (isComplete) end -= ((end - 1) % 16 ** (NARROWEST - digits)) + 1;
    else crowded.add(slice);
  }
  return Math.max(end, day.start);
};

/**
 * The newest records below a prefix. Lists the prefix once and then only the days it needs, from the newest on, with
 * more days at a time each round, and no more of a day than a page needs. Records that the release before put directly
 * below the prefix are known from the first list. Throws `StoreUnavailable`.
 */
export const newestFirst = async (
  { archive, clock }: Pick<Deps, "archive" | "clock">,
  prefix: string,
  range: Range,
  wanted: Wanted,
): Promise<Newest> => {
  const { enough, reach = Number.POSITIVE_INFINITY, matches = () => true, lists = DAY_LISTS } = wanted;
  const found = new Map<string, Listed>();
  const above = (floor: string | null) => [...found.values()].filter(({ id }) => floor === null || id >= floor);
  const upTo = (floor: string | null): Newest => ({
    listed: above(floor).sort((a, b) => (a.id < b.id ? 1 : -1)),
    floor,
  });
  const search: Search = {
    archive,
    range,
    now: clock.now(),
    left: lists,
    note: (keys) => {
      for (const key of keys) {
        const listed = { id: recordId(key), key };
        if (isWithin(listed.id, range) && matches(listed)) found.set(listed.id, listed);
      }
    },
    stopsAt: (reached) => reached <= reach && above(lowestIdAt(reached)).length >= enough,
  };
  const level = await archive.children(prefix);
  search.note(level.keys);
  const days = daysOf(prefix, level.folders, range);
  for (let batch = 1; ; batch *= 2) {
    const [next] = days;
    if (next === undefined) return upTo(null);
    const end = next.start + DAY;
    if (search.left <= 0 || search.stopsAt(end)) return upTo(lowestIdAt(end));
    const listing = days.splice(0, Math.min(batch, search.left));
    const isComplete = await Promise.all(listing.map((day) => listSome(search, day.prefix, REQUESTS_A_DAY)));
    for (const day of listing.filter((_, index) => isComplete[index] === false)) {
      const reached = await searchSlices(search, day);
      if (reached > day.start) return upTo(lowestIdAt(reached));
    }
  }
};
