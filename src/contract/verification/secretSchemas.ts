import { z } from "@hono/zod-openapi";
import { isKeyText, type SCHEMES, secretPart } from "../../core/webhook/verification.ts";

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
  .openapi({ description: "How far the sender's clock may differ, in both directions. Default: 300." });

export const secrets = (secret: z.ZodType<string>) => ({
  secret: secret.optional().openapi({
    description:
      "Never shown again. After a change within the same scheme (for a token also the same kind of algorithm), the previous secret works for 30 days, until `previousSecret` is null, or until the next change.",
  }),
  previousSecret: secret.nullable().optional().openapi({
    description: "Also accepted for 30 days; null: no previous secret is accepted.",
  }),
});

/** A scheme whose proof has no time. */
export const plain = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret) });

/** A scheme whose proof has a time. */
export const timed = <N extends (typeof SCHEMES)[number]>(scheme: N, secret: z.ZodType<string> = secretOf(scheme)) =>
  z.strictObject({ scheme: z.literal(scheme), ...secrets(secret), toleranceSeconds });

export const keyEncodingSchema = z.enum(["text", "base64", "hex"]).openapi({
  description: "How the secret encodes the bytes of the key: as text, base64 or hex. Default: text.",
});

/** Refuses secrets that are not of the encoding that the settings name. */
export const refineKeys = (
  {
    keyEncoding = "text",
    ...given
  }: {
    readonly secret?: string | undefined;
    readonly previousSecret?: string | null | undefined;
    readonly keyEncoding?: z.infer<typeof keyEncodingSchema> | undefined;
  },
  context: z.core.$RefinementCtx,
): void => {
  for (const field of ["secret", "previousSecret"] as const) {
    const secret = given[field];
    if (secret == null || isKeyText(secret, keyEncoding)) continue;
    const message = `must be at least 8 bytes in ${keyEncoding}, as keyEncoding says`;
    context.addIssue({ code: "custom", path: [field], message, input: secret });
  }
};
