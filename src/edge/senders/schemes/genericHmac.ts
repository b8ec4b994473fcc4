import type { Scheme } from "../arrived.ts";
import { ambiguous, claim, type Encoding, hmac, timeOf } from "../hmac.ts";

const ENCODINGS: readonly Encoding[] = ["hex", "base64", "base64url"];

/** Whether the end of the time is certain in the signed text: the next character must not be a digit. */
const endsTime = (separator: string, body: Buffer): boolean =>
  /^\D/.test(`${separator}${body.subarray(0, 1).toString("latin1")}`);

/** An HMAC as the webhook's settings describe it: of the body alone, or of a time, a separator and the body. */
export const genericHmac: Scheme = ({ headers, body }, settings) => {
  const { header, prefix = "", algorithm = "sha256", timestamp } = settings;
  const encoding = ENCODINGS.find((known) => known === (settings.encoding ?? "hex"));
  if (header === undefined || encoding === undefined) throw new RangeError("the settings name no header or encoding");
  const value = headers.get(header)?.trim();
  if (value === undefined) return { kind: "missing", header };
  if (!value.startsWith(prefix)) return { kind: "malformed", header, needed: `${prefix}<signature>` };
  const digits = timestamp === undefined ? null : headers.get(timestamp.header);
  if (timestamp !== undefined && digits === null) return { kind: "missing", header: timestamp.header };
  const at = timeOf(digits, timestamp?.unit === "milliseconds" ? 1 : 1000);
  if (timestamp !== undefined && at === null) {
    return { kind: "malformed", header: timestamp.header, needed: `${timestamp.unit} since 1970` };
  }
  if (body === null) return { kind: "no-body" };
  if (timestamp !== undefined && !endsTime(timestamp.separator, body)) {
    return ambiguous("The time needs a separator that does not begin with a digit.");
  }
  const given = value.slice(prefix.length);
  const parts = timestamp === undefined ? [body] : [`${digits}${timestamp.separator}`, body];
  return claim([encoding === "hex" ? given.toLowerCase() : given], at, (secret) => [
    { text: hmac(algorithm, secret, encoding, parts), timed: timestamp !== undefined },
  ]);
};
