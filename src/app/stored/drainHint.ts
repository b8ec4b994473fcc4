import { z } from "zod/mini";
import { unreadableReasons } from "../../core/document.ts";
import { MINUTE } from "../../core/durations.ts";
import { usageSchema } from "../../core/usage/usage.ts";
import { DRAIN_HINT } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";

const hintSchema = z.looseObject({
  at: z.optional(z.number()),
  /** The time between the last ticks, and the silence that is not made good yet (ms). */
  gap: z.optional(z.number()),
  silentSince: z.optional(z.number()),
  /** The key that what was looked at is compared with. */
  keyId: z.optional(z.nullable(z.string())),
  /** When what people set for the whole system was last looked at. */
  settingsAt: z.optional(z.number()),
  seen: z.record(
    z.string(),
    z.looseObject({
      etag: z.string(),
      due: z.nullable(z.number()),
      readAt: z.number(),
      /** The silence after which it was last asked to catch up, or needed not to be. */
      caughtUp: z.optional(z.number()),
      /** What of it is not sealed with the key in use. A word of another release is none of ours. */
      sealing: z.catch(z.optional(z.enum(["former", "unreadable"])), undefined),
      /** Of a deleted layer: its order marker is dropped. Absent in what the release before noted. */
      markerGone: z.catch(z.optional(z.boolean()), undefined),
      /** Why the release that ticked could not read it. */
      unreadable: z.catch(z.optional(z.enum(unreadableReasons)), undefined),
    }),
  ),
  /** The log that was cut last in the round that is under way, and when the last round came to its end. */
  cutAfter: z.catch(z.optional(z.string()), undefined),
  cutAt: z.catch(z.optional(z.number()), undefined),
  /** Ticks, and what was counted in documents that are gone. Overlapping ticks may lose some of it. */
  usage: z.optional(usageSchema),
});

/** What the drain remembers between ticks. */
export type DrainHint = z.infer<typeof hintSchema>;

/** What is remembered before the first tick. */
export const NOTHING: DrainHint = { seen: {} };

const parsed = (text: string): DrainHint => {
  try {
    const found = hintSchema.safeParse(JSON.parse(text));
    return found.success ? found.data : NOTHING;
  } catch {
    return NOTHING;
  }
};

/**
 * Returns the hint as it stands, or an empty one if there is none or none that can be read. Throws `StoreUnavailable`: a
 * store that does not answer has not said that there is no hint.
 */
export const readDrainHint = async (deps: Deps): Promise<{ hint: DrainHint; etag: string | null }> => {
  const found = await deps.store.read(DRAIN_HINT);
  return found === null ? { hint: NOTHING, etag: null } : { hint: parsed(found.text), etag: found.etag };
};

/** A tick may be late; this much later than the one before it, nobody was there (ms). */
const SILENT = 45 * MINUTE;
/** Who ticks more seldom is silent after this many of their usual intervals. */
const INTERVALS = 3;

/** What a tick leaves for the next one about the time between them. */
export interface Rhythm {
  /** The last tick (ms). */
  readonly at?: number | undefined;
  /** The usual time between two ticks (ms). */
  readonly gap?: number | undefined;
  /** The last tick before a silence after which not every layer has been asked to catch up (ms). */
  readonly silentSince?: number | undefined;
}

/** The rhythm as a tick at `now` finds it: a silence that has just ended, or one that is not made good yet. */
export const rhythmAt = ({ at, gap, silentSince }: Rhythm, now: number): Omit<Rhythm, "at"> => {
  if (at === undefined) return {};
  const since = Math.max(now - at, 0);
  if (since <= Math.max(SILENT, INTERVALS * (gap ?? 0))) return { gap: since, silentSince };
  // Who has just chosen a longer interval is taken for silent a few times, and then no more.
  return { gap: gap === undefined ? since : Math.min(since, 2 * gap), silentSince: at };
};
