import type { Scheme } from "../arrived.ts";
import { contentOf } from "../body/bodyContent.ts";
import { bodyValueAt } from "../body/bodyPath.ts";
import { PARSED_BYTES } from "../body/decodeBody.ts";
import { claim } from "../hmac.ts";

/** The secret as a text in the body. */
export const bodySecret: Scheme = (arrived, { bodyPath = "secret" }) => {
  if (arrived.body === null) return { kind: "no-body" };
  const content = contentOf(arrived);
  if (content.kind === "unreadable" && content.text === null) {
    return {
      kind: "not-verifiable",
      cause: `The body is too long: Layerhook looks for a secret only in bodies of up to ${PARSED_BYTES} bytes.`,
    };
  }
  const value = bodyValueAt(arrived, bodyPath);
  const cause = content.kind === "unreadable" ? `The body cannot be read: ${content.cause}.` : null;
  if (typeof value !== "string") return { kind: "not-in-body", path: bodyPath, cause };
  return claim([value], null, (secret) => [{ text: secret, timed: false }]);
};
