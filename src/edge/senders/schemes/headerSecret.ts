import type { Scheme } from "../arrived.ts";
import { claim } from "../hmac.ts";

/** The secret as it is, as the value of a header: a `Bearer` and the like are part of it. */
export const headerSecret: Scheme = ({ headers }, { header = "authorization" }) => {
  const value = headers.get(header);
  if (value === null) return { kind: "missing", header };
  // A secret of an earlier release may have spaces at its ends, which no header keeps.
  return claim([value.trim()], null, (secret) => [{ text: secret.trim(), timed: false }]);
};
