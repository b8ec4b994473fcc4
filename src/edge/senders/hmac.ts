import { createHmac } from "node:crypto";
import type { Claim, ClaimRead, Unread } from "./arrived.ts";

export type Encoding = "hex" | "base64" | "base64url";

/** The HMAC of the parts, joined. */
export const hmac = (
  algorithm: string,
  secret: string | Buffer,
  encoding: Encoding,
  parts: readonly (string | Buffer)[],
): string => {
  const mac = createHmac(algorithm, secret);
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
};

/** A signature as it is usually written: some senders write capitals in hex, pad base64url, or leave base64 unpadded. */
export const usualForm = (text: string, encoding: Encoding): string => {
  if (encoding === "hex") return text.toLowerCase();
  const bare = text.replace(/={1,2}$/, "");
  return encoding === "base64url" ? bare : bare.padEnd(Math.ceil(bare.length / 4) * 4, "=");
};

/** A header of the form `t=…,v1=…`: every value by its name, in order. Spaces around the parts are ignored. */
export const namedParts = (header: string): ReadonlyMap<string, readonly string[]> => {
  const parts = new Map<string, string[]>();
  for (const part of header.split(",")) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    const name = part.slice(0, at).trim();
    parts.set(name, [...(parts.get(name) ?? []), part.slice(at + 1).trim()]);
  }
  return parts;
};

/** A time in digits, in units of `unit` ms; null: the text is no such time. */
export const timeOf = (digits: string | null | undefined, unit: 1 | 1000): number | null =>
  digits !== null && digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) * unit : null;

/**
 * Refuses a proof whose signed bytes could also be those of another request. `needed` says what would rule that out.
 */
export const ambiguous = (needed: string): Unread => ({
  kind: "not-verifiable",
  cause: `The signature would also fit another request. ${needed}`,
});

export const claim = (given: readonly string[], at: number | null, expected: Claim["expected"]): ClaimRead => ({
  kind: "claim",
  claim: { given, at, expected },
});
