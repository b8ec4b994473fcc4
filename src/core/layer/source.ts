import { z } from "zod/mini";
import { HOUR, MINUTE } from "../durations.ts";

const ms = z.number();

/** A job of the team that a sync calls. */
export const httpSourceSchema = z.looseObject({
  slug: z.string(),
  name: z.string(),
  type: z.literal("http"),
  url: z.string(),
  timeoutSeconds: z.number(),
  /** A call waits for this long after the delivery it stands for; absent: made before there was a choice, and does not wait. */
  settleSeconds: z.optional(z.number()),
  /** Sealed. The key of this source alone, so that rotating the system's secret breaks no job. */
  secret: z.string(),
  /** Sealed; signs beside the new one until then. */
  previousSecret: z.optional(z.looseObject({ secret: z.string(), until: ms })),
});
export type HttpSource = z.infer<typeof httpSourceSchema>;

/** How often a probe is asked without anybody's announcement (ms). */
export const CHECK_EVERY = { "15m": 15 * MINUTE, "1h": HOUR, "6h": 6 * HOUR, "24h": 24 * HOUR } as const;
export type CheckEvery = keyof typeof CHECK_EVERY;

/** A URL whose answer is compared with the one before. */
export const probeSourceSchema = z.looseObject({
  slug: z.string(),
  name: z.string(),
  type: z.literal("probe"),
  url: z.string(),
  /** Request headers by their lower-case names; the values are sealed. */
  headers: z.optional(z.record(z.string(), z.string())),
  /** A JSON Pointer to what is compared; absent: the whole body, byte by byte. */
  pick: z.optional(z.string()),
  checkEvery: z.optional(z.enum(["15m", "1h", "6h", "24h"])),
});
export type ProbeSource = z.infer<typeof probeSourceSchema>;

export const sourceSchema = z.discriminatedUnion("type", [httpSourceSchema, probeSourceSchema]);
export type Source = z.infer<typeof sourceSchema>;
