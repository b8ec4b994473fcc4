import type { Scheme } from "../arrived.ts";
import { claim, hmac, namedParts, timeOf } from "../hmac.ts";

const HEADER = "x-ghost-signature";

/** Ghost signs body and time one after the other; before the middle of 2024 it signed the body alone. */
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
  return claim(given, at, (secret) => [
    { text: hmac("sha256", secret, "hex", [body, timestamp ?? ""]), timed: true },
    { text: hmac("sha256", secret, "hex", [body]), timed: false },
  ]);
};
