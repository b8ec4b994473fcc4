import pLimit from "p-limit";
import type { Tokens } from "../../core/access/tokens.ts";
import { DAY, HOUR, SECOND } from "../../core/durations.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { nextMessage } from "../../core/layer/messages.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { nextDue } from "../../core/slot/nextDue.ts";
import { partsOf, type SlotOwner } from "../../core/slotOwner.ts";
import { countAt, sumUsage, type Usage } from "../../core/usage/usage.ts";
import { DRAIN_HINT, LAYERS, SETTINGS, SITES, TOKENS } from "../../store/keys.ts";
import { StoreUnavailable, unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { layerCodec, siteCodec, tokensCodec } from "../stored/documents.ts";
import { type DrainHint, readDrainHint, rhythmAt } from "../stored/drainHint.ts";
import { cut, nextLog } from "../stored/retention.ts";
import { needsReseal, type Sealing, sealingOf } from "../stored/sealing.ts";
import { type Debtor, settleOwed, TOKENS_DEBTOR } from "../stored/settleOwed.ts";
import { catchUp } from "./catchUp.ts";
import { reseal } from "./reseal.ts";
import { dropMarkerInTime, isSpent, removeTombstone } from "./tombstones.ts";

/** How long a tick begins to visit documents (ms). A scheduled function has thirty seconds, and a visit may be slow. */
const BUDGET = 10 * SECOND;
const AT_ONCE = 8;
/** How often every document is read whatever the list says, because a list may lag behind (ms). */
const LOOK_EVERY = HOUR;
/** The `readAt` of a document that never changes by itself, so that it is not read again every hour. */
const NEVER_AGAIN = Number.MAX_SAFE_INTEGER;

const UNREADABLE = "what it keeps sealed cannot be opened: LAYERHOOK_SECRET is another one";

type Seen = DrainHint["seen"];

export interface Drained {
  readonly listed: number;
  readonly read: number;
  readonly woken: number;
  readonly failed: number;
}

type Document = LayerDocument | SiteDocument | Tokens;

const debtorOf = (key: string): Debtor => {
  if (key === TOKENS) return TOKENS_DEBTOR;
  return key.startsWith(LAYERS)
    ? { kind: "layer", id: key.slice(LAYERS.length) }
    : { kind: "site", id: key.slice(SITES.length) };
};

const decode = (text: string, key: string): Document => {
  if (key === TOKENS) return tokensCodec.decode(text, key);
  return key.startsWith(LAYERS) ? layerCodec.decode(text, key) : siteCodec.decode(text, key);
};

const dueOf = (document: Document): number => {
  if (document.owed.length > 0) return 0;
  if (document.kind === "site") return nextDue(document.slot, partsOf(document));
  if (document.kind !== "layer") return Number.POSITIVE_INFINITY;
  return Math.min(nextDue(document.slot, partsOf(document)), nextMessage(document));
};

/** Whether a deleted layer may still have its order marker, because the release before did not drop it. */
const mayHaveMarker = ({ readAt, due, markerGone }: Seen[string]): boolean =>
  readAt === NEVER_AGAIN && due === null && markerGone !== true;

/**
 * Rotates the list by a different number at each tick, so that a slow document at the front does not starve the others.
 */
const rotated = <T>(items: readonly T[], random: number): T[] => {
  const from = Math.floor(random * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
};

/** Logs a failure at one document. */
const reportTrouble = (deps: Deps, where: string, error: unknown): void =>
  deps.report({ kind: "trouble", where, error: error instanceof Error ? error.message : "unknown" });

/**
 * Cuts one log a tick; a round through all logs begins once a day. The place is saved before the log is cut:
 * if the tick dies, the next tick goes on with the next log. Never throws.
 */
const cutOneLog = async (deps: Deps, hint: DrainHint, note: (next: DrainHint) => Promise<boolean>): Promise<void> => {
  const now = deps.clock.now();
  const { cutAfter, cutAt } = hint;
  if (cutAfter === undefined && cutAt !== undefined && Math.abs(now - cutAt) < DAY) return;
  try {
    const log = await nextLog(deps.archive, cutAfter ?? null);
    const noted = await note(log === null ? { ...hint, cutAfter: undefined, cutAt: now } : { ...hint, cutAfter: log });
    if (log !== null && noted && (await cut(deps, log))) await note({ ...hint, cutAfter });
  } catch (error) {
    reportTrouble(deps, "old records", error);
  }
};

/** What one tick starts from and what it finds. */
interface Tick {
  readonly deps: Deps;
  readonly hint: DrainHint;
  readonly now: number;
  readonly silentSince: number | undefined;
  /** Whether the key is new. The former key must stay until every document was visited with the new one. */
  readonly keyChanged: boolean;
  readonly inTime: () => boolean;
  readonly count: { listed: number; read: number; woken: number; failed: number };
  readonly seen: Record<string, Seen[string]>;
  usage: Usage;
  /** Whether the next tick must still ask a layer to catch up. */
  behind: boolean;
}

const beginTick = (deps: Deps, hint: DrainHint, silentSince: number | undefined): Tick => {
  const began = deps.clock.elapsed();
  const now = deps.clock.now();
  return {
    deps,
    hint,
    now,
    silentSince,
    keyChanged: hint.keyId !== undefined && hint.keyId !== deps.sealer.keyId,
    inTime: () => deps.clock.elapsed() - began < BUDGET,
    count: { listed: 0, read: 0, woken: 0, failed: 0 },
    seen: {},
    usage: countAt(hint.usage, now, { ticks: 1 }),
    behind: false,
  };
};

interface Entry {
  readonly key: string;
  readonly etag: string;
}

/** Visits one listed document, unless the hint proves that nothing is due. Never throws. */
const visit = async (tick: Tick, entry: Entry): Promise<void> => {
  const { hint, now, silentSince, keyChanged, count, seen } = tick;
  const { key, etag } = entry;
  const known = hint.seen[key];
  const asked = debtorOf(key).kind !== "layer" || known?.caughtUp === silentSince || known?.readAt === NEVER_AGAIN;
  const catchesUp = silentSince !== undefined && !asked;
  try {
    const fresh = known !== undefined && known.etag === etag && now - known.readAt < LOOK_EVERY && !catchesUp;
    const sealed = known?.sealing === undefined && !keyChanged;
    if (fresh && sealed && !mayHaveMarker(known) && (known.due ?? Number.POSITIVE_INFINITY) > now) {
      seen[key] = known;
      return;
    }
    if (!tick.inTime()) {
      tick.behind ||= catchesUp;
      if (known !== undefined) seen[key] = { ...known, etag: "" };
      return;
    }
    await look(tick, key, catchesUp);
  } catch (error) {
    count.failed += 1;
    // A document that this release cannot read must not prolong the catch-up for ever.
    tick.behind ||= catchesUp && error instanceof StoreUnavailable;
    const unreadable = unreadableReason(error);
    // The entry has no ETag, so that a release that can read the document reads it at its first tick.
    if (unreadable !== null) seen[key] = { etag: "", due: null, readAt: now, unreadable };
    reportTrouble(tick.deps, `drain of ${key}`, error);
  }
};

/** Notes what the next ticks need to know of a document that was read, above all when it is due again. */
const scheduleVisit = (
  { now, silentSince, seen }: Tick,
  { key, etag }: Entry,
  document: Document,
  { due, markerDue, sealing }: { due: number; markerDue: number; sealing: Sealing | undefined },
): void => {
  const next = Math.min(due, markerDue);
  seen[key] = {
    etag,
    due: Number.isFinite(next) ? next : null,
    // A layer's tombstone that owes nothing never changes by itself: only its marker needs a visit.
    readAt: document.kind === "layer-tombstone" && due > now ? NEVER_AGAIN : now,
    ...(silentSince !== undefined && { caughtUp: silentSince }),
    ...(sealing !== undefined && { sealing }),
    ...(document.kind === "layer-tombstone" && !Number.isFinite(markerDue) && { markerGone: true }),
  };
};

/** Seals a document again after a change of the key, or reports that it cannot be opened. Never throws. */
const sealAnew = async (deps: Deps, key: string, owner: SlotOwner, sealing: Sealing | undefined): Promise<void> => {
  if (sealing === "unreadable") deps.report({ kind: "trouble", where: `drain of ${key}`, error: UNREADABLE });
  if (needsReseal(deps.sealer, owner)) await reseal(deps, { kind: owner.kind, id: debtorOf(key).id });
};

/** Does for a document what nobody did when it was due: wakes a worker, or appends what it owes. Never throws. */
const rescue = async ({ deps, count }: Tick, key: string, owner: SlotOwner | null): Promise<void> => {
  const debtor = debtorOf(key);
  if (owner === null || debtor.kind === "settings") {
    await settleOwed(deps, debtor);
    return;
  }
  count.woken += 1;
  await deps.wake(debtor);
};

/** Reads one document and does what is due for it: removes, schedules, seals or rescues it. Throws `StoreUnavailable`. */
const look = async (tick: Tick, key: string, catchesUp: boolean): Promise<void> => {
  const { deps, now, silentSince, count } = tick;
  count.read += 1;
  const found = await deps.store.read(key);
  if (found === null) return;
  const document = decode(found.text, key);
  if (isSpent(document, now)) {
    await removeTombstone(deps, key, document);
    tick.usage = sumUsage(tick.usage, document.usage);
    return;
  }
  if (catchesUp && silentSince !== undefined && document.kind === "layer") {
    await catchUp(deps, document.id, silentSince);
  }
  const markerDue = await dropMarkerInTime(deps, document, now);
  const due = dueOf(document);
  const owner = document.kind === "layer" || document.kind === "site" ? document : null;
  const sealing = owner === null ? undefined : sealingOf(deps.sealer, owner);
  scheduleVisit(tick, { key, etag: found.etag }, document, { due, markerDue, sealing });
  if (owner !== null) await sealAnew(deps, key, owner, sealing);
  if (due <= now) await rescue(tick, key, owner);
};

/** Visits every listed document, in an order that differs from tick to tick. Throws `StoreUnavailable`. */
const visitAll = async (tick: Tick, prefixes: readonly string[]): Promise<void> => {
  const { deps, count } = tick;
  const lists = await Promise.all(prefixes.map((prefix) => deps.store.list(prefix)));
  // Settings written by a later release are left alone.
  const listed = lists.flat().filter(({ key }) => key === TOKENS || !key.startsWith(SETTINGS));
  count.listed = listed.length;
  const limit = pLimit(AT_ONCE);
  await Promise.all(rotated(listed, deps.random()).map((entry) => limit(() => visit(tick, entry))));
};

/** Saves what the tick found, then cuts one log if there is time. Throws `StoreUnavailable`. */
const remember = async ({ deps, inTime }: Tick, found: DrainHint, etag: string | null): Promise<void> => {
  let standing = etag;
  const note = async (next: DrainHint): Promise<boolean> => {
    const written = await deps.store.write(DRAIN_HINT, JSON.stringify(next), standing);
    if (written.kind === "conflict") return false;
    standing = written.etag;
    return true;
  };
  // The findings are saved first, so that a tick that dies later has not visited in vain. What another tick saved
  // meanwhile stays; that tick cuts logs as well.
  if ((await note(found)) && inTime()) await cutOneLog(deps, found, note);
};

const runTick = async (deps: Deps, { hint, etag }: Awaited<ReturnType<typeof readDrainHint>>): Promise<Drained> => {
  const { gap, silentSince } = rhythmAt(hint, deps.clock.now());
  const tick = beginTick(deps, hint, silentSince);
  const { now, seen, count } = tick;
  // Only a crash right after a change leaves entries there, so they are not worth a list at every tick.
  const looksAtSettings = Math.abs(now - (hint.settingsAt ?? 0)) >= LOOK_EVERY;
  try {
    await visitAll(tick, [LAYERS, SITES, ...(looksAtSettings ? [SETTINGS] : [])]);
    const rhythm = { at: now, gap, silentSince: tick.behind ? silentSince : undefined };
    const settingsAt = looksAtSettings ? now : hint.settingsAt;
    const { keyId } = deps.sealer;
    await remember(tick, { ...hint, ...rhythm, settingsAt, seen, usage: tick.usage, keyId }, etag);
  } catch (error) {
    count.failed += 1;
    reportTrouble(deps, "drain", error);
  }
  deps.report({ kind: "drain.ticked", ...count });
  return count;
};

/**
 * One tick of the repair: finds what is due and wakes workers for it. It decides nothing itself, so ticks may overlap,
 * run late or die. A document is read only if it changed since the last tick, is due by the last read, or was not read
 * for an hour. After a long silence every layer is read and asked to catch up. Never throws if the store fails.
 */
export const drain = async (deps: Deps): Promise<Drained> => {
  try {
    // A store that does not answer has not said that there is no hint. The tick ends, and the next one looks again.
    return await runTick(deps, await readDrainHint(deps));
  } catch (error) {
    reportTrouble(deps, "drain", error);
    return { listed: 0, read: 0, woken: 0, failed: 1 };
  }
};
