import { z } from "@hono/zod-openapi";
import { type SCHEMES, secretPart } from "../../core/webhook/verification.ts";

const DISTINCT = 4;

/**
 * A secret that a sender shares with a webhook. Blanks or a single repeated character would match what anybody sends.
 */
export const secretOf = (scheme: string, most = 200) =>
  z
    .string()
    .min(8, "must have at least 8 characters")
    .max(most, `must have at most ${most} characters`)
    .regex(/^[\x20-\x7e]+$/, "may contain only printable ASCII characters")
    .regex(/^(?! ).*(?<! )$/, "must not begin or end with a space")
    .refine((text) => new Set(secretPart(scheme, text)).size >= DISTINCT, {
      message: `must have at least ${DISTINCT} different characters`,
    });

export const toleranceSeconds = z
  .number()
  .int()
  .min(10, "must be at least 10")
  .max(86_400, "must be at most 86400")
  .optional()
  .openapi({ description: "How far the sender's clock may be off, in both directions; 300 unless given." });

export const secrets = (secret: z.ZodType<string>) => ({
  secret: secret.optional().openapi({
    description:
      "Never shown again. A new one of the same scheme leaves the one before it standing beside it for 30 days, or until `previousSecret` is null or there is a newer one.",
  }),
  previousSecret: secret.nullable().optional().openapi({
    description: "Accepted beside the other for 30 days from now; null: no other is accepted from now on.",
  }),
});

/** A scheme whose proof has no time. */
export const plain = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret) });

/** A scheme whose proof has a time. */
export const timed = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret), toleranceSeconds });

export const keyEncodingSchema = z.enum(["text", "base64", "hex"]).openapi({
  description:
    "How the secret stands for the bytes of the key: as its own text, or in base64 or hex; as text unless given.",
});

const KEY_FORMS = { text: /^/, base64: /^[A-Za-z0-9+/_-]{11,}={0,2}$/, hex: /^(?:[0-9a-fA-F]{2}){8,}$/ } as const;

/** Refuses secrets that are not of the encoding that the settings name. */
export const refineKeys = (
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
