import { z } from "@hono/zod-openapi";

/** The object identifiers of kinds of keys, in the bytes of a public key. */
const IDENTIFIERS = {
  rsa: "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
  ecdsa: "\x2a\x86\x48\xce\x3d\x02\x01",
  ed25519: "\x2b\x65\x70",
} as const;
export type KeyKind = keyof typeof IDENTIFIERS;

const NAMES: Readonly<Record<KeyKind, string>> = { rsa: "RSA", ecdsa: "elliptic-curve", ed25519: "Ed25519" };

/** The bytes of an RSA key of 2048 bits. A shorter one proves little. */
const RSA_BYTES = 266;
/** The identifier comes within so many bytes. */
const HEAD_BYTES = 40;

const PEM = /^-----BEGIN ((?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/;

/** A public key in PEM with its lines as they should be: a form's field may have lost the line breaks. */
const asLines = (text: string): string => {
  const [, label, base64 = ""] = PEM.exec(text.trim().replaceAll("\\n", "\n")) ?? [];
  if (label === undefined) return text;
  const lines = base64.replaceAll(/\s/g, "").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join("\n");
};

const decoded = (base64: string): string => {
  try {
    return atob(base64.replaceAll(/\s/g, ""));
  } catch {
    return "";
  }
};

/** Whether a text is a public key of a kind, in PEM. */
export const isPublicKey = (text: string, kind: KeyKind): boolean => {
  const [, label, base64 = ""] = PEM.exec(text) ?? [];
  const bytes = decoded(base64);
  if (kind === "rsa" && bytes.length < RSA_BYTES) return false;
  if (label === "RSA PUBLIC KEY") return kind === "rsa";
  return bytes.slice(0, HEAD_BYTES).includes(IDENTIFIERS[kind]);
};

/** The object identifiers of the curves of a token's algorithms (RFC 7518). */
const CURVES: Readonly<Record<string, string>> = {
  ES256: "\x2a\x86\x48\xce\x3d\x03\x01\x07",
  ES384: "\x2b\x81\x04\x00\x22",
  ES512: "\x2b\x81\x04\x00\x23",
};

/** Whether a public key in PEM is of the curve of a token's algorithm. */
export const isOnCurve = (text: string, algorithm: string): boolean =>
  decoded(PEM.exec(text)?.[2] ?? "")
    .slice(0, HEAD_BYTES)
    .includes(CURVES[algorithm] ?? "");

/** What a text that is no such key should be. */
export const publicKeyNeeded = (kind: KeyKind): string =>
  `must be an ${NAMES[kind]} public key in PEM (-----BEGIN PUBLIC KEY-----)${kind === "rsa" ? " of 2048 bits or more" : ""}`;

/** A key in PEM, or another text as it is. */
export const pemOrText = z
  .string()
  .max(4096, "must have at most 4096 characters")
  .regex(/^[\x20-\x7e\r\n]*$/, "may contain only printable ASCII characters and line breaks")
  .transform(asLines);

/** The public key of a sender. */
export const publicKeySchema = (kind: KeyKind) =>
  pemOrText.refine((text) => isPublicKey(text, kind), { message: publicKeyNeeded(kind) });
