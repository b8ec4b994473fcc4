import { z } from "zod/mini";

/** How a publish is recognised on a page. All texts but names are templates over the delivery's JSON. */
export const liveCheckSchema = z.catchall(
  z.object({
    url: z.string(),
    /**
     * `text`: a text on the page. `meta`, `header` or `pointer`: the name of a `<meta>` or a header, or a pointer into the
     * page's JSON, which has the value `value`.
     */
    expect: z.record(z.string(), z.string()),
    /** How long a build that heals waits after the last look (s). */
    settleSeconds: z.number(),
  }),
  z.json(),
);
export type LiveCheck = z.infer<typeof liveCheckSchema>;
/** What is expected on a page. */
export type Expected = Readonly<Record<string, string>>;

const PLACEHOLDER = /\{([^{}]{1,120})\}/g;

/** A template with its values; or the path of a value that the delivery does not have. */
type Filled = { readonly text: string } | { readonly missing: string };

/** Fills a template with values of a delivery, found by paths of names joined by dots. An empty value counts as none. */
export const fill = (
  template: string,
  valueAt: (path: string) => unknown,
  encode: (value: string) => string = (value) => value,
): Filled => {
  let missing: string | null = null;
  const filled = template.replaceAll(PLACEHOLDER, (_all, path: string) => {
    const value = valueAt(path);
    const isValue = (typeof value === "string" && value.trim() !== "") || typeof value === "number";
    if (!isValue) missing ??= path;
    return isValue ? encode(String(value)) : "";
  });
  return missing === null ? { text: filled } : { missing };
};

/** A value as a part of a URL's path: it may have slashes, and leads neither up nor to another host. */
export const asPath = (value: string): string =>
  value
    .split("/")
    .filter((step) => step !== "" && step !== "." && step !== "..")
    .map(encodeURIComponent)
    .join("/");

/** The template of a URL, with `x` for each value. */
export const sampleUrl = (template: string): string => template.replaceAll(PLACEHOLDER, "x");

/** An answer of a page. */
export interface PageAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `missing`: the page answers, and does not show the publish. `unknown`: nobody can say. */
export interface Judged {
  readonly state: "seen" | "missing" | "unknown";
  /** Why the publish was not seen; null: it was. */
  readonly reason: string | null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
const decoded = (html: string): string =>
  html.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,6}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
const squeezed = (line: string): string => line.replaceAll(/\s+/g, " ").trim();

const hasText = (page: string, wanted: string): boolean =>
  page.includes(wanted) || squeezed(decoded(page.replaceAll(/<[^<>]*>/g, " "))).includes(squeezed(wanted));

const ATTRIBUTE = /([\w:-]{1,60})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/g;

/** The content of the `<meta>` tags of a name. */
const metaOf = (page: string, name: string): unknown[] =>
  (page.match(/<meta\s[^<>]*>/gi) ?? []).flatMap((tag) => {
    const attributes = new Map(
      [...tag.matchAll(ATTRIBUTE)].map(([, key = "", a, b, c]) => [key.toLowerCase(), decoded(a ?? b ?? c ?? "")]),
    );
    const isNamed = ["name", "property", "itemprop", "http-equiv"].some((key) => attributes.get(key) === name);
    return isNamed ? [attributes.get("content")] : [];
  });

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** What a page has where a value is expected. */
const valuesOn = (
  expect: Expected,
  page: PageAnswer,
  valueAt: (document: unknown, pointer: string) => unknown,
): unknown[] => {
  const { meta, header, pointer } = expect;
  if (meta !== undefined) return metaOf(page.text, meta);
  if (header !== undefined) return [page.headers[header.toLowerCase()]];
  return [valueAt(parsed(page.text), pointer ?? "")];
};

/** Whether a page shows a publish. `expect` has its values. */
export const judgePage = (
  expect: Expected,
  page: PageAnswer,
  valueAt: (document: unknown, pointer: string) => unknown,
): Judged => {
  const { status } = page;
  if (status === 404 || status === 410) return { state: "missing", reason: `The page answers ${status}.` };
  if (status !== 200) return { state: "unknown", reason: `The page answers ${status}.` };
  const { text: wanted, value } = expect;
  if (wanted !== undefined) {
    const isThere = hasText(page.text, wanted);
    return isThere ? { state: "seen", reason: null } : { state: "missing", reason: "The page does not have the text." };
  }
  const found = valuesOn(expect, page, valueAt).filter((one) => one !== undefined && one !== null);
  if (found.some((one) => squeezed(String(one)) === squeezed(value ?? ""))) return { state: "seen", reason: null };
  const reason = found.length === 0 ? "The page does not have the value." : "The page has another value.";
  return { state: "missing", reason };
};
