import pLimit from "p-limit";
import { DAY, HOUR, SECOND } from "../../core/durations.ts";
import { LAYERS, SITES, TOKENS } from "../../store/keys.ts";
import type { Entry } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { listingDigest } from "../listingDigest.ts";
import { type DrainHint, type Rhythm, readDrainHint, rhythmAt } from "../stored/drainHint.ts";
import { cut, cutSummaries, nextLog } from "../stored/retention.ts";
import { summaryKeys } from "../summaryKeys.ts";
import { Findings } from "./findings.ts";
import { planVisits, type Visit } from "./planVisits.ts";
import { openShard, SHARDS, SMALL, shardInHint, shardOf } from "./shards.ts";
import { mustShareAnew, shareInTick } from "./shareInTick.ts";
import { BOUNDS, beginTick, type Drained, reportTrouble, type Tick } from "./tick.ts";
import { visit } from "./visit.ts";

const AT_ONCE = 50;
/**
 * Only a crash right after a change of the settings leaves entries there, so they are not read at every tick (ms). As
 * seldom are old summaries looked for.
 */
const SETTINGS_EVERY = HOUR;

/**
 * How much of a tick is over when the visits of each kind begin no more. What is due comes first, and some of the tick is
 * left for the others however much that is.
 */
const SHARES = [
  ["due", 0.6],
  ["changed", 0.9],
  ["look", 1],
] as const;

/**
 * Cuts one log a tick; a round through all logs begins once a day. The place is saved before the log is cut:
 * if the tick dies, the next tick goes on with the next log. Never throws.
 */
const cutOneLog = async (deps: Deps, hint: DrainHint, findings: Findings): Promise<void> => {
  const now = deps.clock.now();
  const { cutAfter, cutAt } = hint;
  if (cutAfter === undefined && cutAt !== undefined && Math.abs(now - cutAt) < DAY) return;
  try {
    const log = await nextLog(deps.archive, cutAfter ?? null);
    const next = log === null ? { ...hint, cutAfter: undefined, cutAt: now } : { ...hint, cutAfter: log };
    const noted = await findings.note(next);
    if (log !== null && noted && (await cut(deps, log))) await findings.note({ ...hint, cutAfter });
  } catch (error) {
    reportTrouble(deps, "old records", error);
  }
};

/** Removes shards in which another number of documents was remembered. Never throws. */
const cutOldSummaries = async (deps: Deps, documents: number): Promise<void> => {
  try {
    await cutSummaries(deps.archive, summaryKeys(documents));
  } catch (error) {
    reportTrouble(deps, "old summaries", error);
  }
};

interface Listed {
  readonly entries: readonly Entry[];
  /** Whether the list is whole. A slow store may not list everything in time. */
  readonly complete: boolean;
  /** Whether the store gave no list at all. */
  readonly failed: boolean;
}

const listOne = async (tick: Tick, prefix: string): Promise<Listed> => {
  let complete = true;
  const late = (): boolean => {
    complete = tick.elapsed() < BOUNDS.lists;
    return !complete;
  };
  try {
    const entries = await tick.deps.store.list(prefix, late);
    return { entries, complete, failed: false };
  } catch (error) {
    tick.count.failed += 1;
    reportTrouble(tick.deps, `drain of ${prefix}`, error);
    return { entries: [], complete: false, failed: true };
  }
};

const listAll = async (tick: Tick): Promise<Listed> => {
  const lists = await Promise.all([LAYERS, SITES].map((prefix) => listOne(tick, prefix)));
  const entries = lists.flatMap((list) => list.entries);
  tick.count.listed = entries.length;
  return {
    entries,
    complete: lists.every(({ complete }) => complete),
    failed: lists.some(({ failed }) => failed),
  };
};

