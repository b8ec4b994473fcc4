import type { Verification } from "../../../core/webhook/verification.ts";
import type { Arrived, Unread } from "../arrived.ts";
import { ambiguous, namedParts, timeOf } from "../hmac.ts";

/** What a signature covers, in pieces, and the time in it (ms); null: it has none. */
type SignedText =
  | { readonly kind: "text"; readonly pieces: readonly (string | Buffer)[]; readonly at: number | null }
  | Unread;

/** A part of the signed text. */
interface Part {
  readonly name: string;
  readonly value: string | Buffer;
}

/** The time as its sender wrote it, which is what is signed. */
const timeIn = ({ headers }: Arrived, { header, unit, name }: NonNullable<Verification["timestamp"]>) => {
  const value = headers.get(header);
  if (value === null) return { kind: "missing", header } as const;
  const digits = name === undefined ? value : namedParts(value).get(name)?.[0];
  const at = timeOf(digits, unit === "milliseconds" ? 1 : 1000);
  if (digits !== undefined && at !== null) return { kind: "time", digits, at } as const;
  return { kind: "malformed", header, needed: `${name === undefined ? "" : `${name}=`}${unit} since 1970` } as const;
};

const text = (value: string | Buffer): string => (typeof value === "string" ? value : value.toString("latin1"));
const firstOf = ({ value }: Part): string => text(value.slice(0, 1));
const lastOf = ({ value }: Part): string => text(value.slice(-1));

/** Whether it is certain where a part before the body ends. */
const endsSurely = (part: Part, separator: string, next: Part): boolean => {
  const value = text(part.value);
  if (part.name === "method") return true;
  if (separator !== "") return `${value}${separator}`.indexOf(separator) === value.length;
  if (part.name === "timestamp") return /^\D/.test(firstOf(next));
  return (part.name === "url" || part.name === "path") && /[{[]/.test(firstOf(next)) && !/[{[]/.test(value);
};

/** Whether it is certain where a part behind the body begins. */
const beginsSurely = (part: Part, separator: string, before: Part): boolean => {
  const value = text(part.value);
  if (part.name === "method") return true;
  if (separator !== "") return `${separator}${value}`.lastIndexOf(separator) === 0;
  return part.name === "timestamp" && /^\D/.test(lastOf(before));
};

/** Whether the signed bytes can be cut into these parts in one way only. */
const isOneReading = (parts: readonly Part[], separators: readonly string[]): boolean => {
  const body = parts.findIndex(({ name }) => name === "body");
  return separators.every((separator, at) => {
    const [part, next] = [parts[at], parts[at + 1]];
    if (part === undefined || next === undefined) return true;
    return at < body ? endsSurely(part, separator, next) : beginsSurely(next, separator, part);
  });
};

/** What a webhook's signatures cover, if its settings do not say. */
const usual = ({ timestamp }: Verification): string =>
  timestamp === undefined ? "{body}" : `{timestamp}${timestamp.separator}{body}`;

/**
 * The text that a signature covers, as the settings say: the names of parts in braces, and what stands between them.
 * Throws for a part that this release does not know.
 */
export const signedText = (arrived: Arrived, settings: Verification): SignedText => {
  const { method, origin = "", target, headers, body } = arrived;
  const time = settings.timestamp === undefined ? null : timeIn(arrived, settings.timestamp);
  if (time !== null && time.kind !== "time") return time;
  if (body === null) return { kind: "no-body" };
  const values: Readonly<Record<string, string | Buffer | undefined>> = {
    method,
    url: `${origin}${target}`,
    path: target,
    body,
    timestamp: time?.digits,
  };
  // What is between braces is at the odd places.
  const [before = "", ...rest] = (settings.signs ?? usual(settings)).split(/\{([^{}]*)\}/);
  const names = rest.filter((_, at) => at % 2 === 0);
  const separators = rest.filter((_, at) => at % 2 === 1);
  const parts: Part[] = [];
  for (const name of names) {
    const header = /^header:(.+)$/.exec(name)?.[1];
    const value = header === undefined ? values[name] : headers.get(header)?.trim();
    if (header !== undefined && value === undefined) return { kind: "missing", header };
    if (value === undefined) throw new RangeError(`the settings name no such part: ${name}`);
    parts.push({ name, value });
  }
  if (!isOneReading(parts, separators.slice(0, -1))) {
    return ambiguous("Each part needs a separator behind it that the part does not contain.");
  }
  const pieces = parts.flatMap(({ value }, at) => [value, separators[at] ?? ""]);
  return { kind: "text", pieces: [before, ...pieces], at: time?.at ?? null };
};

/** The proofs in the header that the settings name: each that has the prefix, if there are several. */
export const proofsIn = (
  { headers }: Arrived,
  { header, prefix = "" }: Verification,
): Unread | { readonly kind: "proofs"; readonly proofs: readonly string[] } => {
  if (header === undefined) throw new RangeError("the settings name no header");
  const value = headers.get(header)?.trim();
  if (value === undefined) return { kind: "missing", header };
  const several = value.split(prefix.includes(",") ? /[\s;]+/ : /[\s;,]+/);
  const given = [...new Set([value, ...several])].filter((one) => one.startsWith(prefix));
  if (given.length === 0) return { kind: "malformed", header, needed: `${prefix}<signature>` };
  return { kind: "proofs", proofs: given.map((one) => one.slice(prefix.length)) };
};
