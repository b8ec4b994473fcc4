import type { Scheme } from "../arrived.ts";
import { valueAt } from "../bodyPath.ts";
import { claim } from "../hmac.ts";

/** The secret as a text in the JSON body. */
export const bodySecret: Scheme = ({ body }, { bodyPath = "secret" }) => {
  if (body === null) return { kind: "no-body" };
  const value = valueAt(body, bodyPath);
  if (typeof value !== "string") return { kind: "not-in-body", path: bodyPath };
  return claim([value], null, (secret) => [{ text: secret, timed: false }]);
};