/** Whether all seen documents stand in the hint. Going back to that from shards takes half as many. */
const isSmall = ({ hint }: Tick, { entries, complete }: Listed): boolean =>
  hint.shards === undefined
    ? Math.max(entries.length, complete ? 0 : Object.keys(hint.seen).length) <= SMALL
    : complete && entries.length <= SMALL / 2;

/** Reads the shards in which something has changed or is due. Returns the listed documents of these. */
const openShards = async (tick: Tick, { entries, complete }: Listed): Promise<readonly Entry[]> => {
  const { deps, hint, now } = tick;
  if (tick.isSmall && hint.shards === undefined) {
    for (let index = 0; index < SHARDS; index += 1) tick.shards.set(index, shardInHint(index, hint.seen));
    return entries;
  }
  const mustRead =
    !complete ||
    tick.isSmall ||
    tick.keyChanged ||
    tick.silentSince !== undefined ||
    Object.keys(hint.seen).length > 0 ||
    (await mustShareAnew(tick));
  const listed = Array.from({ length: SHARDS }, (): Entry[] => []);
  for (const entry of entries) listed[shardOf(entry.key)]?.push(entry);
  const opened = await Promise.all(
    listed.map(async (own, index) => {
      const note = hint.shards?.[index] ?? null;
      const isIdle = note !== null && (note.next ?? now + 1) > now && note.digest === listingDigest(deps, own);
      if (isIdle && !mustRead) return [];
      tick.shards.set(index, await openShard(deps, index, hint.seen));
      return own;
    }),
  );
  return opened.flat();
};

/** Resolves when so much of the tick is over (ms), or at once when `signal` is aborted. */
const alarm = async ({ deps, elapsed }: Tick, at: number, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && elapsed() < at) await deps.clock.sleep(at - elapsed(), signal);
};

/** Visits documents within the bounds of a tick. Returns those that are left. `between` runs after visits. Never throws. */
const visitInTime = async (
  tick: Tick,
  visits: Readonly<Record<(typeof SHARES)[number][0], readonly Visit[]>>,
  between: (left: number) => Promise<void>,
): Promise<ReadonlySet<Visit>> => {
  const begins = tick.elapsed();
  const ends = Math.max(BOUNDS.visits, begins + BOUNDS.visitsAtLeast);
  const mayBegin = (share: number): boolean =>
    tick.elapsed() < begins + share * (ends - begins) &&
    tick.count.read < share * BOUNDS.reads &&
    tick.characters < share * BOUNDS.characters;
  const left = new Set(SHARES.flatMap(([reason]) => visits[reason]));
  const limit = pLimit(AT_ONCE);
  const visitOne = async (share: number, one: Visit): Promise<void> => {
    if (!mayBegin(share)) return;
    await visit(tick, one);
    left.delete(one);
    await between(left.size);
  };
  const all = Promise.all(
    SHARES.flatMap(([reason, share]) => visits[reason].map((one) => limit(visitOne, share, one))),
  );
  const over = new AbortController();
  // A visit that hangs must not keep the tick from saving what the others found.
  await Promise.race([all, alarm(tick, ends + BOUNDS.grace, over.signal)]);
  over.abort();
  return new Set(left);
};

/** Marks documents that were left although the key has changed, so that the next ticks visit them. */
const markForSealing = ({ shards }: Tick, left: ReadonlySet<Visit>): void => {
  for (const { key, known } of left) {
    const shard = shards.get(shardOf(key));
    if (shard === undefined || known === undefined) continue;
    shard.seen.set(key, { ...known, sealing: known.sealing ?? "former" });
    shard.changed = true;
  }
};

