import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Scheme } from "../arrived.ts";
import { claim, usualForm } from "../hmac.ts";
import { proofsIn, signedText } from "./signedText.ts";

type KeyType = "rsa" | "ec" | "ed25519";
type Encoding = "hex" | "base64" | "base64url";

const ENCODINGS: readonly Encoding[] = ["hex", "base64", "base64url"];
const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO } = constants;

/** The ways in which senders write a signature of one kind. All mean the same key and the same bytes. */
const forms = {
  rsa: [{ padding: RSA_PKCS1_PADDING }, { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_AUTO }],
  ec: [{ dsaEncoding: "der" }, { dsaEncoding: "ieee-p1363" }],
  ed25519: [{}],
} as const;

/** A public key of a text in PEM. Throws if it is another kind of key. */
export const publicKeyOf = (pem: string, type: string): KeyObject => {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== type) throw new RangeError(`the key is not of the kind ${type}`);
  return key;
};

/** The bytes of a signature; null: the text is not the one way to write them, so a changed text might pass. */
export const bytesIn = (text: string, encoding: Encoding): Buffer | null => {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : null;
};

const ofKey =
  (type: KeyType): Scheme =>
  (arrived, settings) => {
    const { algorithm = "sha256" } = settings;
    const encoding = ENCODINGS.find((known) => known === (settings.encoding ?? "base64"));
    if (encoding === undefined) throw new RangeError("the settings name no encoding that is known");
    const given = proofsIn(arrived, settings);
    if (given.kind !== "proofs") return given;
    const signed = signedText(arrived, settings);
    if (signed.kind !== "text") return signed;
    const data = Buffer.concat(signed.pieces.map((piece) => Buffer.from(piece)));
    const proofs = given.proofs.map((proof) => usualForm(proof, encoding));
    const timed = signed.at !== null;
    // One signature can be written in several texts, so the signed bytes tell a repetition.
    const once = createHash("sha256").update(data).digest("base64url");
    return claim(proofs, signed.at, (pem) => {
      const key = publicKeyOf(pem, type);
      const isRight = (proof: string): boolean => {
        const bytes = bytesIn(proof, encoding);
        if (bytes === null) return false;
        return forms[type].some((form) => verify(type === "ed25519" ? null : algorithm, data, { key, ...form }, bytes));
      };
      return proofs
        .slice(0, 10)
        .filter(isRight)
        .map((text) => ({ text, timed, once }));
    });
  };

export const rsa = ofKey("rsa");
export const ecdsa = ofKey("ec");
export const ed25519 = ofKey("ed25519");
