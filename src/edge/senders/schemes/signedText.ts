import { headerIn, signedParts, uncertainPart } from "../../../core/webhook/signedParts.ts";
import type { Verification } from "../../../core/webhook/verification.ts";
import type { Arrived, Unread } from "../arrived.ts";
import { ambiguous, namedParts, timeOf } from "../hmac.ts";

/** What a signature covers, in pieces, and the time in it (ms); null: it has none. */
type SignedText =
  | { readonly kind: "text"; readonly pieces: readonly (string | Buffer)[]; readonly at: number | null }
  | Unread;

/** The time as its sender wrote it, which is what is signed. */
const timeIn = ({ headers }: Arrived, { header, unit, name }: NonNullable<Verification["timestamp"]>) => {
  const value = headers.get(header);
  if (value === null) return { kind: "missing", header } as const;
  const digits = name === undefined ? value : namedParts(value).get(name)?.[0];
  const at = timeOf(digits, unit === "milliseconds" ? 1 : 1000);
  if (digits !== undefined && at !== null) return { kind: "time", digits, at } as const;
  return { kind: "malformed", header, needed: `${name === undefined ? "" : `${name}=`}${unit} since 1970` } as const;
};

/** The first and the last character of a body. Latin-1 has a character for each byte. */
const endsOf = (body: Buffer): string => `${body.toString("latin1", 0, 1)}${body.subarray(-1).toString("latin1")}`;

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
  const { before, names, separators } = signedParts(settings);
  const found: { readonly name: string; readonly value: string | Buffer }[] = [];
  for (const name of names) {
    const header = headerIn(name);
    const value = header === null ? values[name] : headers.get(header)?.trim();
    if (header !== null && value === undefined) return { kind: "missing", header };
    if (value === undefined) throw new RangeError(`the settings name no such part: ${name}`);
    found.push({ name, value });
  }
  const parts = found.map(({ name, value }) => ({ name, value: typeof value === "string" ? value : endsOf(value) }));
  if (uncertainPart(parts, separators) !== null) {
    return ambiguous("Each part needs a separator behind it that the part does not contain.");
  }
  const pieces = found.flatMap(({ value }, at) => [value, separators[at] ?? ""]);
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
