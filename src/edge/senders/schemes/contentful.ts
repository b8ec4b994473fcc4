import { escape as escaped } from "node:querystring";
import type { Scheme } from "../arrived.ts";
import { ambiguous, claim, hmac, timeOf } from "../hmac.ts";

const SIGNED = "x-contentful-signed-headers";
const TIMESTAMP = "x-contentful-timestamp";
const SIGNATURE = "x-contentful-signature";

/** Whether a header's value looks like the next header of the list, so that the signed text has two readings. */
const holdsAnother = (value: string, names: readonly string[]): boolean =>
  names.some((name) => value.includes(`;${name}:`));

const encodeTarget = (target: string): string => {
  const [path = "", query = ""] = target.split("?");
  return encodeURI(query === "" ? path : `${path}?${escaped(query)}`);
};

/** Signs the method, the URL as called, the listed headers, and the body. */
export const contentful: Scheme = ({ method, target, headers, body }) => {
  for (const header of [SIGNATURE, SIGNED, TIMESTAMP]) {
    if (headers.get(header) === null) return { kind: "missing", header };
  }
  const at = timeOf(headers.get(TIMESTAMP), 1);
  if (at === null) return { kind: "malformed", header: TIMESTAMP, needed: "milliseconds since 1970" };
  const signed = (headers.get(SIGNED) ?? "").split(",").map((name) => name.trim().toLowerCase());
  // Without these two headers a replay could have another time.
  if (!signed.includes(TIMESTAMP) || !signed.includes(SIGNED)) {
    return { kind: "malformed", header: SIGNED, needed: `a list that names ${TIMESTAMP} and ${SIGNED}` };
  }
  const missing = signed.find((name) => !/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || headers.get(name) === null);
  if (missing !== undefined) return { kind: "malformed", header: SIGNED, needed: "names of headers that were sent" };
  // Contentful does not sign what follows a second question mark, so a replay could add text there.
  if (target.split("?").length > 2) {
    return ambiguous("The URL may contain only one question mark. Write the others as %3F.");
  }
  if (signed.some((name) => holdsAnother(headers.get(name) ?? "", signed))) {
    return ambiguous("The value of a signed header must not contain another signed header.");
  }
  if (body === null) return { kind: "no-body" };
  const signedHeaders = signed
    .sort()
    .map((name) => `${name}:${(headers.get(name) ?? "").trim()}`)
    .join(";");
  return claim([(headers.get(SIGNATURE) ?? "").toLowerCase()], at, (secret) => [
    {
      text: hmac("sha256", secret, "hex", [`${method}\n${encodeTarget(target)}\n${signedHeaders}\n`, body]),
      timed: true,
    },
  ]);
};
