import { z } from "zod/mini";
import { defined } from "../../core/defined.ts";
import { DAY } from "../../core/durations.ts";
import { spread } from "../../core/spread.ts";
import { drainShardKey } from "../../store/keys.ts";
import { StoreUnavailable } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { listingDigest } from "../listingDigest.ts";
import { type SeenDocument, type ShardNote, type SpentNote, seenDocumentsSchema } from "../stored/drainHint.ts";
import { sumNotes } from "./shareBuilds.ts";

/**
 * The seen documents are noted in this many texts. A tick reads and writes only those in which something is due or has
 * changed.
 */
export const SHARDS = 16;
/** So many seen documents stand in the hint itself, which costs no further request. */
export const SMALL = 100;
/** How often every document is read whatever the list says, because a list may lag behind (ms). */
export const LOOK_EVERY = DAY;
/** The `readAt` of a document that never changes by itself, so that it is not read again every day. */
export const NEVER_AGAIN = Number.MAX_SAFE_INTEGER;

const shardSchema = z.looseObject({ seen: seenDocumentsSchema });

/** A shard that a tick has read. */
export interface Shard {
  readonly index: number;
  readonly seen: Map<string, SeenDocument>;
  /** The stored version; null: there is none. Undefined: it is not known, so the shard is not written. */
  etag: string | null | undefined;
  /** Whether `seen` differs from what is stored. */
  changed: boolean;
}

/** The shard of a document. Documents of one shard are looked at in one part of the day. */
export const shardOf = (key: string): number => spread(key, SHARDS);

/** When a document that was read at `readAt` is to be looked at again (ms). */
const nextLook = (key: string, readAt: number): number => {
  if (readAt === NEVER_AGAIN) return Number.POSITIVE_INFINITY;
  const phase = spread(key, LOOK_EVERY);
  return phase + (Math.floor((readAt - phase) / LOOK_EVERY) + 1) * LOOK_EVERY;
};

/** Whether a deleted layer may still have its order marker, because the release before did not drop it. */
const mayHaveMarker = ({ readAt, due, markerGone }: SeenDocument): boolean =>
  readAt === NEVER_AGAIN && due === null && markerGone !== true;

/** When a document must be read again even if it does not change (ms). */
export const nextVisit = (key: string, seen: SeenDocument): number =>
  seen.sealing !== undefined || mayHaveMarker(seen)
    ? 0
    : Math.min(seen.due ?? Number.POSITIVE_INFINITY, nextLook(key, seen.readAt));

/** Whether it is noted what a document spent. One that cannot be read, or never changes, is not waited for. */
export const isCounted = ({ credits, unreadable, readAt }: SeenDocument): boolean =>
  credits !== undefined || unreadable !== undefined || readAt === NEVER_AGAIN;

/**
 * What the documents of a shard spent in the newest month in which any of them spent something; null: nothing.
 * Undefined: it is not noted of some.
 */
const spentIn = (seen: Shard["seen"]): SpentNote | null | undefined => {
  if (![...seen.values()].every(isCounted)) return undefined;
  const notes = [...seen.values()].flatMap(({ credits }) => credits ?? []);
  if (notes.length === 0) return null;
  const month = Math.max(...notes.map((note) => note.month));
  return { month, ...sumNotes(notes.filter((note) => note.month === month)) };
};

const noteOf = (deps: Deps, seen: Shard["seen"]): ShardNote => {
  const counts = { former: 0, unreadable: 0, newer: 0, corrupt: 0 };
  let next = Number.POSITIVE_INFINITY;
  for (const [key, one] of seen) {
    next = Math.min(next, nextVisit(key, one));
    if (one.sealing !== undefined) counts[one.sealing] += 1;
    if (one.unreadable !== undefined) counts[one.unreadable] += 1;
  }
  const entries = [...seen].map(([key, { etag }]) => ({ key, etag }));
  const spent = defined({ spent: spentIn(seen) });
  return { digest: listingDigest(deps, entries), next: Number.isFinite(next) ? next : null, ...counts, ...spent };
};

const parsed = (text: string): Record<string, SeenDocument> => {
  try {
    const found = shardSchema.safeParse(JSON.parse(text));
    return found.success ? found.data.seen : {};
  } catch {
    return {};
  }
};

/** A shard of the seen documents that stand in the hint itself. */
export const shardInHint = (index: number, carried: Readonly<Record<string, SeenDocument>>): Shard => {
  const own = Object.entries(carried).filter(([key]) => shardOf(key) === index);
  return { index, seen: new Map(own), etag: undefined, changed: false };
};

/**
 * Reads a shard, and adds what the release before noted of its documents. A shard that cannot be read counts as empty, so
 * that its documents are read instead. Never throws.
 */
export const openShard = async (
  deps: Deps,
  index: number,
  carried: Readonly<Record<string, SeenDocument>>,
): Promise<Shard> => {
  const inHint = shardInHint(index, carried);
  try {
    const found = await deps.store.read(drainShardKey(index));
    const seen = new Map([...Object.entries(found === null ? {} : parsed(found.text)), ...inHint.seen]);
    return { index, seen, etag: found?.etag ?? null, changed: inHint.seen.size > 0 };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return inHint;
  }
};

/**
 * Writes a shard if it changed. Returns its note; null: the shard is not stored like this, so the next tick must read it.
 * Never throws.
 */
export const saveShard = async (deps: Deps, shard: Shard): Promise<ShardNote | null> => {
  const { etag, seen } = shard;
  if (etag === undefined) return null;
  const note = noteOf(deps, seen);
  if (!shard.changed) return note;
  shard.changed = false;
  try {
    const text = JSON.stringify({ seen: Object.fromEntries(seen) });
    const written = await deps.store.write(drainShardKey(shard.index), text, etag);
    // After a conflict what another tick noted stays.
    shard.etag = written.kind === "written" ? written.etag : undefined;
    return written.kind === "written" ? note : null;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    shard.changed = true;
    return null;
  }
};
