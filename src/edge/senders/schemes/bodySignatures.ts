import type { Scheme } from "../arrived.ts";
import { claim, type Encoding, hmac } from "../hmac.ts";

/** A signature of the body alone, in a header with one of several names. */
const ofBody =
  (names: readonly [string, ...string[]], algorithm: string, encoding: Encoding, prefix = ""): Scheme =>
  ({ headers, body }) => {
    const header = names.find((name) => headers.get(name) !== null);
    if (header === undefined) return { kind: "missing", header: names[0] };
    const value = (headers.get(header) ?? "").trim();
    if (!value.startsWith(prefix)) return { kind: "malformed", header, needed: `${prefix}<signature>` };
    const given = value.slice(prefix.length);
    if (body === null) return { kind: "no-body" };
    return claim([encoding === "hex" ? given.toLowerCase() : given], null, (secret) => [
      { text: hmac(algorithm, secret, encoding, [body]), timed: false },
    ]);
  };

export const storyblok = ofBody(["webhook-signature"], "sha1", "hex");
export const shopify = ofBody(["x-shopify-hmac-sha256"], "sha256", "base64");
/** The second name is used by webhooks of the former kind. */
export const kontentAi = ofBody(["x-kontent-ai-signature", "x-kc-signature"], "sha256", "base64");
export const github = ofBody(["x-hub-signature-256"], "sha256", "hex", "sha256=");
