import pLimit from "p-limit";
import { nextDue } from "../core/claim.ts";
import { DAY, HOUR, SECOND } from "../core/durations.ts";
import type { Layer, LayerTombstone } from "../core/layer.ts";
import { nextMessage } from "../core/messages.ts";
import type { Owed } from "../core/owed.ts";
import type { Site, SiteTombstone } from "../core/site.ts";
import type { Tokens } from "../core/tokens.ts";
import { countAt, sumUsage, type Usage } from "../core/usage.ts";
import { DRAIN_HINT, LAYER_ORDER, LAYERS, orderKey, SETTINGS, SITE_ORDER, SITES, TOKENS } from "../store/keys.ts";
import { StoreUnavailable, unreadableReason } from "../store/store.ts";
import { catchUp } from "./catchUp.ts";
import type { Deps } from "./deps.ts";
import { layerCodec, siteCodec, tokensCodec } from "./documents.ts";
import { type DrainHint, readDrainHint } from "./drainHint.ts";
import { reseal } from "./reseal.ts";
import { cut, nextLog } from "./retention.ts";
import { needsReseal, sealingOf } from "./sealing.ts";
import { type Debtor, settleOwed, TOKENS_DEBTOR } from "./settleOwed.ts";
import { rhythmAt } from "./silence.ts";
import { partsOf } from "./slots.ts";

/** A scheduled function has thirty seconds; one slow document must not spend the others' share. */
const BUDGET = 10 * SECOND;
const AT_ONCE = 8;
/** Whatever the list says, every document is looked at this often: a list may lag behind. */
const LOOK_EVERY = HOUR;
const TOMBSTONE_KEPT = DAY;
/** When something was read that never changes by itself. */
const NEVER_AGAIN = Number.MAX_SAFE_INTEGER;

const UNREADABLE = "what it keeps sealed cannot be opened: LAYERHOOK_SECRET is another one";

type Seen = DrainHint["seen"];

export interface Drained {
  readonly listed: number;
  readonly read: number;
  readonly woken: number;
  readonly failed: number;
}

type Document = Layer | LayerTombstone | Site | SiteTombstone | Tokens;

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

/**
 * A layer's tombstone stays for good: its id may be chosen again, and then tokens must go on rising and no late delete
 * may hit the successor. A site's id is never chosen.
 */
const isSpent = (document: Document, now: number): document is SiteTombstone =>
  document.kind === "site-tombstone" &&
  (document.owed satisfies Owed[]).length === 0 &&
  now - document.deletedAt > TOMBSTONE_KEPT;

/** The order marker of what was deleted: it counts towards the limit of its kind until it is dropped. */
const markerOf = (document: LayerTombstone | SiteTombstone): string | null => {
  if (document.createdAt === undefined) return null;
  const prefix = document.kind === "layer-tombstone" ? LAYER_ORDER : SITE_ORDER;
  return orderKey(prefix, document.createdAt, document.id);
};

/** Drops the order marker of a layer that was deleted a day ago; gives when that is due (ms), if it still is to come. */
const dropMarkerInTime = async (deps: Deps, document: Document, now: number): Promise<number> => {
  const marker = document.kind === "layer-tombstone" ? markerOf(document) : null;
  if (document.kind !== "layer-tombstone" || marker === null) return Number.POSITIVE_INFINITY;
  const due = document.deletedAt + TOMBSTONE_KEPT;
  if (due > now) return due;
  await deps.archive.remove(marker);
  return Number.POSITIVE_INFINITY;
};

