import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { DAY, MINUTE } from "../durations.ts";

/**
 * How a webhook verifies its senders. A person chooses the scheme, because two vendors use the same header name
 * differently.
 */
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
  "rsa",
  "ecdsa",
  "ed25519",
  "jwt",
] as const;
export type SchemeName = (typeof SCHEMES)[number];

/** The schemes whose proof carries the time it was made. Its age is checked. */
export const TIMED: ReadonlySet<string> = new Set([
  "standard-webhooks",
  "svix",
  "contentful",
  "sanity",
  "ghost",
  "hygraph",
  "contentstack",
  "jwt",
] satisfies SchemeName[]);

/** How far a sender's clock may differ from ours, in both directions, unless the webhook sets another limit. */
export const TOLERANCE = 5 * MINUTE;

export const verificationSchema = z.looseObject({
  /**
   * Any text, because a scheme of a later release must not make the document unreadable. Only deliveries to such a
   * webhook are refused.
   */
  scheme: z.string(),
  /** Sealed; the newest first, at most two. The former secret is accepted until a person drops it or it expires. */
  secrets: z.array(z.string()),
  secretSetAt: z.number(),
  /** When a person set the former secret by itself; absent: it became the former one when the newest was set. */
  previousSetAt: z.optional(z.number()),
  toleranceSeconds: z.optional(z.number()),
  /** The header, for `header` secrets and the generic HMAC. */
  header: z.optional(z.string()),
  /** The path of a secret in the body, as names joined by dots. */
  bodyPath: z.optional(z.string()),
  algorithm: z.optional(z.string()),
  encoding: z.optional(z.string()),
  prefix: z.optional(z.string()),
  timestamp: z.optional(
    z.looseObject({
      header: z.string(),
      unit: z.string(),
      separator: z.string(),
      /** The name of the time among the named parts of the header; absent: the header holds the time alone. */
      name: z.optional(z.string()),
    }),
  ),
  /** How the text of a secret stands for the bytes of a key; absent: as text. */
  keyEncoding: z.optional(z.string()),
  /** What is signed: names of parts in braces, and what stands between them; absent: the time and the body. */
  signs: z.optional(z.string()),
  /** The values that claims of a token must have. */
  claims: z.optional(z.record(z.string(), z.string())),
  /** The URL of the sender's key set, in place of secrets. */
  jwksUrl: z.optional(z.string()),
  /** The claim of a token that is a hash, and of what; `of` is written as `signs`. */
  bodyHash: z.optional(
    z.looseObject({ claim: z.string(), algorithm: z.string(), encoding: z.string(), of: z.string() }),
  ),
});
export type Verification = z.infer<typeof verificationSchema>;

/** How long a former secret is accepted beside the newest one (ms). */
export const FORMER_SECRET = 30 * DAY;

/**
 * The day from which former secrets expire: 1 December 2026 (UTC, ms). Older former secrets have thirty days from this
 * day, so that no upgrade ends one at once.
 */
export const ENFORCED_SINCE = 20_788 * DAY;

/** Until when the former secret is accepted (ms), which may be in the past; null: there is none. */
export const previousSecretUntil = ({
  secrets,
  secretSetAt,
  previousSetAt,
}: Pick<Verification, "secrets" | "secretSetAt" | "previousSetAt">): number | null =>
  secrets.length < 2 ? null : Math.max(secretSetAt, previousSetAt ?? 0, ENFORCED_SINCE) + FORMER_SECRET;

/** The words that may come before the secret in a header's value. Any other word is part of the secret. */
const HEADER_WORD = /^(?:Bearer|Basic|Token|ApiKey)(?: +|$)/i;

/** The secret part of a sender's secret: without the prefix, the name or the word before it. */
export const secretPart = (scheme: string, secret: string): string => {
  if (scheme === "basic") return secret.slice(secret.indexOf(":") + 1).trim();
  return secret
    .trim()
    .replace(scheme === "header-secret" ? HEADER_WORD : /^whsec_/, "")
    .trim();
};

/** How a key is written in each encoding: eight bytes or more. */
const KEY_FORMS: Readonly<Record<string, RegExp>> = {
  text: /^/,
  base64: /^[A-Za-z0-9+/_-]{11,}={0,2}$/,
  hex: /^(?:[0-9a-fA-F]{2}){8,}$/,
};

/** Whether a text is a key in an encoding. False for an encoding that is not known. */
export const isKeyText = (text: string, encoding: string): boolean =>
  Object.hasOwn(KEY_FORMS, encoding) && KEY_FORMS[encoding]?.test(text) === true;

/** Whether a text is written as a key in PEM or as JSON. Such a key may be public, so it is no secret. */
export const isWrittenAsPublicKey = (text: string): boolean => /^\s*(?:\{|-----BEGIN)/.test(text);

/** The verification settings that a person gives. */
export interface VerificationChange {
  readonly settings: Pick<
    Verification,
    | "scheme"
    | "toleranceSeconds"
    | "header"
    | "bodyPath"
    | "algorithm"
    | "encoding"
    | "prefix"
    | "timestamp"
    | "keyEncoding"
    | "signs"
    | "claims"
    | "jwksUrl"
    | "bodyHash"
  >;
  /** Sealed; absent: the stored secret. */
  readonly secret?: string;
  /** Sealed. Accepted beside the newest secret. Null: none. Absent: after a rotation, the secret that was stored. */
  readonly previousSecret?: string | null;
}

/**
 * The kind of key that settings need. A stored key serves no other kind: a public key read as a shared secret would let
 * anybody sign.
 */
const keyKind = ({ scheme, algorithm = "HS256" }: Pick<Verification, "scheme" | "algorithm">): string =>
  scheme === "jwt" ? `${scheme} ${algorithm.slice(0, 2).replace("PS", "RS")}` : scheme;

/**
 * The verification after a change; null if it would have neither a secret nor a key set. A new secret keeps the former
 * one of the same kind valid for `FORMER_SECRET`, so that no delivery is lost until the CMS is updated. Idempotent.
 */
export const changeVerification = (
  before: Verification | undefined,
  { settings, secret, previousSecret }: VerificationChange,
  now: number,
): Verification | null => {
  if (settings.jwksUrl !== undefined) {
    const isSame = before?.jwksUrl === settings.jwksUrl;
    return { ...settings, secrets: [], secretSetAt: isSame ? before.secretSetAt : now };
  }
  const former = before !== undefined && keyKind(before) === keyKind(settings) ? before : undefined;
  const newest = secret ?? former?.secrets[0];
  if (newest === undefined) return null;
  const rotated = newest !== former?.secrets[0];
  const formerSecret = rotated ? former?.secrets[0] : former?.secrets[1];
  const previous = previousSecret === undefined ? formerSecret : previousSecret;
  const secretSetAt = former === undefined || rotated ? now : former.secretSetAt;
  if (previous === undefined || previous === null) return { ...settings, secrets: [newest], secretSetAt };
  const previousSetAt = rotated ? undefined : previous === formerSecret ? former?.previousSetAt : now;
  return { ...settings, secrets: [newest, previous], secretSetAt, ...defined({ previousSetAt }) };
};
