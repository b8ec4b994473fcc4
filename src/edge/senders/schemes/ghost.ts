import type { Scheme } from "../arrived.ts";
import { ambiguous, claim, hmac, namedParts, timeOf } from "../hmac.ts";

const HEADER = "x-ghost-signature";

/** Every delivery of Ghost is a JSON object. */
const endsAsJson = (body: Buffer): boolean => /[\]}]$/.test(body.subarray(-1).toString("latin1"));

/**
 * Ghost signs the body and the time with nothing between them; before mid-2024 it signed the body alone. The time
 * begins where the body ends. No JSON object ends in a digit, so the signed bytes have only one reading.
 */
export const ghost: Scheme = ({ headers, body }) => {
  const value = headers.get(HEADER);
  if (value === null) return { kind: "missing", header: HEADER };
  const parts = namedParts(value);
  const [timestamp] = parts.get("t") ?? [];
  const given = (parts.get("sha256") ?? []).map((text) => text.toLowerCase());
  const at = timeOf(timestamp, 1);
  if (at === null || given.length === 0) {
    return { kind: "malformed", header: HEADER, needed: "sha256=<signature>, t=<milliseconds>" };
  }
  if (body === null) return { kind: "no-body" };
  if (!endsAsJson(body)) return ambiguous("The body must be a JSON object or array, as Ghost sends.");
  return claim(given, at, (secret) => [
    { text: hmac("sha256", secret, "hex", [body, timestamp ?? ""]), timed: true },
    { text: hmac("sha256", secret, "hex", [body]), timed: false },
  ]);
};
