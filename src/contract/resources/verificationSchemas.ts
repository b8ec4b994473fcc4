import { z } from "@hono/zod-openapi";
import { SCHEMES, secretPart } from "../../core/webhook/verification.ts";
import { timeSchema } from "../schemas.ts";

/** How a webhook's senders are verified: as it is given, and as it is shown. */

const DISTINCT = 4;

/**
 * A secret that a sender shares with a webhook. Blanks or a single repeated character would match what anybody sends.
 */
const secretOf = (scheme: string) =>
  z
    .string()
    .min(8, "must have at least 8 characters")
    .max(200, "must have at most 200 characters")
    .regex(/^[\x20-\x7e]+$/, "must hold printable ASCII characters only")
    .regex(/^(?! ).*(?<! )$/, "must not begin or end with a space")
    .refine((text) => new Set(secretPart(scheme, text)).size >= DISTINCT, {
      message: `must have at least ${DISTINCT} different characters`,
    });

const toleranceSeconds = z
  .number()
  .int()
  .min(10, "must be at least 10")
  .max(86_400, "must be at most 86400")
  .optional()
  .openapi({ description: "How far the sender's clock may be off, in both directions; 300 unless given." });

export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "is not the name of a header")
  .transform((name) => name.toLowerCase());

export const bodyPathSchema = z
  .string()
  .max(100, "must have at most 100 characters")
  .regex(/^[^.]+(?:\.[^.]+)*$/, "must be names joined by dots");

const secrets = (secret: z.ZodType<string>) => ({
  secret: secret.optional().openapi({
    description:
      "Never shown again. A new one of the same scheme leaves the one before it standing beside it for 30 days, or until `previousSecret` is null or there is a newer one.",
  }),
  previousSecret: secret.nullable().optional().openapi({
    description: "Accepted beside the other for 30 days from now; null: no other is accepted from now on.",
  }),
});

const plain = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret) });

const timed = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret), toleranceSeconds });

const standardSecret = secretOf("standard-webhooks").regex(
  /^(?:whsec_)?[A-Za-z0-9+/]{11,}={0,2}$/,
  "must be whsec_ and the key in base64, as the sender shows it",
);
const contentfulSecret = secretOf("contentful").length(64, "must have the 64 characters that Contentful shows");
const basicSecret = secretOf("basic").regex(/^[^:]+:./, "must be the name, a colon and the password");

export const verificationInputSchema = z.discriminatedUnion(
  "scheme",
  [
    timed("standard-webhooks", standardSecret),
    timed("svix", standardSecret),
    timed("contentful", contentfulSecret),
    timed("sanity"),
    plain("storyblok"),
    timed("ghost"),
    plain("shopify"),
    timed("hygraph"),
    plain("kontent-ai"),
    timed("contentstack"),
    plain("github"),
    plain("header-secret").extend({ header: headerNameSchema.default("authorization") }),
    plain("basic", basicSecret),
    plain("body-secret").extend({ bodyPath: bodyPathSchema.default("secret") }),
    timed("hmac").extend({
      algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
      encoding: z.enum(["hex", "base64", "base64url"]).default("hex"),
      header: headerNameSchema,
      prefix: z
        .string()
        .max(32, "must have at most 32 characters")
        .regex(/^[\x21-\x7e]*$/, "must hold printable ASCII characters only")
        .default(""),
      timestamp: z
        .strictObject({
          header: headerNameSchema,
          unit: z.enum(["seconds", "milliseconds"]).default("seconds"),
          separator: z
            .string()
            .max(8, "must have at most 8 characters")
            .regex(/^[\x20-\x7e\n]*$/, "must hold printable ASCII characters only")
            .default("."),
        })
        .optional()
        .openapi({ description: "What is signed is then the timestamp, the separator and the body." }),
    }),
  ],
  {
    error: ({ code }) => (code === "invalid_union" ? `must be one of ${SCHEMES.join(", ")}` : undefined),
  },
);

export const verificationViewSchema = z
  .object({
    scheme: z.string(),
    secrets: z.number().openapi({ description: "How many are accepted: 2 from a rotation until the former one ends." }),
    secretSetAt: timeSchema,
    previousSecretExpiresAt: timeSchema.nullable().openapi({
      description:
        "Until when the former secret is accepted; null: there is none. `previousSecret: null` ends it at once.",
    }),
    toleranceSeconds: z.number().nullable().openapi({ description: "null: the scheme has no timestamp." }),
    header: z.string().optional(),
    bodyPath: z.string().optional(),
    algorithm: z.string().optional(),
    encoding: z.string().optional(),
    prefix: z.string().optional(),
    timestamp: z.object({ header: z.string(), unit: z.string(), separator: z.string() }).optional(),
  })
  .openapi("Verification");
