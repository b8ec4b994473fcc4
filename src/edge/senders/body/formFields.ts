import { decodeText } from "./decodeBody.ts";

/** The fields of a form. */
export interface Form {
  readonly fields: object;
  /** The one field that holds JSON, as JSON and as its text; absent: there is none, or several. */
  readonly json?: { readonly value: unknown; readonly text: string };
  /** Some of the form could not be read. */
  readonly isDoubtful: boolean;
}

type Field = readonly [name: string, value: string];

const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Tree = Record<string, unknown>;
const emptyTree = (): Tree => Object.create(null);
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** How deep a name of brackets may lead. */
const DEPTH = 10;

/** Puts a value where a name says: `a[b]` is `b` in `a`, as PHP writes it, and a name given twice is a list. */
const put = (fields: Tree, name: string, value: unknown): void => {
  const steps = /^[^[\]]+(?:\[[^[\]]*\])+$/.test(name) ? name.split(/[[\]]+/).filter((step) => step !== "") : [name];
  const last = steps.length > DEPTH ? name : (steps.pop() ?? name);
  let tree = fields;
  for (const step of steps.length > DEPTH ? [] : steps) {
    const there = tree[step];
    const inner = isTree(there) ? there : emptyTree();
    tree[step] = inner;
    tree = inner;
  }
  const there = tree[last];
  tree[last] = there === undefined ? value : [there, value].flat();
};

const formOf = (fields: readonly Field[], isDoubtful: boolean): Form => {
  const tree = emptyTree();
  const json: { value: unknown; text: string }[] = [];
  let isBroken = isDoubtful;
  for (const [name, text] of fields) {
    const value = looksLikeJson(text) ? parse(text) : undefined;
    if (value === undefined && looksLikeJson(text)) isBroken = true;
    if (value !== undefined) json.push({ value, text });
    put(tree, name, value ?? text);
  }
  const [only, ...others] = json;
  return { fields: tree, isDoubtful: isBroken, ...(only === undefined || others.length > 0 ? {} : { json: only }) };
};

const HEAD_BYTES = 1000;
/** How many fields are read; a longer form is no publish. */
const FIELDS = 1000;

/** Reads `application/x-www-form-urlencoded`. Null: the text is no form, whatever its content type says. */
export const readUrlencoded = (text: string): Form | null => {
  // Many programs send any body under this type. What has blanks, quotes or brackets of JSON was not encoded.
  if (!text.includes("=") || /[\s{}"<>]/.test(text)) return null;
  const fields = [...new URLSearchParams(text)];
  if (fields.length > FIELDS) return null;
  const isLossy =
    fields.some((field) => field.some((part) => part.includes("\ufffd"))) || /%(?![\da-f]{2})/i.test(text);
  return formOf(fields, isLossy);
};

/** Reads `multipart/form-data`. Null: the bytes have no parts. */
export const readMultipart = (bytes: Buffer, contentType: string): Form | null => {
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return null;
  // Latin-1 has a character for each byte, so parts can be cut out and decoded one by one.
  const parts = bytes.toString("latin1").split(`--${mark}`).slice(1);
  const end = parts.pop();
  if (parts.length === 0 || parts.length > FIELDS) return null;
  const fields: Field[] = [];
  let isDoubtful = end?.startsWith("--") !== true;
  for (const part of parts) {
    const at = part.indexOf("\r\n\r\n");
    const head = at > HEAD_BYTES ? "" : part.slice(0, at);
    const found = /content-disposition:[^\r]*;\s*name=(?:"([^"]*)"|([^;\s]+))/i.exec(head);
    const name = found?.[1] ?? found?.[2];
    const type = /content-type:\s*([^\r]*)/i.exec(head)?.[1] ?? null;
    const value = decodeText(Buffer.from(part.slice(at + 4).replace(/\r\n$/, ""), "latin1"), type);
    if (at === -1 || name === undefined || value.isDoubtful) isDoubtful = true;
    if (at !== -1 && name !== undefined) fields.push([name, value.text]);
  }
  return formOf(fields, isDoubtful);
};
