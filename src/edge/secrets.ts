import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { CallbackClaims, Sealer, Signer } from "../app/deps.ts";

/** Derives a 32-byte key for one purpose, which is useless for any other. */
export const keyFor = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "layerhook", purpose, 32));

const slowKeys = new Map<string, Buffer>();

/**
 * Derives a key for one purpose slowly: about 50 ms, once for each instance. Anybody with a signed text can try guesses
 * at the secret: 120,000 a second on one core with `keyFor`, and 20 with this function.
 */
export const slowKeyFor = (secret: string, purpose: string): Buffer => {
  const fast = keyFor(secret, purpose);
  const name = fast.toString("base64");
  const key = slowKeys.get(name) ?? scryptSync(fast, "layerhook", 32, { N: 2 ** 14, r: 8, p: 1 });
  slowKeys.set(name, key);
  return key;
};

/** A short text that changes whenever a long text does: its SHA-256. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** Whether two texts are equal, in a time that reveals nothing about either. */
export const isSameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

const TAG_BYTES = 16;
const RANDOM_BYTES = 8;
const PLACE_BYTES = 12;
/** The length of the nonce in a text that is bound to no place, as sealed by an earlier release (bytes). */
const UNBOUND_BYTES = 12;

/**
 * Seals with AES-256-GCM: `1.<key id>.<nonce>.<tag>.<text>`. The key id distinguishes a text of the former key from a
 * damaged one.
 *
 * The nonce is eight random bytes and twelve bytes of a MAC over these and the place, so a text opens at its place
 * alone. The tag covers the nonce: a text whose nonce is cut to the twelve bytes of an earlier release does not open.
 *
 * The place is in the nonce and not in additional data, because a deploy may be rolled back. The release before knows no
 * additional data, but reads a nonce of any length, so it opens these texts. This release opens the texts of the release
 * before, and binds them to their place.
 */
export const makeSealer = (secrets: readonly string[]): Sealer => {
  const keys = secrets.map((secret) => {
    const bytes = keyFor(secret, "seal");
    // Imported once: Node imports a key given as bytes again with each use, which costs as much as the use itself.
    const key = createSecretKey(bytes);
    const placeKey = createSecretKey(keyFor(secret, "seal-place"));
    return { key, placeKey, id: createHash("sha256").update(bytes).digest("hex").slice(0, 8) };
  });
  const placeMac = (key: KeyObject, random: Buffer, place: string): Buffer =>
    createHmac("sha256", key).update(random).update(place, "utf8").digest().subarray(0, PLACE_BYTES);
  const fits = (key: KeyObject, nonce: Buffer, place: string): boolean => {
    if (nonce.length === UNBOUND_BYTES) return true;
    if (nonce.length !== RANDOM_BYTES + PLACE_BYTES) return false;
    const random = nonce.subarray(0, RANDOM_BYTES);
    return timingSafeEqual(nonce.subarray(RANDOM_BYTES), placeMac(key, random, place));
  };
  return {
    keyId: keys[0]?.id ?? null,
    seal(text, place) {
      const [current] = keys;
      if (current === undefined) throw new RangeError("there is no secret to seal with");
      const random = randomBytes(RANDOM_BYTES);
      const nonce = Buffer.concat([random, placeMac(current.placeKey, random, place)]);
      const cipher = createCipheriv("aes-256-gcm", current.key, nonce, { authTagLength: TAG_BYTES });
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return ["1", current.id, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"))].join(
        ".",
      );
    },
    isCurrent: (sealed) => sealed.startsWith(`1.${keys[0]?.id}.`),
    isBound: (sealed) => Buffer.from(sealed.split(".")[2] ?? "", "base64url").length === RANDOM_BYTES + PLACE_BYTES,
    open(sealed, place) {
      const [version, id, nonce, tag, text] = sealed.split(".");
      const match = keys.find((key) => key.id === id);
      if (version !== "1" || match === undefined || nonce === undefined || tag === undefined || text === undefined) {
        return null;
      }
      try {
        const nonceBytes = Buffer.from(nonce, "base64url");
        if (!fits(match.placeKey, nonceBytes, place)) return null;
        const decipher = createDecipheriv("aes-256-gcm", match.key, nonceBytes, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(Buffer.from(tag, "base64url"));
        return Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
};

const macOf = (key: Buffer, ...parts: readonly (string | number)[]): string =>
  createHmac("sha256", key).update(JSON.stringify(parts)).digest("base64url");

/** Signs calls and callback URLs. `publicUrl` is the base of callback URLs. */
export const makeSigner = (secrets: readonly string[], publicUrl: string): Signer => {
  const [current] = secrets;
  const token = (key: Buffer, { layerId, syncId, slug, fence }: CallbackClaims) =>
    macOf(key, layerId, syncId, slug, fence);
  return {
    standard(sourceSecrets, id, at, body) {
      const when = new Date(at);
      const signatures = sourceSecrets.map((secret) => new Webhook(secret).sign(id, when, body));
      return {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at / 1000)),
        "webhook-signature": signatures.join(" "),
      };
    },
    callbackUrl(claims) {
      if (current === undefined) throw new RangeError("there is no secret to sign with");
      const { layerId, syncId, slug, fence } = claims;
      const signature = token(slowKeyFor(current, "callback"), claims);
      return `${publicUrl}/hooks/callbacks/${layerId}/${syncId}/${slug}/${fence}/${signature}`;
    },
    // The release before signed with the fast key, and its running jobs hold such URLs.
    isCallback: (claims, given) =>
      [slowKeyFor, keyFor].some((derive) =>
        secrets.some((secret) => isSameText(token(derive(secret, "callback"), claims), given)),
      ),
  };
};

/**
 * How old an internal call may be (ms). The platform runs a worker's call again a minute after it failed, and once more two
 * minutes after the next failure; each worker may live for fifteen minutes. A replay is harmless, because a claim is
 * conditional.
 */
const INTERNAL_AGE = 40 * 60 * 1000;

/** The proof in an internal call. */
export const internalMac = (secret: string, target: string, at: number): string =>
  macOf(keyFor(secret, "internal"), target, at);

/** Whether this system made an internal call lately, with the current secret or the former one. */
export const isInternal = (secrets: readonly string[], target: string, at: number, mac: string, now: number): boolean =>
  Math.abs(now - at) <= INTERNAL_AGE && secrets.some((secret) => isSameText(internalMac(secret, target, at), mac));

/** Makes a signing secret in the Standard Webhooks format. */
export const newSigningSecret = (): string => `whsec_${randomBytes(24).toString("base64")}`;
