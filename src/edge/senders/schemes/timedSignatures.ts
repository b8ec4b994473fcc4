import type { Scheme } from "../arrived.ts";
import { claim, type Encoding, hmac, namedParts, timeOf } from "../hmac.ts";

/** A signature of `<timestamp>.<body>` in a header of the form `t=<timestamp>,v1=<signature>`, as Stripe has it. */
const ofTimeAndBody =
  (header: string, unit: "seconds" | "milliseconds", encoding: Encoding): Scheme =>
  ({ headers, body }) => {
    const value = headers.get(header);
    if (value === null) return { kind: "missing", header };
    const parts = namedParts(value);
    const [timestamp] = parts.get("t") ?? [];
    const given = (parts.get("v1") ?? []).map((text) => (encoding === "hex" ? text.toLowerCase() : text));
    const at = timeOf(timestamp, unit === "seconds" ? 1000 : 1);
    if (at === null || given.length === 0) {
      return { kind: "malformed", header, needed: `t=<${unit}>,v1=<signature>` };
    }
    if (body === null) return { kind: "no-body" };
    return claim(given, at, (secret) => [
      { text: hmac("sha256", secret, encoding, [`${timestamp}.`, body]), timed: true },
    ]);
  };

export const sanity = ofTimeAndBody("sanity-webhook-signature", "milliseconds", "base64url");
export const contentstack = ofTimeAndBody("x-contentstack-hmac-signature", "seconds", "hex");
