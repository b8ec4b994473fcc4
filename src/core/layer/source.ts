import { z } from "zod/mini";
import { HOUR, MINUTE } from "../durations.ts";
import { type Settings, storedShape } from "./settings.ts";

const ms = z.number();

/** The plain settings of a job. */
export const httpSettings = {
  timeoutSeconds: { stored: z.number(), absent: 900, means: "The time limit of a job." },
  settleSeconds: {
    stored: z.optional(z.number()),
    absent: 0,
    means:
      "How long a call waits after a delivery, because some CMSs send the webhook before their API serves the new content.",
  },
} satisfies Settings;

/** A job of the team that a sync calls. */
export const httpSourceSchema = z.looseObject({
  slug: z.string(),
  name: z.string(),
  type: z.literal("http"),
  url: z.string(),
  ...storedShape(httpSettings),
  /** Sealed. Each source has its own key, so that a rotation of the system's secret breaks no job. */
  secret: z.string(),
  /** Sealed. The former secret, which signs beside the new one until `until`. */
  previousSecret: z.optional(z.looseObject({ secret: z.string(), until: ms })),
});
export type HttpSource = z.infer<typeof httpSourceSchema>;

/** The intervals at which a probe is checked without a delivery (ms). */
export const CHECK_EVERY = { "15m": 15 * MINUTE, "1h": HOUR, "6h": 6 * HOUR, "24h": 24 * HOUR } as const;
export type CheckEvery = keyof typeof CHECK_EVERY;

/** The plain settings of a probe. */
export const probeSettings = {
  pick: {
    stored: z.optional(z.string()),
    absent: null,
    means:
      "A JSON Pointer (RFC 6901) to the value that is compared; the order of keys does not count. Left out: the whole body, byte by byte.",
  },
  checkEvery: {
    stored: z.optional(z.enum(["15m", "1h", "6h", "24h"])),
    absent: null,
    means: "How often the probe is checked without a delivery, to find publishes that no webhook announces.",
  },
} satisfies Settings;

/** A URL whose answer is compared with the one that sites were last built with. */
export const probeSourceSchema = z.looseObject({
  slug: z.string(),
  name: z.string(),
  type: z.literal("probe"),
  url: z.string(),
  /** Request headers by their lower-case names; the values are sealed. */
  headers: z.optional(z.record(z.string(), z.string())),
  ...storedShape(probeSettings),
});
export type ProbeSource = z.infer<typeof probeSourceSchema>;

export const sourceSchema = z.discriminatedUnion("type", [httpSourceSchema, probeSourceSchema]);
export type Source = z.infer<typeof sourceSchema>;
