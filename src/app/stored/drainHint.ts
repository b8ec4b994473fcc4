import { z } from "zod/mini";
import { unreadableReasons } from "../../core/document.ts";
import { MINUTE } from "../../core/durations.ts";
import { usageSchema } from "../../core/usage/usage.ts";
import { DRAIN_HINT } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";

/** What a tick notes of the credits that a document spent. */
const creditsNoteSchema = z.looseObject({
  /** The UTC month that is counted (`monthOf`). */
  month: z.number(),
  /** The credits of our own functions. */
  running: z.number(),
  builds: z.number(),
  /** The share of a site that wants builds this month and has no budget of its own; absent: it needs none. */
  share: z.optional(z.nullable(z.union([z.number(), z.literal("open")]))),
  /** Whether a build of the site waits. */
  waits: z.optional(z.boolean()),
});
export type CreditsNote = z.infer<typeof creditsNoteSchema>;

/** What the documents of one shard spent, so that the month's builds can be shared out without reading the shard. */
const spentNoteSchema = z.looseObject({
  month: z.number(),
  running: z.number(),
  builds: z.number(),
  /** The builds that its sites made or may still make, and how many sites need a share. */
  reserved: z.number(),
  sites: z.number(),
});
export type SpentNote = z.infer<typeof spentNoteSchema>;

const seenSchema = z.looseObject({
  etag: z.string(),
  due: z.nullable(z.number()),
  readAt: z.number(),
  /** The last silence after which the layer was asked to catch up, or did not need to be. */
  caughtUp: z.optional(z.number()),
  /**
   * Whether the document holds texts that are not sealed with the current key. A word of another release is ignored.
   */
  sealing: z.catch(z.optional(z.enum(["former", "unreadable"])), undefined),
  /** For a deleted layer: its order marker is dropped. Absent in hints of the release before. */
  markerGone: z.catch(z.optional(z.boolean()), undefined),
  /** Why the release that ticked could not read the document. */
  unreadable: z.catch(z.optional(z.enum(unreadableReasons)), undefined),
  /**
   * What the document spent, so that the month's builds can be shared out; null: nothing in the month in which it was read.
   * Absent in shards of the release before.
   */
  credits: z.catch(z.optional(z.nullable(creditsNoteSchema)), undefined),
  /** Whether a layer has probes, which a silence leaves behind. Absent in hints of the release before. */
  probes: z.catch(z.optional(z.boolean()), undefined),
  /** What is watched at a layer. Absent: nothing. */
  watch: z.catch(
    z.optional(
      z.looseObject({
        since: z.nullable(z.number()),
        done: z.optional(z.string()),
        access: z.optional(z.looseObject({ at: z.number(), privateSince: z.optional(z.number()) })),
      }),
    ),
    undefined,
  ),
});

/** What a tick notes of one document, to know when to read it again. */
export type SeenDocument = z.infer<typeof seenSchema>;

/** Seen documents by their keys. */
export const seenDocumentsSchema = z.record(z.string(), seenSchema);

const shardNoteSchema = z.looseObject({
  /** A digest of the keys and ETags in the shard: an equal listing has nothing new. */
  digest: z.string(),
  /** When a document of the shard is next to be read (ms); null: not before it changes. */
  next: z.nullable(z.number()),
  former: z.number(),
  unreadable: z.number(),
  newer: z.number(),
  corrupt: z.number(),
  /** What its documents spent; null: nothing. Absent: the release before noted some of them, without what they spent. */
  spent: z.catch(z.optional(z.nullable(spentNoteSchema)), undefined),
});

/** What the hint holds of one shard of the seen documents, so that a tick need not read the shard. */
export type ShardNote = z.infer<typeof shardNoteSchema>;

