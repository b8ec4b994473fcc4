import pLimit from "p-limit";
import { DAY } from "../../core/durations.ts";
import { madeAt } from "../../core/madeAt.ts";
import type { KeepLimits } from "../../core/retention.ts";
import { dayStart } from "../../core/usage/calendar.ts";
import { AUDIT, BUILDS, DELIVERIES, gatheredIn, PROOFS, recordId, SUMMARIES, SYNCS } from "../../store/keys.ts";
import type { Archive, Entry } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { moveToDays } from "./moveToDays.ts";

/** How many records one tick, or one delivery, removes at most. */
export const REMOVED_AT_ONCE = 200;
const PARALLEL = 16;

/** Removes the first of these records. Returns whether there are more. */
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

/**
 * The records of one log to remove, oldest first: those beyond the number or the days that are kept. A record of several
 * deliveries counts as so many, and stays while one of them is kept.
 */
const beyond = (sorted: readonly Dated[], kept: KeepLimits, now: number): string[] => {
  const old: string[] = [];
  let newer = 0;
  let last: string | null = null;
  for (const { key, id, at } of sorted.toReversed()) {
    if (newer >= kept.count || (at !== null && now - at > kept.days * DAY)) old.push(key);
    // A record that is being moved stands under two keys.
    if (id !== last) newer += gatheredIn(key).count;
    last = id;
  }
  return old.reverse();
};

const keysBelow = (log: string, listed: readonly Entry[]): string[] =>
  listed.map(({ key }) => key).filter((key) => !key.slice(log.length).includes("/"));

/** Cuts the log of one layer or site. Returns whether there is more to cut. */
const cutLog = async ({ archive, retention, clock }: Deps, log: string): Promise<boolean> => {
  const listed = await archive.list(log);
  const sorted = dated(listed.map(({ key }) => key));
  if (log.startsWith(DELIVERIES) || log.startsWith(PROOFS))
    return remove(archive, beyond(sorted, retention.deliveries, clock.now()));
  // The newest record stays, however far ahead the clock is. Deliveries and proofs hold facts about publishes and are
  // removed in any case.
  const newest = sorted.reduce((latest, { at }) => Math.max(latest, at ?? 0), 0);
  const now = Math.min(clock.now(), newest + retention.syncs.days * DAY);
  const old = beyond(sorted, retention.syncs, now);
  if (old.length > 0) return remove(archive, old);
  return moveToDays(archive, log, keysBelow(log, listed));
};

/**
 * Removes records of the oldest day of the audit log. Returns whether there is more to remove. The newest day stays, so
 * that a wrong clock does not empty the log.
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
  if (oldest === undefined) return moveToDays(archive, AUDIT, keys);
  const { keys: entries } = await archive.children(`${AUDIT}${oldest.name}/`);
  return (await remove(archive, entries)) || next !== undefined;
};

/**
 * Removes a bounded number of remembered summaries at other keys than `kept`: while there were more or fewer documents,
 * more or fewer shards held them. Throws `StoreUnavailable`.
 */
export const cutSummaries = async (archive: Archive, kept: readonly string[]): Promise<void> => {
  const current = new Set(kept);
  const listed = await archive.list(SUMMARIES);
  await remove(
    archive,
    listed.map(({ key }) => key).filter((key) => !current.has(key)),
  );
};

/** The kinds of logs, in the order in which they are cut. */
const HOLDERS = [BUILDS, DELIVERIES, PROOFS, SYNCS];

/**
 * The prefix of the log after `after` (null: the first log); null: `after` was the last. Includes the logs of deleted
 * layers and sites. Throws `StoreUnavailable`.
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

/**
 * Cuts one log by a bounded number of records. If nothing is too old, moves records of the release before to their days.
 * Returns whether there is more to do. Throws `StoreUnavailable`.
 */
export const cut = (deps: Deps, log: string): Promise<boolean> => (log === AUDIT ? cutAudit(deps) : cutLog(deps, log));

/**
 * Runs after some deliveries. If today's deliveries alone exceed the limit, removes older ones and the oldest of today.
 * Never lists a whole log. Throws `StoreUnavailable`.
 */
export const cutNewestDay = async ({ archive, retention, clock }: Deps, log: string): Promise<void> => {
  const { keys, folders } = await archive.children(log);
  const days = folders.filter((name) => dayStart(name) !== null).sort();
  const newest = days.at(-1);
  if (newest === undefined) return;
  const today = dated((await archive.children(`${log}${newest}/`)).keys);
  const held = today.reduce((sum, { key }) => sum + gatheredIn(key).count, 0);
  if (held < retention.deliveries.count) return;
  const [oldest = newest] = days;
  const older = keys.length > 0 || oldest === newest ? keys : (await archive.children(`${log}${oldest}/`)).keys;
  const ofToday = beyond(today, { ...retention.deliveries, days: Number.POSITIVE_INFINITY }, clock.now());
  await remove(archive, [...older, ...ofToday]);
};
