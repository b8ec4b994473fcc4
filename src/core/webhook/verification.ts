import { z } from "zod/mini";
import { DAY, MINUTE } from "../durations.ts";

/** How a sender may prove who it is. Chosen by a person for each webhook: two vendors use one header name differently. */
export const SCHEMES = [
  "standard-webhooks",
  "svix",
  "contentful",
  "sanity",
  "storyblok",
  "ghost",
  "shopify",
  "hygraph",
  "kontent-ai",
  "contentstack",
  "github",
  "header-secret",
  "basic",
  "body-secret",
  "hmac",
] as const;
export type SchemeName = (typeof SCHEMES)[number];

/** The schemes whose proof carries the time of its making: its age is checked. */
export const TIMED: ReadonlySet<string> = new Set([
  "standard-webhooks",
  "svix",
  "contentful",
  "sanity",
  "ghost",
  "hygraph",
  "contentstack",
] satisfies SchemeName[]);

/** How far a sender's clock may be from ours, in both directions, unless the webhook says otherwise. */
export const TOLERANCE = 5 * MINUTE;

export const verificationSchema = z.looseObject({
  /** A text: one that only a later release knows is refused when it is needed, the rest of the document stays readable. */
  scheme: z.string(),
  /** Sealed, the newest first, at most two: the former one is accepted until a person drops it or its time is over. */
  secrets: z.array(z.string()),
  secretSetAt: z.number(),
  /** When a person gave the former secret by itself; absent: it became the former one when the newest was set. */
  previousSetAt: z.optional(z.number()),
  toleranceSeconds: z.optional(z.number()),
  /** Of a secret in a header, and of the generic HMAC. */
  header: z.optional(z.string()),
  /** Of a secret in the JSON body: names joined by dots. */
  bodyPath: z.optional(z.string()),
  algorithm: z.optional(z.string()),
  encoding: z.optional(z.string()),
  prefix: z.optional(z.string()),
  timestamp: z.optional(z.looseObject({ header: z.string(), unit: z.string(), separator: z.string() })),
});
export type Verification = z.infer<typeof verificationSchema>;

/** How long a former secret is accepted beside the newest one (ms). */
export const FORMER_SECRET = 30 * DAY;

/** Since when former secrets end: 1 December 2026 (UTC, ms). One of before has its thirty days from here: an upgrade ends none at once. */
export const ENFORCED_SINCE = 20_788 * DAY;

/** Until when the former secret of a verification is accepted (ms); null: it has none. The time may be over. */
export const previousSecretUntil = ({
  secrets,
  secretSetAt,
  previousSetAt,
}: Pick<Verification, "secrets" | "secretSetAt" | "previousSetAt">): number | null =>
  secrets.length < 2 ? null : Math.max(secretSetAt, previousSetAt ?? 0, ENFORCED_SINCE) + FORMER_SECRET;

/** What stands before the secret in a header's value. Any other word is part of the secret. */
const HEADER_WORD = /^(?:Bearer|Basic|Token|ApiKey)(?: +|$)/i;

/** The part of a sender's secret that is secret: without the prefix, the name or the word that stands before it. */
export const secretPart = (scheme: string, secret: string): string => {
  if (scheme === "basic") return secret.slice(secret.indexOf(":") + 1).trim();
  return secret
    .trim()
    .replace(scheme === "header-secret" ? HEADER_WORD : /^whsec_/, "")
    .trim();
};

/** What a person asks of a webhook's verification. */
export interface VerificationChange {
  readonly settings: Pick<
    Verification,
    "scheme" | "toleranceSeconds" | "header" | "bodyPath" | "algorithm" | "encoding" | "prefix" | "timestamp"
  >;
  /** Sealed; absent: the one that stands. */
  readonly secret?: string;
  /** Sealed, taken beside the other; null: no other is taken; absent: after a rotation the one that stood. */
  readonly previousSecret?: string | null;
}

/**
 * The verification after a change; null if it would have no secret. A new secret of the same scheme leaves the one before
 * it standing for `FORMER_SECRET`, so that whoever enters it in the CMS a minute later loses nothing. Asked again about a
 * change that stands, it changes nothing.
 */
export const changeVerification = (
  before: Verification | undefined,
  { settings, secret, previousSecret }: VerificationChange,
  now: number,
): Verification | null => {
  const standing = before?.scheme === settings.scheme ? before : undefined;
  const current = secret ?? standing?.secrets[0];
  if (current === undefined) return null;
  const rotated = current !== standing?.secrets[0];
  const kept = rotated ? standing?.secrets[0] : standing?.secrets[1];
  const previous = previousSecret === undefined ? kept : previousSecret;
  const secretSetAt = standing === undefined || rotated ? now : standing.secretSetAt;
  if (previous === undefined || previous === null) return { ...settings, secrets: [current], secretSetAt };
  const previousSetAt = rotated ? undefined : previous === kept ? standing?.previousSetAt : now;
  const since = previousSetAt === undefined ? {} : { previousSetAt };
  return { ...settings, secrets: [current, previous], secretSetAt, ...since };
};
