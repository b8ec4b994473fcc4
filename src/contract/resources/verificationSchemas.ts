import { z } from "@hono/zod-openapi";
import { SCHEMES, secretPart } from "../../core/webhook/verification.ts";
import { timeSchema } from "../schemas.ts";

/** How a webhook's senders are verified: as it is given, and as it is shown. */

const DISTINCT = 4;

/**
 * A secret that a sender shares with a webhook. Blanks or a single repeated character would match what anybody sends.
 */
const secretOf = (scheme: string, most = 200) =>
  z
    .string()
    .min(8, "must have at least 8 characters")
    .max(most, `must have at most ${most} characters`)
    .regex(/^[\x20-\x7e]+$/, "may contain only printable ASCII characters")
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
  "must be the key in base64, with or without whsec_, as the sender shows it",
);
const contentfulSecret = secretOf("contentful").length(64, "must have the 64 characters that Contentful shows");
const basicSecret = secretOf("basic").regex(/^[^:]+:./, "must be the name, a colon and the password");

/** Some senders put a token of their own into a header, which may be long. */
const HEADER_SECRET = 4096;
const KEY = 512;

const keyEncodingSchema = z.enum(["text", "base64", "hex"]).openapi({
  description:
    "How the secret stands for the bytes of the key: as its own text, or in base64 or hex; as text unless given.",
});

const KEY_FORMS = { text: /^/, base64: /^[A-Za-z0-9+/_-]{11,}={0,2}$/, hex: /^(?:[0-9a-fA-F]{2}){8,}$/ } as const;

/** Refuses secrets that are not of the encoding that the settings name. */
const refineKeys = (
  {
    keyEncoding = "text",
    ...given
  }: {
    readonly secret?: string | undefined;
    readonly previousSecret?: string | null | undefined;
    readonly keyEncoding?: keyof typeof KEY_FORMS | undefined;
  },
  context: z.core.$RefinementCtx,
): void => {
  for (const field of ["secret", "previousSecret"] as const) {
    const secret = given[field];
    if (secret == null || KEY_FORMS[keyEncoding].test(secret)) continue;
    const message = `must be at least 8 bytes in ${keyEncoding}, as keyEncoding says`;
    context.addIssue({ code: "custom", path: [field], message, input: secret });
  }
};

const PARTS = /\{(?:method|url|path|timestamp|body|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})\}/g;

/** Refuses settings by which anybody who captured a delivery could send another one with its signature. */
const refineSigns = (
  { signs, timestamp }: { signs?: string | undefined; timestamp?: object | undefined },
  context: z.core.$RefinementCtx,
): void => {
  if (signs === undefined) return;
  const count = (part: string): number => signs.split(part).length - 1;
  const fault = /[{}]/.test(signs.replaceAll(PARTS, ""))
    ? "may contain only the parts {method}, {url}, {path}, {timestamp}, {body} and {header:<name>}"
    : count("{body}") !== 1
      ? "must contain {body} once"
      : count("{timestamp}") !== (timestamp === undefined ? 0 : 1)
        ? "must contain {timestamp} once if `timestamp` is given, and must not contain it otherwise"
        : null;
  if (fault !== null) context.addIssue({ code: "custom", path: ["signs"], message: fault, input: signs });
};

/** Where a signature is, and what it covers. */
const signatureFields = {
  header: headerNameSchema,
  prefix: z
    .string()
    .max(32, "must have at most 32 characters")
    .regex(/^[\x21-\x7e]*$/, "may contain only printable ASCII characters")
    .default("")
    .openapi({ description: "What stands before each signature. The header may hold several, with commas or spaces." }),
  timestamp: z
    .strictObject({
      header: headerNameSchema,
      unit: z.enum(["seconds", "milliseconds"]).default("seconds"),
      separator: z
        .string()
        .max(8, "must have at most 8 characters")
        .regex(/^[\x20-\x7e\n]*$/, "may contain only printable ASCII characters")
        .default("."),
      name: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,32}$/, "must have 1 to 32 letters, digits, - or _")
        .optional()
        .openapi({ description: "Its name in a header of several parts: `t` in `t=1780000000,v1=…`." }),
    })
    .optional()
    .openapi({ description: "What is signed is then the timestamp, the separator and the body, unless `signs` says." }),
  signs: z
    .string()
    .max(200, "must have at most 200 characters")
    .regex(/^[\x20-\x7e\n]*$/, "must hold printable ASCII characters and line breaks only")
    .optional()
    .openapi({
      description:
        "What is signed: {method}, {url}, {path} (with the query), {timestamp}, {body} and {header:<name>}, with what stands between them, as in `{method}\\n{path}\\n{timestamp}.{body}`.",
    }),
};

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
    plain("header-secret", secretOf("header-secret", HEADER_SECRET)).extend({
      header: headerNameSchema.default("authorization"),
    }),
    plain("basic", basicSecret),
    plain("body-secret").extend({ bodyPath: bodyPathSchema.default("secret") }),
    timed("hmac", secretOf("hmac", KEY))
      .extend({
        algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]).default("sha256"),
        encoding: z.enum(["hex", "base64", "base64url"]).default("hex"),
        keyEncoding: keyEncodingSchema.optional(),
        ...signatureFields,
      })
      .superRefine(refineKeys)
      .superRefine(refineSigns),
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
    timestamp: z
      .object({ header: z.string(), unit: z.string(), separator: z.string(), name: z.string().optional() })
      .optional(),
    keyEncoding: z.string().optional(),
    signs: z.string().optional(),
  })
  .openapi("Verification");
