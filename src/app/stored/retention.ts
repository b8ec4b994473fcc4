import pLimit from "p-limit";
import { DAY } from "../../core/durations.ts";
import { madeAt } from "../../core/madeAt.ts";
import type { Kept } from "../../core/retention.ts";
import { dayStart } from "../../core/usage/calendar.ts";
import { AUDIT, BUILDS, DELIVERIES, recordId, SYNCS } from "../../store/keys.ts";
import type { Archive } from "../../store/store.ts";
import type { Deps } from "../deps.ts";

/** Records that are removed at once, by one tick or after one delivery. */
export const REMOVED_AT_ONCE = 200;
const PARALLEL = 16;

/** Removes the first of these records; whether there are more. */
const remove = async (archive: Archive, keys: readonly string[]): Promise<boolean> => {
  const limit = pLimit(PARALLEL);
  await Promise.all(keys.slice(0, REMOVED_AT_ONCE).map((key) => limit(() => archive.remove(key))));
  return keys.length > REMOVED_AT_ONCE;
};

interface Dated {
  readonly key: string;
  readonly id: string;
  readonly at: number | null;
}

const dated = (keys: readonly string[]): Dated[] =>
  keys
    .map((key) => ({ key, id: recordId(key) }))
    .map((one) => ({ ...one, at: madeAt(one.id) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** The records of one log that are kept no longer, the oldest first. */
const beyond = (sorted: readonly Dated[], kept: Kept, now: number): string[] =>
  sorted
    .filter(({ at }, index) => index < sorted.length - kept.count || (at !== null && now - at > kept.days * DAY))
    .map(({ key }) => key);

/** Cuts the log of one layer or site; whether there is more to cut. */
const cutLog = async ({ archive, retention, clock }: Deps, log: string): Promise<boolean> => {
  const listed = await archive.list(log);
  const sorted = dated(listed.map(({ key }) => key));
  if (log.startsWith(DELIVERIES)) return remove(archive, beyond(sorted, retention.deliveries, clock.now()));
  // The newest stays, however far ahead the clock is. Deliveries tell of senders, and go in any case.
  const newest = sorted.reduce((latest, { at }) => Math.max(latest, at ?? 0), 0);
  const now = Math.min(clock.now(), newest + retention.syncs.days * DAY);
  return remove(archive, beyond(sorted, retention.syncs, now));
};

/**
 * Cuts the audit log by its oldest day; whether there is more to cut. The time is that of the newest day where the clock
 * runs ahead of it: a wrong clock must not empty the log.
 */
const cutAudit = async ({ archive, retention, clock }: Deps): Promise<boolean> => {
  const { keys, folders } = await archive.children(AUDIT);
  const undated = dated(keys);
  const days = folders.flatMap((name) => {
    const start = dayStart(name);
    return start === null ? [] : [{ name, start }];
  });
  const newest = [...undated.map(({ at }) => at ?? 0), ...days.map(({ start }) => start)].reduce(
    (latest, time) => Math.max(latest, time),
    0,
  );
  const span = retention.auditDays * DAY;
  const before = Math.min(clock.now(), newest + span) - span;
  const old = undated.filter(({ at }) => at !== null && at < before).map(({ key }) => key);
  if (old.length > 0) return remove(archive, old);
  const [oldest, next] = days.filter(({ start }) => start + DAY <= before).sort((a, b) => a.start - b.start);
  if (oldest === undefined) return false;
  const { keys: entries } = await archive.children(`${AUDIT}${oldest.name}/`);
  return (await remove(archive, entries)) || next !== undefined;
};

/** The kinds of logs, in the order in which they are cut. */
const HOLDERS = [BUILDS, DELIVERIES, SYNCS];

/**
 * The log that comes after `after` (null: the first one), by its prefix; null: it was the last. Logs of what is deleted are
 * among them. Throws `StoreUnavailable`.
 */
export const nextLog = async (archive: Archive, after: string | null): Promise<string | null> => {
  if (after === null) return AUDIT;
  for (const kind of HOLDERS) {
    // Every log of this kind comes before that one.
    if (`${kind}~` < after) continue;
    const { folders } = await archive.children(kind);
    const [next] = folders
      .map((name) => `${kind}${name}/`)
      .filter((log) => log > after)
      .sort();
    if (next !== undefined) return next;
  }
  return null;
};

/** Cuts one log to what is kept of it, a bounded number of records; whether there is more to cut. Throws `StoreUnavailable`. */
export const cut = (deps: Deps, log: string): Promise<boolean> => (log === AUDIT ? cutAudit(deps) : cutLog(deps, log));

/**
 * Called after some deliveries. If today alone exceeds the limit, removes older records and today's surplus. Never lists a
 * whole log. Throws `StoreUnavailable`.
 */
export const cutNewestDay = async ({ archive, retention }: Deps, log: string): Promise<void> => {
  const { keys, folders } = await archive.children(log);
  const days = folders.filter((name) => dayStart(name) !== null).sort();
  const newest = days.at(-1);
  if (newest === undefined) return;
  const today = dated((await archive.children(`${log}${newest}/`)).keys);
  const spare = today.length - retention.deliveries.count;
  if (spare < 0) return;
  const [oldest = newest] = days;
  const older = keys.length > 0 || oldest === newest ? keys : (await archive.children(`${log}${oldest}/`)).keys;
  await remove(archive, [...older, ...today.slice(0, spare).map(({ key }) => key)]);
};
