import type { Scheme } from "../arrived.ts";
import { claim, hmac, timeOf } from "../hmac.ts";

const keyOf = (secret: string): Buffer => {
  const text = secret.startsWith("whsec_") ? secret.slice("whsec_".length) : secret;
  const key = Buffer.from(text, "base64");
  if (key.length === 0) throw new RangeError("the secret holds no key");
  return key;
};

/** A number after a full stop in the id could be read as the time, which follows the id in the signed text. */
const NUMBER_IN_ID = /\.\d{1,15}(?:\.|$)/;

/** Senders use different headers for the same signature. */
const scheme =
  (prefix: "webhook" | "svix"): Scheme =>
  ({ headers, body }) => {
    const names = [`${prefix}-id`, `${prefix}-timestamp`, `${prefix}-signature`] as const;
    const [id, timestamp, signature] = names.map((name) => headers.get(name));
    for (const name of names) if (headers.get(name) === null) return { kind: "missing", header: name };
    if (NUMBER_IN_ID.test(id ?? "")) {
      return { kind: "malformed", header: names[0], needed: "an id without a number after a full stop" };
    }
    const at = timeOf(timestamp, 1000);
    if (at === null) return { kind: "malformed", header: names[1], needed: "seconds since 1970" };
    const given = (signature ?? "")
      .split(" ")
      .filter((part) => part.startsWith("v1,"))
      .map((part) => part.slice("v1,".length));
    if (given.length === 0) return { kind: "malformed", header: names[2], needed: "v1,<signature>" };
    if (body === null) return { kind: "no-body" };
    return claim(given, at, (secret) => [
      { text: hmac("sha256", keyOf(secret), "base64", [`${id}.${timestamp}.`, body]), timed: true },
    ]);
  };

export const standardWebhooks = scheme("webhook");
export const svix = scheme("svix");
