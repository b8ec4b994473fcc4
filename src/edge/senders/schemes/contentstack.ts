import type { Scheme } from "../arrived.ts";
import { claim, hmac, namedParts, timeOf } from "../hmac.ts";

const HEADER = "x-contentstack-hmac-signature";

export const contentstack: Scheme = ({ headers, body }) => {
  const value = headers.get(HEADER);
  if (value === null) return { kind: "missing", header: HEADER };
  const parts = namedParts(value);
  const [timestamp] = parts.get("t") ?? [];
  const given = (parts.get("v1") ?? []).map((text) => text.toLowerCase());
  const at = timeOf(timestamp, 1000);
  if (at === null || given.length === 0) {
    return { kind: "malformed", header: HEADER, needed: "t=<seconds>,v1=<signature>" };
  }
  if (body === null) return { kind: "no-body" };
  return claim(given, at, (secret) => [{ text: hmac("sha256", secret, "hex", [`${timestamp}.`, body]), timed: true }]);
};
