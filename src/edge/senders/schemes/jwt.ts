import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  type VerifyKeyObjectInput,
  verify,
} from "node:crypto";
import { z } from "zod/mini";
import { SECOND } from "../../../core/durations.ts";
import { isWrittenAsPublicKey, type Verification } from "../../../core/webhook/verification.ts";
import { isSameText } from "../../secrets.ts";
import type { Arrived, Scheme, Unread } from "../arrived.ts";
import { claim } from "../hmac.ts";
import { keyOf } from "./genericHmac.ts";
import { bytesIn } from "./publicKeySignature.ts";
import { signedText } from "./signedText.ts";

/** A token with the parts that are looked at before its signature is known to be right. */
interface Token {
  readonly algorithm: string;
  readonly keyId: string | null;
  /** Null: the token signs the body in place of claims. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** The signed bytes. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const headSchema = z.looseObject({
  alg: z.string(),
  kid: z.optional(z.string()),
  b64: z.optional(z.boolean()),
  crit: z.optional(z.array(z.string())),
});
const timeSchema = z.optional(z.number().check(z.minimum(0), z.maximum(1e12)));
const claimsSchema = z.looseObject({ exp: timeSchema, nbf: timeSchema });

const jsonOf = (part: string): unknown => JSON.parse(bytesIn(part, "base64url")?.toString("utf8") ?? "");

/** Reads a token (RFC 7515, also without its payload, which is then the body). Null: the text is none. */
const readToken = (text: string, body: Buffer | null): Token | null => {
  const [head = "", payload = "", proof = "", ...more] = text.split(".");
  const signature = bytesIn(proof, "base64url");
  if (more.length > 0 || signature === null || signature.length === 0) return null;
  try {
    const { alg, kid = null, b64 = true, crit = [] } = headSchema.parse(jsonOf(head));
    if (crit.some((name) => name !== "b64") || (payload !== "" && !b64) || (payload === "" && body === null))
      return null;
    const content = payload === "" ? (b64 ? (body?.toString("base64url") ?? "") : (body ?? "")) : payload;
    const signed = Buffer.concat([Buffer.from(`${head}.`), Buffer.from(content)]);
    const claims = payload === "" ? null : claimsSchema.parse(jsonOf(payload));
    return { algorithm: alg, keyId: kid, claims, signed, signature };
  } catch {
    return null;
  }
};

const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
/** How the algorithms of public keys sign, by the letters of their names. */
const families: Readonly<
  Record<string, { readonly type: string; readonly options: Omit<VerifyKeyObjectInput, "key"> }>
> = {
  RS: { type: "rsa", options: {} },
  PS: { type: "rsa", options: { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST } },
  ES: { type: "ec", options: { dsaEncoding: "ieee-p1363" } },
  EdDSA: { type: "ed25519", options: {} },
};

/** The public key of a PEM, or of a key of a key set as JSON; null: it is no public key. */
const keyIn = (secret: string): KeyObject | null => {
  try {
    return secret.startsWith("{")
      ? createPublicKey({ key: JSON.parse(secret), format: "jwk" })
      : createPublicKey(secret);
  } catch {
    return null;
  }
};

/** Whether a token is signed with a key. Throws if the key is of another kind than the algorithm. */
const isSigned = (
  { algorithm, signed, signature }: Token,
  secret: string,
  keyEncoding: string | undefined,
): boolean => {
  const [, letters = algorithm, bits = ""] = /^([A-Z]{2})(256|384|512)$/.exec(algorithm) ?? [];
  const hash = `sha${bits}`;
  if (letters === "HS") {
    // Settings of an earlier release may still hold one.
    if (isWrittenAsPublicKey(secret)) throw new RangeError("a public key is no secret");
    const right = createHmac(hash, keyOf(secret, keyEncoding)).update(signed).digest("base64url");
    return isSameText(right, signature.toString("base64url"));
  }
  const family = Object.hasOwn(families, letters) ? families[letters] : undefined;
  if (family === undefined) throw new RangeError("the algorithm is not known");
  const key = keyIn(secret);
  if (key?.asymmetricKeyType !== family.type) return false;
  return verify(family.type === "ed25519" ? null : hash, signed, { key, ...family.options }, signature);
};

const holds = (value: unknown, wanted: string): boolean =>
  Array.isArray(value) ? value.includes(wanted) : String(value) === wanted;

/** The hash that a claim of a token has, as the settings say; or why it cannot be computed. */
export const hashOf = (arrived: Arrived, { timestamp: _timestamp, ...settings }: Verification): Unread | string => {
  const { algorithm = "sha256", encoding = "hex", of = "{body}" } = settings.bodyHash ?? {};
  const text = signedText(arrived, { ...settings, signs: of });
  if (text.kind !== "text") return text;
  const hash = createHash(algorithm);
  for (const piece of text.pieces) hash.update(piece);
  return hash.digest(encoding === "base64" || encoding === "base64url" ? encoding : "hex");
};

/** From when to when a token may be used (ms). Without an end, the time at which it was made stands for its end. */
const lifetimeOf = (claims: Token["claims"]) => {
  const { exp, nbf } = claimsSchema.parse(claims ?? {});
  const made = exp === undefined ? timeSchema.safeParse(claims?.["iat"]).data : undefined;
  const inMs = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * SECOND);
  return { from: inMs(nbf ?? made), until: inMs(exp ?? made) };
};