/** Visits what is due, saves what was found, and cuts one log if there is time. Throws `StoreUnavailable`. */
const repair = async (tick: Tick, etag: string | null, rhythm: Rhythm): Promise<void> => {
  const { deps, now, count } = tick;
  const findings = new Findings(tick, etag);
  const lists = await listAll(tick);
  tick.isSmall = isSmall(tick, lists);
  const listed = await openShards(tick, lists);
  const visits = planVisits(tick, [...tick.shards.values()], listed, lists.complete, deps.random());
  const looksAtSettings = Math.abs(now - (tick.hint.settingsAt ?? 0)) >= SETTINGS_EVERY;
  const settings: readonly Visit[] = looksAtSettings ? [{ key: TOKENS, known: undefined, catchesUp: false }] : [];
  // Without any list this was no tick: a long time of such ones is a silence, and health must say so.
  const keyId = deps.sealer.keyId;
  const noted = { ...(lists.failed ? {} : rhythm), ...(!tick.keyChanged && { keyId }) };
  const left = await visitInTime(tick, { ...visits, due: [...settings, ...visits.due] }, (open) =>
    findings.saveInTime(() => ({ ...noted, left: open })),
  );
  count.left = left.size;
  if (tick.keyChanged) markForSealing(tick, left);
  const behind = tick.behind || !lists.complete || [...left].some(({ catchesUp }) => catchesUp);
  const found = await findings.save({
    ...noted,
    ...(!lists.failed && !behind && { silentSince: undefined }),
    ...(looksAtSettings && !settings.some((one) => left.has(one)) && { settingsAt: now }),
    ...(lists.complete && { keyId }),
    left: left.size,
  });
  const hint = lists.complete && left.size === 0 ? await shareInTick(tick, found, findings) : found;
  // What another tick saved meanwhile stays; that tick cuts logs as well.
  if (hint !== null && tick.elapsed() < BOUNDS.visits) await cutOneLog(deps, hint, findings);
  const isHourly = looksAtSettings && lists.complete;
  if (isHourly && tick.elapsed() < BOUNDS.visits) await cutOldSummaries(deps, lists.entries.length);
};

/** How long the receiver of a ping may take (ms). */
const PING = 5 * SECOND;

/** Calls the URL that notices when ticks stop. Never throws. */
const ping = async ({ pingUrl, outgoing, report }: Deps): Promise<void> => {
  if (pingUrl === undefined) return;
  const answer = await outgoing.send({
    method: "GET",
    url: pingUrl,
    headers: {},
    deadline: PING,
    maxBytes: 0,
    signal: new AbortController().signal,
  });
  const isHeard = answer.kind === "answer" && answer.status < 400;
  const error = answer.kind === "answer" ? `it answered ${answer.status}` : answer.error;
  if (!isHeard) report({ kind: "trouble", where: "ping of the tick", error });
};

const runTick = async (
  deps: Deps,
  { hint, etag }: Awaited<ReturnType<typeof readDrainHint>>,
  began: number,
): Promise<Drained> => {
  const now = deps.clock.now();
  const { gap, silentSince } = rhythmAt(hint, now);
  const tick = beginTick(deps, hint, silentSince, began);
  try {
    await repair(tick, etag, { at: now, gap, silentSince });
  } catch (error) {
    tick.count.failed += 1;
    reportTrouble(deps, "drain", error);
  }
  deps.report({ kind: "drain.ticked", ...tick.count });
  // The ping says that all is well, so a tick that could not read the store sends none.
  if (tick.count.failed === 0) await ping(deps);
  return tick.count;
};

/**
 * One tick of the repair: finds what is due and wakes workers for it. It decides nothing itself, so ticks may overlap,
 * run late or die. A document is read only if it changed since the last tick, is due by the last read, or was not read
 * for a day. After a long silence every layer with probes is asked to catch up. The time, the reads and the size of a tick
 * are bounded; the next one goes on. Never throws if the store fails.
 */
export const drain = async (deps: Deps): Promise<Drained> => {
  const began = deps.clock.elapsed();
  try {
    // A store that does not answer has not said that there is no hint. The tick ends, and the next one looks again.
    return await runTick(deps, await readDrainHint(deps), began);
  } catch (error) {
    reportTrouble(deps, "drain", error);
    return { listed: 0, read: 0, woken: 0, failed: 1, left: 0 };
  }
};
