/** What a signature covers, as a webhook's settings write it: parts, a text before them, and a text behind each. */
export interface SignedParts {
  readonly before: string;
  readonly names: readonly string[];
  readonly separators: readonly string[];
}

/** A part of a request that is signed. Of a body, `value` may be its first and its last character alone. */
export interface Part {
  readonly name: string;
  readonly value: string;
}

interface Settings {
  readonly signs?: string | undefined;
  readonly timestamp?: { readonly separator: string } | undefined;
}

/** Reads the parts that signatures cover: those of `signs`, or else the time and the body. */
export const signedParts = ({ signs, timestamp }: Settings): SignedParts => {
  const usual = timestamp === undefined ? "{body}" : `{timestamp}${timestamp.separator}{body}`;
  // What is between braces is at the odd places.
  const [before = "", ...rest] = (signs ?? usual).split(/\{([^{}]*)\}/);
  const [names, separators] = [0, 1].map((odd) => rest.filter((_, at) => at % 2 === odd));
  return { before, names: names ?? [], separators: separators ?? [] };
};

/** The name of a header in the name of a part; null: the part is no header. */
export const headerIn = (name: string): string | null => /^header:(.+)$/.exec(name)?.[1] ?? null;

/** Whether it is certain where a part before the body ends. */
const endsSurely = ({ name, value }: Part, separator: string, next: Part): boolean => {
  if (name === "method") return true;
  if (separator !== "") return `${value}${separator}`.indexOf(separator) === value.length;
  const first = next.value.slice(0, 1);
  if (name === "timestamp") return /^\D/.test(first);
  return (name === "url" || name === "path") && /[{[]/.test(first) && !/[{[]/.test(value);
};

/** Whether it is certain where a part behind the body begins. */
const beginsSurely = ({ name, value }: Part, separator: string, before: Part): boolean => {
  if (name === "method") return true;
  if (separator !== "") return `${separator}${value}`.lastIndexOf(separator) === 0;
  return name === "timestamp" && /^\D/.test(before.value.slice(-1));
};

/** The first part of which it is not certain where it ends or begins; null: the text can be cut in one way only. */
export const uncertainPart = (parts: readonly Part[], separators: readonly string[]): Part | null => {
  const body = parts.findIndex(({ name }) => name === "body");
  for (const [at, part] of parts.entries()) {
    const [next, separator = ""] = [parts[at + 1], separators[at]];
    if (next === undefined) break;
    const isCertain = at < body ? endsSurely(part, separator, next) : beginsSurely(next, separator, part);
    if (!isCertain) return at < body ? part : next;
  }
  return null;
};

/** What every called URL contains before its ids. */
const PATH = "/hooks/data_layer/data_source/publish/";
/** A time may have every digit. */
const DIGITS = "1234567890";

/** The part of which no request can make certain where it ends or begins; null: there is none. */
export const neverCertain = ({ names, separators }: SignedParts): string | null => {
  const text = [...names, ...separators].join("");
  // What may have any value has a character that stands nowhere else.
  const value = ["~", "^", "|", "+", "x"].find((character) => !text.includes(character)) ?? "~";
  const likely: Readonly<Record<string, string>> = {
    method: "POST",
    url: `https://h.h${PATH}${value}`,
    path: `${PATH}${value}`,
    timestamp: DIGITS,
    body: "{}",
  };
  const uncertain = (header: string): Part | null =>
    uncertainPart(
      names.map((name) => ({ name, value: likely[name] ?? header })),
      separators,
    );
  // A URL needs no separator before a header that begins as a JSON object does.
  return uncertain(`{${value}`) === null ? null : (uncertain(value)?.name ?? null);
};
