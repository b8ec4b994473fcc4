import { z } from "@hono/zod-openapi";
import { EVERY, stepsOf } from "../../core/webhook/eventFilter.ts";
import { SCHEMES } from "../../core/webhook/verification.ts";
import { timeSchema } from "../schemas.ts";
import { jwtSchema } from "../verification/jwtSchema.ts";
import { publicKeySchema } from "../verification/publicKeySchema.ts";
import { keyEncodingSchema, plain, refineKeys, secretOf, timed } from "../verification/secretSchemas.ts";
import {
  bodyPathSchema,
  hashSchema,
  proofHeaderSchema,
  refineSigns,
  signatureFields,
} from "../verification/signatureSchemas.ts";

/** How a webhook's senders are verified: as it is given, and as it is shown. */

const KEY_TEXT = "must be the key in base64, with or without whsec_, as the sender shows it";
const standardSecret = secretOf("standard-webhooks")
  .regex(/^(?:whsec_)?[A-Za-z0-9+/]{11,}={0,2}$/, KEY_TEXT)
  // Base64 never leaves one character over.
  .refine((key) => key.replace(/^whsec_|=+$/g, "").length % 4 !== 1, KEY_TEXT);
const contentfulSecret = secretOf("contentful").length(64, "must have the 64 characters that Contentful shows");
const basicSecret = secretOf("basic").regex(/^[^:]+:./, "must be the name, a colon and the password");

const secretPathSchema = bodyPathSchema.refine((path) => !stepsOf(path).includes(EVERY), {
  message: "must name one place: a secret cannot be at *",
});

/** Some senders put a token of their own into a header, which may be long. */
const HEADER_SECRET = 4096;
const KEY = 512;

/** A signature with a private key of the sender. */
const ofPublicKey = <N extends "rsa" | "ecdsa" | "ed25519">(scheme: N) =>
  timed(scheme, publicKeySchema(scheme)).extend({
    encoding: z.enum(["hex", "base64", "base64url"]).default("base64"),
    ...signatureFields,
  });

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
      header: proofHeaderSchema.default("authorization"),
    }),
    plain("basic", basicSecret),
    plain("body-secret").extend({ bodyPath: secretPathSchema.default("secret") }),
    timed("hmac", secretOf("hmac", KEY))
      .extend({
        algorithm: hashSchema.default("sha256"),
        encoding: z.enum(["hex", "base64", "base64url"]).default("hex"),
        keyEncoding: keyEncodingSchema.optional(),
        ...signatureFields,
      })
      .superRefine(refineKeys)
      .superRefine(refineSigns),
    ofPublicKey("rsa")
      .extend({ algorithm: hashSchema.default("sha256") })
      .superRefine(refineSigns),
    ofPublicKey("ecdsa")
      .extend({ algorithm: hashSchema.default("sha256") })
      .superRefine(refineSigns),
    ofPublicKey("ed25519").superRefine(refineSigns),
    jwtSchema,
  ],
  {
    error: ({ code }) => (code === "invalid_union" ? `must be one of ${SCHEMES.join(", ")}` : undefined),
  },
);

export const verificationViewSchema = z
  .object({
    scheme: z.string(),
    secrets: z
      .number()
      .openapi({ description: "How many secrets work: 2 after a rotation, until the previous secret expires." }),
    secretSetAt: timeSchema,
    previousSecretExpiresAt: timeSchema.nullable().openapi({
      description:
        "Until when the previous secret works; null: there is none. `previousSecret: null` stops it at once.",
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
    claims: z.record(z.string(), z.string()).optional(),
    jwksUrl: z.string().optional(),
    bodyHash: z.object({ claim: z.string(), algorithm: z.string(), encoding: z.string(), of: z.string() }).optional(),
  })
  .openapi("Verification");
