import type { Scheme } from "../arrived.ts";
import { claim } from "../hmac.ts";

/** The secret itself as the value of a header. A word such as `Bearer` is part of it. */
export const headerSecret: Scheme = ({ headers }, { header = "authorization" }) => {
  const value = headers.get(header);
  if (value === null) return { kind: "missing", header };
  // A secret stored by an earlier release may have spaces at its ends, which no header keeps.
  return claim([value.trim()], null, (secret) => [{ text: secret.trim(), timed: false }]);
};
