import type { Scheme } from "../arrived.ts";
import { bodyValueAt, jsonOf, PARSED_BYTES } from "../bodyPath.ts";
import { claim } from "../hmac.ts";

/** The secret as a text in the JSON body. */
export const bodySecret: Scheme = ({ body }, { bodyPath = "secret" }) => {
  if (body === null) return { kind: "no-body" };
  if (jsonOf(body).kind === "too-long") {
    return {
      kind: "not-verifiable",
      cause: `The body is longer than the ${PARSED_BYTES} bytes in which a secret is looked for.`,
    };
  }
  const value = bodyValueAt(body, bodyPath);
  if (typeof value !== "string") return { kind: "not-in-body", path: bodyPath };
  return claim([value], null, (secret) => [{ text: secret, timed: false }]);
};