/** What the claims of a token are not that they should be; null: nothing. */
const unmetClaim = (claims: Token["claims"], { claims: wanted = {}, bodyHash }: Verification, hash: string | null) => {
  if (claims === null) return Object.keys(wanted).length === 0 ? null : "it has no claims";
  const name = Object.entries(wanted).find(([key, value]) => !holds(claims[key], value))?.[0];
  if (name !== undefined) return `its claim ${name} is not the one that this webhook wants`;
  if (bodyHash === undefined || hash === null) {
    return lifetimeOf(claims).until === null
      ? "the token never ends: it has neither exp nor iat. Let the sender add one of them, or set bodyHash if the token has a hash of the body"
      : null;
  }
  const given = claims[bodyHash.claim];
  const isRight =
    typeof given === "string" && isSameText(bodyHash.encoding === "hex" ? given.toLowerCase() : given, hash);
  return isRight ? null : `its claim ${bodyHash.claim} is not the hash of this body`;
};

/** A JSON Web Token in a header: signed, of its time, with the claims and the hash of the body that the settings name. */
export const jwt: Scheme = (arrived, settings) => {
  const { header = "authorization", algorithm = "HS256", keyEncoding, bodyHash } = settings;
  const value = arrived.headers.get(header);
  if (value === null) return { kind: "missing", header };
  const text = value.trim().replace(/^(?:Bearer|JWT|Token) +/i, "");
  const token = readToken(text, arrived.body);
  if (token === null || token.algorithm !== algorithm) {
    return { kind: "malformed", header, needed: `a JSON Web Token of the algorithm ${algorithm}` };
  }
  const hash = bodyHash === undefined || token.claims === null ? null : hashOf(arrived, settings);
  if (hash !== null && typeof hash !== "string") return hash;
  // Without a hash of the body, one token may stand for many publishes.
  const timed = hash !== null && token.claims?.["exp"] !== undefined;
  const once = createHash("sha256").update(token.signed).digest("base64url");
  const read = claim([text], null, (secret) => (isSigned(token, secret, keyEncoding) ? [{ text, timed, once }] : []));
  if (read.kind !== "claim") return read;
  const lifetime = lifetimeOf(token.claims);
  return {
    kind: "claim",
    claim: { ...read.claim, lifetime, keyId: token.keyId, unmet: unmetClaim(token.claims, settings, hash) },
  };
};
