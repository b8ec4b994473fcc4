import type { Opener } from "../../app/stored/sealing.ts";
import { isoTime } from "../../app/time.ts";
import { defined } from "../../core/defined.ts";
import { SECOND } from "../../core/durations.ts";
import type { VerificationRefusal, Verified } from "../../core/webhook/inspection.ts";
import { previousSecretUntil, type SchemeName, TOLERANCE, type Verification } from "../../core/webhook/verification.ts";
import type { KeySets } from "../outgoing/keySets.ts";
import { isSameText } from "../secrets.ts";
import type { Arrived, Claim, Proof, Scheme, Unread } from "./arrived.ts";
import { onceOf } from "./once.ts";
import { basic } from "./schemes/basic.ts";
import { bodySecret } from "./schemes/bodySecret.ts";
import { github, kontentAi, shopify, storyblok } from "./schemes/bodySignatures.ts";
import { contentful } from "./schemes/contentful.ts";
import { genericHmac } from "./schemes/genericHmac.ts";
import { ghost } from "./schemes/ghost.ts";
import { headerSecret } from "./schemes/headerSecret.ts";
import { hygraph } from "./schemes/hygraph.ts";
import { jwt } from "./schemes/jwt.ts";
import { otherReading } from "./schemes/otherReading.ts";
import { ecdsa, ed25519, rsa } from "./schemes/publicKeySignature.ts";
import { standardWebhooks, svix } from "./schemes/standardWebhooks.ts";
import { contentstack, sanity } from "./schemes/timedSignatures.ts";
import { NO_KEY_SETS, secretsOf } from "./secretsOf.ts";

const schemes = {
  "standard-webhooks": standardWebhooks,
  svix,
  contentful,
  sanity,
  storyblok,
  ghost,
  shopify,
  hygraph,
  "kontent-ai": kontentAi,
  contentstack,
  github,
  "header-secret": headerSecret,
  basic,
  "body-secret": bodySecret,
  hmac: genericHmac,
  rsa,
  ecdsa,
  ed25519,
  jwt,
} as const satisfies Record<SchemeName, Scheme>;

/** The reader of a scheme's proof; undefined: this release does not know the scheme. */
export const schemeOf = (name: string): Scheme | undefined =>
  Object.entries(schemes).find(([known]) => known === name)?.[1];

const refused = (code: VerificationRefusal["code"], cause: string): VerificationRefusal => ({
  kind: "refused",
  status: 401,
  code,
  cause,
});

type Match = { readonly secret: "current" | "previous"; readonly timedProof: string | null };

/**
 * Compares every given proof with every right one, so that the time of the answer reveals nothing. Throws for a secret of
 * another format, unless another secret proves the sender.
 */
const match = (claim: Claim, secrets: readonly (string | null)[]): Match | null => {
  let found: Match | null = null;
  const faults: unknown[] = [];
  const expected = (secret: string): readonly Proof[] => {
    try {
      return claim.expected(secret);
    } catch (error) {
      faults.push(error);
      return [];
    }
  };
  for (const [index, secret] of secrets.entries()) {
    if (secret === null) continue;
    for (const { text, timed, once = text } of expected(secret)) {
      for (const given of claim.given.slice(0, 10)) {
        // An empty proof proves nothing, whatever the secret is.
        if (given.trim() !== "" && isSameText(given, text))
          found ??= { secret: index === 0 ? "current" : "previous", timedProof: timed ? once : null };
      }
    }
  }
  if (found === null && faults.length > 0) throw faults[0];
  return found;
};

/** Whether a secret proves the sender under these settings, whatever the time. Never throws. */
const isProof = (arrived: Arrived, settings: Verification, secret: string): boolean => {
  try {
    const read = schemeOf(settings.scheme)?.(arrived, settings);
    return read?.kind === "claim" && match(read.claim, [secret]) !== null;
  } catch {
    return false;
  }
};

/** By how much a proof is of another time than now (ms): above zero, it is of the past. */
const offBy = ({ at, lifetime = { from: at, until: at } }: Claim, now: number): number => {
  const { from, until } = lifetime;
  if (until !== null && now > until) return now - until;
  return from !== null && now < from ? now - from : 0;
};

const seconds = (ms: number): string => `${Math.round(ms / SECOND)} seconds`;

