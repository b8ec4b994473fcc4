import type { Scheme } from "../arrived.ts";
import { claim } from "../hmac.ts";

/** Basic auth with the secret `name:password`. */
export const basic: Scheme = ({ headers }) => {
  const value = headers.get("authorization");
  if (value === null) return { kind: "missing", header: "authorization" };
  const [, given] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(value) ?? [];
  if (given === undefined) return { kind: "malformed", header: "authorization", needed: "Basic <name and password>" };
  return claim([given], null, (secret) => [{ text: Buffer.from(secret, "utf8").toString("base64"), timed: false }]);
};
