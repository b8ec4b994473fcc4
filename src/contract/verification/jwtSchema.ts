import { z } from "@hono/zod-openapi";
import { isWrittenAsPublicKey } from "../../core/webhook/verification.ts";
import { urlSchema } from "../schemas.ts";
import { isOnCurve, isPublicKey, type KeyKind, pemOrText, publicKeyNeeded } from "./publicKeySchema.ts";
import { keyEncodingSchema, refineKeys, secretOf, secrets, toleranceSeconds } from "./secretSchemas.ts";
import { hashSchema, proofHeaderSchema, refineSigns, signedTextSchema } from "./signatureSchemas.ts";

const families = { HS: null, RS: "rsa", PS: "rsa", ES: "ecdsa", EdDSA: "ed25519" } as const satisfies Record<
  string,
  KeyKind | null
>;
const algorithms = Object.keys(families).flatMap((letters) =>
  letters === "EdDSA" ? [letters] : ["256", "384", "512"].map((bits) => `${letters}${bits}`),
);

/** The kind of public key of an algorithm; null: its key is a secret that both sides have. */
const kindOf = (algorithm: string): KeyKind | null =>
  Object.entries(families).find(([letters]) => algorithm.startsWith(letters))?.[1] ?? null;

const sharedSecret = secretOf("jwt", 512);

/** Why a text is no key of an algorithm; null: it is one. */
const keyFault = (algorithm: string, text: string): string | null => {
  const kind = kindOf(algorithm);
  if (kind !== null && !isPublicKey(text, kind)) return publicKeyNeeded(kind);
  if (kind === "ecdsa" && !isOnCurve(text, algorithm))
    return `must be a key of the curve that ${algorithm} is defined for`;
  if (kind !== null) return null;
  if (isWrittenAsPublicKey(text)) return `must be the secret of ${algorithm}; a public key is no secret`;
  const { error } = sharedSecret.safeParse(text);
  return error?.issues[0]?.message ?? null;
};

const claimName = z.string().regex(/^[\x21-\x7e]{1,64}$/, "must have 1 to 64 printable ASCII characters");

const bodyHashSchema = z
  .strictObject({
    claim: claimName,
    algorithm: hashSchema.default("sha256"),
    encoding: z.enum(["hex", "base64", "base64url"]).default("hex"),
    of: signedTextSchema.default("{body}"),
  })
  .openapi({ description: "The claim that is a hash, and of what: `of` is written as `signs`, without a timestamp." });

const claimsSchema = z
  .record(claimName, z.string().regex(/^[\x20-\x7e]{1,200}$/, "must have 1 to 200 printable ASCII characters"))
  .refine((claims) => Object.keys(claims).length <= 5, { message: "must have at most 5 claims" });

/** The claims that change with each token, and that are checked by themselves. */
const TIMES: ReadonlySet<string> = new Set(["exp", "nbf", "iat", "jti"]);

/** A JSON Web Token. */
export const jwtSchema = z
  .strictObject({
    scheme: z.literal("jwt"),
    ...secrets(pemOrText),
    toleranceSeconds,
    header: proofHeaderSchema.default("authorization"),
    algorithm: z.enum(algorithms).default("HS256"),
    keyEncoding: keyEncodingSchema.optional(),
    claims: claimsSchema.optional().openapi({
      description: "The value that each of these claims must have; of a list, one entry.",
    }),
    bodyHash: bodyHashSchema.optional(),
    jwksUrl: urlSchema.optional().openapi({
      description: "The https URL of the sender's key set (RFC 7517), in place of `secret`. Needs `claims`.",
    }),
  })
  .superRefine(({ header, bodyHash, claims = {} }, context) => {
    if (bodyHash !== undefined) refineSigns({ header, signs: bodyHash.of }, context, ["bodyHash", "of"]);
    for (const name of Object.keys(claims)) {
      if (!TIMES.has(name) && name !== bodyHash?.claim) continue;
      const message = "can never match: this claim has another value in each token";
      context.addIssue({ code: "custom", path: ["claims", name], message, input: name });
    }
  })
  .superRefine(({ algorithm, secret, previousSecret, keyEncoding, claims = {}, jwksUrl }, context) => {
    const isSet = jwksUrl !== undefined;
    const faults: readonly (readonly [wrong: boolean, field: string, message: string])[] = [
      [isSet && (secret != null || previousSecret != null), "secret", "must be left out if `jwksUrl` is given"],
      [isSet && kindOf(algorithm) === null, "algorithm", "must be one of a public key if `jwksUrl` is given"],
      // Platforms sign the tokens of all their customers with the same keys.
      [
        isSet && Object.keys(claims).length === 0,
        "claims",
        "must name a claim of your own, such as `aud`, if `jwksUrl` is given: the same keys may sign for others too",
      ],
    ];
    for (const [isWrong, field, message] of faults) {
      if (isWrong) context.addIssue({ code: "custom", path: [field], message, input: jwksUrl });
    }
    for (const [field, text] of Object.entries({ secret, previousSecret })) {
      const message = text == null ? null : keyFault(algorithm, text);
      if (message !== null) context.addIssue({ code: "custom", path: [field], message, input: text });
    }
    if (kindOf(algorithm) === null) return refineKeys({ secret, previousSecret, keyEncoding }, context);
    const message = `must be left out: the key of ${algorithm} is in PEM`;
    if (keyEncoding !== undefined) {
      context.addIssue({ code: "custom", path: ["keyEncoding"], message, input: keyEncoding });
    }
  });