const hintSchema = z.looseObject({
  at: z.optional(z.number()),
  /** The time between the last ticks, and the silence that still needs a catch-up (ms). */
  gap: z.optional(z.number()),
  silentSince: z.optional(z.number()),
  /** The key that the documents were compared with. */
  keyId: z.optional(z.nullable(z.string())),
  /** When the settings of the whole system were last visited (ms). */
  settingsAt: z.optional(z.number()),
  /** The seen documents in a hint of the release before, which has no shards. */
  seen: seenDocumentsSchema,
  /** A note for each shard; null: the shard must be read. */
  shards: z.catch(z.optional(z.array(z.nullable(shardNoteSchema))), undefined),
  /** How many documents the last tick left to the next. */
  left: z.catch(z.optional(z.number()), undefined),
  /** The log that was last cut in the current round, and when the last round ended (ms). */
  cutAfter: z.catch(z.optional(z.string()), undefined),
  cutAt: z.catch(z.optional(z.number()), undefined),
  /** The plan's credits of a month that were last shared out; null: nobody said. */
  sharedCredits: z.catch(z.optional(z.nullable(z.number())), undefined),
  /** Whether the next tick must open every shard to share the month's builds. */
  sharesAnew: z.catch(z.optional(z.boolean()), undefined),
  /** Ticks, and the counts of removed documents. Overlapping ticks may lose some. */
  usage: z.optional(usageSchema),
});

/** What the drain remembers between ticks, without its shards. */
export type DrainHint = z.infer<typeof hintSchema>;

/** The hint before the first tick. */
export const NOTHING: DrainHint = { seen: {} };

/**
 * Whether documents may be sealed with another key than `keyId`, because no tick has seen all of them with this one. A hint
 * that has documents but no key comes from ticks that never had a whole list.
 */
export const mayHoldFormerKey = ({ keyId: seenWith, seen, shards }: DrainHint, keyId: string | null): boolean =>
  seenWith === undefined ? shards !== undefined || Object.keys(seen).length > 0 : seenWith !== keyId;

const parsed = (text: string): DrainHint => {
  try {
    const found = hintSchema.safeParse(JSON.parse(text));
    return found.success ? found.data : NOTHING;
  } catch {
    return NOTHING;
  }
};

/**
 * Returns the stored hint, or an empty one if there is none or it cannot be read. Throws `StoreUnavailable`, because a
 * store that does not answer has not said that there is no hint.
 */
export const readDrainHint = async (deps: Deps): Promise<{ hint: DrainHint; etag: string | null }> => {
  const found = await deps.store.read(DRAIN_HINT);
  return found === null ? { hint: NOTHING, etag: null } : { hint: parsed(found.text), etag: found.etag };
};

/** A tick may be this late. A longer time since the last tick is a silence (ms). */
const SILENT = 45 * MINUTE;
/** With a longer tick interval, a silence begins after this many usual intervals. */
const INTERVALS = 3;

/** What a tick passes to the next one about the time between ticks. */
export interface Rhythm {
  /** The last tick (ms). */
  readonly at?: number | undefined;
  /** The usual time between two ticks (ms). */
  readonly gap?: number | undefined;
  /** The last tick before a silence, until every layer was asked to catch up (ms). */
  readonly silentSince?: number | undefined;
}

/** Whether the time since the last tick, at `at`, is a silence. */
export const isSilence = (at: number, gap: number | undefined, now: number): boolean =>
  now - at > Math.max(SILENT, INTERVALS * (gap ?? 0));

/** The rhythm after a tick at `now`, with a silence that has just ended or still needs a catch-up. */
export const rhythmAt = ({ at, gap, silentSince }: Rhythm, now: number): Omit<Rhythm, "at"> => {
  if (at === undefined) return {};
  const since = Math.max(now - at, 0);
  if (!isSilence(at, gap, now)) return { gap: since, silentSince };
  // After the tick interval was made longer, the first few ticks look like a silence.
  return { gap: gap === undefined ? since : Math.min(since, 2 * gap), silentSince: at };
};
