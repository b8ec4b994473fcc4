import type { Scheme } from "../arrived.ts";
import { claim, hmac, namedParts, timeOf } from "../hmac.ts";

const HEADER = "gcms-signature";

/** Signs a JSON text that holds the body as a text. Bytes that are not UTF-8 cannot be signed this way. */
export const hygraph: Scheme = ({ headers, body }) => {
  const value = headers.get(HEADER);
  if (value === null) return { kind: "missing", header: HEADER };
  const parts = namedParts(value);
  const [at = null] = (parts.get("t") ?? []).map((digits) => timeOf(digits, 1));
  const [environment] = parts.get("env") ?? [];
  const given = parts.get("sign") ?? [];
  if (at === null || environment === undefined || given.length === 0) {
    return { kind: "malformed", header: HEADER, needed: "sign=<signature>, env=<name>, t=<milliseconds>" };
  }
  if (body === null) return { kind: "no-body" };
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  const signed = JSON.stringify({ Body: text, EnvironmentName: environment, TimeStamp: at });
  return claim(given, at, (secret) => [{ text: hmac("sha256", secret, "base64", [signed]), timed: true }]);
};
