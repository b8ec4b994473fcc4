import type { Scheme } from "../arrived.ts";
import { claim } from "../hmac.ts";

/** The secret as it is, as the value of a header: a `Bearer` and the like are part of it. */
export const headerSecret: Scheme = ({ headers }, { header = "authorization" }) => {
  const value = headers.get(header);
  if (value === null) return { kind: "missing", header };
  return claim([value.trim()], null, (secret) => [{ text: secret.trim(), timed: false }]);
};