/** A rotation that differs from tick to tick, so that a sick document at the front does not starve those behind it. */
const rotated = <T>(items: readonly T[], random: number): T[] => {
  const from = Math.floor(random * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
};

/**
 * Cuts one log to what is kept of it. Once a day a round goes through all of them, one a tick, however much there is to cut
 * in one: its place is noted before it is cut, so that a tick which dies over one log leaves the next one to the next tick.
 * Never throws.
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
    deps.report({ kind: "trouble", where: "old records", error: error instanceof Error ? error.message : "unknown" });
  }
};

/**
 * One tick of the repair: finds what is due and wakes workers for it. It decides nothing, so ticks may overlap, run late
 * or die. A document is read only if it changed since the last tick, is due by what was read then, or was not looked at
 * for an hour; after a long silence every layer is, and is asked to catch up. Never throws for a failing store.
 */
export const drain = async (deps: Deps): Promise<Drained> => {
  try {
    // A store that does not answer has not said that nothing is remembered: the tick ends, and the next one looks again.
    return await tick(deps, await readDrainHint(deps));
  } catch (error) {
    deps.report({ kind: "trouble", where: "drain", error: error instanceof Error ? error.message : "unknown" });
    return { listed: 0, read: 0, woken: 0, failed: 1 };
  }
};

const tick = async (
  deps: Deps,
  { hint, etag: hintEtag }: Awaited<ReturnType<typeof readDrainHint>>,
): Promise<Drained> => {
  const began = deps.clock.elapsed();
  const now = deps.clock.now();
  const inTime = () => deps.clock.elapsed() - began < BUDGET;
  const { gap, silentSince } = rhythmAt(hint, now);
  // Until everything was looked at with the new key, the former one must not be taken away.
  const keyChanged = hint.keyId !== undefined && hint.keyId !== deps.sealer.keyId;
  // Only a crash right after a change leaves anything there: it is not worth a list at every tick.
  const looksAtSettings = Math.abs(now - (hint.settingsAt ?? 0)) >= LOOK_EVERY;
  let behind = false;
  const count = { listed: 0, read: 0, woken: 0, failed: 0 };
  const seen: Record<string, Seen[string]> = {};
  let usage: Usage = countAt(hint.usage, now, { ticks: 1 });

  const visit = async ({ key, etag }: { key: string; etag: string }): Promise<void> => {
    const known = hint.seen[key];
    const debtor = debtorOf(key);
    const asked = debtor.kind !== "layer" || known?.caughtUp === silentSince || known?.readAt === NEVER_AGAIN;
    const catchesUp = silentSince !== undefined && !asked;
    try {
      const fresh = known !== undefined && known.etag === etag && now - known.readAt < LOOK_EVERY && !catchesUp;
      const sealed = known?.sealing === undefined && !keyChanged;
      if (fresh && sealed && (known.due ?? Number.POSITIVE_INFINITY) > now) {
        seen[key] = known;
        return;
      }
      if (!inTime()) {
        behind ||= catchesUp;
        if (known !== undefined) seen[key] = { ...known, etag: "" };
        return;
      }
      count.read += 1;
      const found = await deps.store.read(key);
      if (found === null) return;
      const document = decode(found.text, key);
      if (isSpent(document, now)) {
        const marker = markerOf(document);
        if (marker !== null) await deps.archive.remove(marker);
        await deps.archive.remove(key);
        usage = sumUsage(usage, document.usage);
        return;
      }
      if (catchesUp && document.kind === "layer") await catchUp(deps, document.id, silentSince);
      const markerDue = await dropMarkerInTime(deps, document, now);
      const due = dueOf(document);
      // A layer's tombstone with nothing owed never changes by itself: it is not looked at but for its marker.
      const readAt = document.kind === "layer-tombstone" && due > now ? NEVER_AGAIN : now;
      const caughtUp = silentSince === undefined ? {} : { caughtUp: silentSince };
      const slotted = debtor.kind !== "settings" && (document.kind === "layer" || document.kind === "site");
      const sealing = slotted ? sealingOf(deps.sealer, document) : undefined;
      seen[key] = {
        etag: found.etag,
        due: Number.isFinite(Math.min(due, markerDue)) ? Math.min(due, markerDue) : null,
        readAt,
        ...caughtUp,
        ...(sealing !== undefined && { sealing }),
      };
      if (sealing === "unreadable") deps.report({ kind: "trouble", where: `drain of ${key}`, error: UNREADABLE });
      if (slotted && needsReseal(deps.sealer, document)) await reseal(deps, debtor);
      if (due > now) return;
      if (!slotted) {
        await settleOwed(deps, debtor);
        return;
      }
      count.woken += 1;
      await deps.wake(debtor);
    } catch (error) {
      count.failed += 1;
      // What cannot be read by this release is not asked for ever.
      behind ||= catchesUp && error instanceof StoreUnavailable;
      const unreadable = unreadableReason(error);
      // Without an ETag: the release that can read it reads it at its first tick.
      if (unreadable !== null) seen[key] = { etag: "", due: null, readAt: now, unreadable };
      deps.report({
        kind: "trouble",
        where: `drain of ${key}`,
        error: error instanceof Error ? error.message : "unknown",
      });
    }
  };

  try {
    const prefixes = [LAYERS, SITES, ...(looksAtSettings ? [SETTINGS] : [])];
    const lists = await Promise.all(prefixes.map((prefix) => deps.store.list(prefix)));
    // Settings of a later release are left to it.
    const listed = lists.flat().filter(({ key }) => key === TOKENS || !key.startsWith(SETTINGS));
    count.listed = listed.length;
    const limit = pLimit(AT_ONCE);
    await Promise.all(rotated(listed, deps.random()).map((entry) => limit(() => visit(entry))));
    const rhythm = { at: now, gap, silentSince: behind ? silentSince : undefined };
    const settingsAt = looksAtSettings ? now : hint.settingsAt;
    const { keyId } = deps.sealer;
    const found: DrainHint = { ...hint, ...rhythm, settingsAt, seen, usage, keyId };
    // First of all what was found: a tick that dies later has not looked in vain.
    let etag = hintEtag;
    const note = async (next: DrainHint): Promise<boolean> => {
      const written = await deps.store.write(DRAIN_HINT, JSON.stringify(next), etag);
      if (written.kind === "conflict") return false;
      ({ etag } = written);
      return true;
    };
    // What another tick noted meanwhile stays; it cuts as well.
    if ((await note(found)) && inTime()) await cutOneLog(deps, found, note);
  } catch (error) {
    count.failed += 1;
    deps.report({ kind: "trouble", where: "drain", error: error instanceof Error ? error.message : "unknown" });
  }
  deps.report({ kind: "drain.ticked", ...count });
  return count;
};
