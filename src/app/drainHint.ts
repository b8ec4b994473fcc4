import { z } from "zod";
import { usageSchema } from "../core/usage.ts";
import { DRAIN_HINT } from "../store/keys.ts";
import type { Deps } from "./deps.ts";

const hintSchema = z.looseObject({
  at: z.number(),
  seen: z.record(z.string(), z.looseObject({ etag: z.string(), due: z.number().nullable(), readAt: z.number() })),
  /** When the logs of deliveries were last cut to what they keep. */
  logsCutAt: z.number().optional(),
  /** Ticks, and what was counted in documents that are gone. Overlapping ticks may lose some of it. */
  usage: usageSchema.optional(),
});

/** What the drain remembers between ticks. */
export type DrainHint = z.infer<typeof hintSchema>;

const NOTHING: DrainHint = { at: 0, seen: {} };

/** The hint as it stands; nothing if there is none, or none that can be read. Never throws. */
export const readDrainHint = async (deps: Deps): Promise<{ hint: DrainHint; etag: string | null }> => {
  let etag: string | null = null;
  try {
    const found = await deps.store.read(DRAIN_HINT);
    if (found === null) return { hint: NOTHING, etag };
    ({ etag } = found);
    const parsed = hintSchema.safeParse(JSON.parse(found.text));
    return { hint: parsed.success ? parsed.data : NOTHING, etag };
  } catch {
    return { hint: NOTHING, etag };
  }
};
