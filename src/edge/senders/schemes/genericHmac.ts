import { isKeyText } from "../../../core/webhook/verification.ts";
import type { Scheme } from "../arrived.ts";
import { claim, type Encoding, hmac, usualForm } from "../hmac.ts";
import { proofsIn, signedText } from "./signedText.ts";

const ENCODINGS: readonly Encoding[] = ["hex", "base64", "base64url"];

const KEY_ENCODINGS = new Map([
  ["text", "utf8"],
  ["base64", "base64"],
  ["hex", "hex"],
] as const);

/** The bytes of a key. Throws for an encoding that this release does not know, and for a text that is no key in it. */
export const keyOf = (secret: string, keyEncoding = "text"): Buffer => {
  const [, encoding] = [...KEY_ENCODINGS].find(([name]) => name === keyEncoding) ?? [];
  if (encoding === undefined || secret === "" || !isKeyText(secret, keyEncoding)) {
    throw new RangeError("the secret holds no key");
  }
  return Buffer.from(secret, encoding);
};

/** An HMAC as the webhook's settings describe it. */
export const genericHmac: Scheme = (arrived, settings) => {
  const { algorithm = "sha256", keyEncoding } = settings;
  const encoding = ENCODINGS.find((known) => known === (settings.encoding ?? "hex"));
  if (encoding === undefined) throw new RangeError("the settings name no encoding that is known");
  const given = proofsIn(arrived, settings);
  if (given.kind !== "proofs") return given;
  const signed = signedText(arrived, settings);
  if (signed.kind !== "text") return signed;
  const { pieces, at } = signed;
  const proofs = given.proofs.map((proof) => usualForm(proof, encoding));
  return claim(proofs, at, (secret) => [
    { text: hmac(algorithm, keyOf(secret, keyEncoding), encoding, pieces), timed: at !== null },
  ]);
};