/** Why a request has no proof that could be compared. */
const unread = (read: Unread, { scheme }: Verification, bytes: number): VerificationRefusal => {
  switch (read.kind) {
    case "missing":
      return refused("SIGNATURE_MISSING", `The header ${read.header} is missing. The scheme ${scheme} needs it.`);
    case "malformed":
      return refused(
        "SIGNATURE_MALFORMED",
        `The header ${read.header} does not have the expected format: ${read.needed}.`,
      );
    case "not-in-body":
      return refused(
        "SIGNATURE_MISSING",
        read.cause ?? `The body has no text at "${read.path}", where this webhook expects its secret.`,
      );
    case "no-body":
      return refused(
        "BODY_NOT_VERIFIABLE",
        `Layerhook could not read the whole body (${bytes} bytes or more arrived), so it cannot verify the request.`,
      );
    case "not-verifiable":
      return refused("BODY_NOT_VERIFIABLE", read.cause);
  }
};

/** Whether a proof that is right is one that the webhook accepts now; null: it is. */
const unaccepted = (
  claim: Claim,
  { secret }: Match,
  settings: Verification,
  now: number,
): VerificationRefusal | null => {
  const until = previousSecretUntil(settings);
  if (secret === "previous" && until !== null && until <= now) {
    const cause = `The sender still uses the previous secret, which expired at ${isoTime(until)}. Enter the current secret at the sender.`;
    return refused("SIGNATURE_MISMATCH", cause);
  }
  if (claim.unmet != null) {
    return refused("SIGNATURE_MISMATCH", `The signature is correct (${secret} secret), but ${claim.unmet}.`);
  }
  const tolerance = settings.toleranceSeconds === undefined ? TOLERANCE : settings.toleranceSeconds * SECOND;
  const off = offBy(claim, now);
  if (Math.abs(off) <= tolerance) return null;
  const where = off > 0 ? "old" : "ahead of our clock";
  const cause = `The signature is correct (${secret} secret), but its timestamp is ${seconds(Math.abs(off))} ${where}. The webhook allows ${seconds(tolerance)}.`;
  return refused("TIMESTAMP_OUT_OF_RANGE", cause);
};

const judge = (
  arrived: Arrived,
  settings: Verification,
  opener: Opener,
  now: number,
  keySets: Pick<KeySets, "known">,
): Verified | VerificationRefusal => {
  const scheme = schemeOf(settings.scheme);
  if (scheme === undefined) {
    return refused("SCHEME_UNKNOWN", `This release does not support the scheme "${settings.scheme}".`);
  }
  const read = scheme(arrived, settings);
  if (read.kind !== "claim") return unread(read, settings, arrived.bytes);
  const { claim } = read;
  const known = secretsOf(settings, claim, opener, keySets, now);
  if (known.kind === "refused") return known;
  const found = match(claim, known.secrets);
  if (found === null) {
    const detail = `The signature or secret does not match this webhook's secret and the body of ${arrived.bytes} bytes. ${known.tried}.`;
    const proves = (other: Verification, secret: string) => isProof(arrived, other, secret);
    const secrets = settings.jwksUrl === undefined ? known.secrets.filter((secret) => secret !== null) : [];
    return {
      ...refused("SIGNATURE_MISMATCH", detail),
      hint: () => otherReading(arrived, settings, secrets, proves),
    };
  }
  // No key of a key set is a former one.
  const matched: Match = settings.jwksUrl === undefined ? found : { ...found, secret: "current" };
  const refusal = unaccepted(claim, matched, settings, now);
  if (refusal !== null) return refusal;
  const once = onceOf(arrived, settings.scheme, matched.timedProof);
  return { kind: "verified", secret: matched.secret, ...defined({ once }) };
};

/**
 * Judges a request by its webhook's verification. `now` is when it arrived (ms). Every internal error is a refusal: a
 * verifier that fails must neither accept a request nor answer with 500.
 */
export const verify = (
  arrived: Arrived,
  settings: Verification,
  opener: Opener,
  now: number,
  keySets: Pick<KeySets, "known"> = NO_KEY_SETS,
): Verified | VerificationRefusal => {
  try {
    return judge(arrived, settings, opener, now, keySets);
  } catch {
    return refused(
      "VERIFIER_FAILED",
      `Layerhook cannot read the signature or secret with the scheme ${settings.scheme}.`,
    );
  }
};
