import { z } from "@hono/zod-openapi";
import { jsonBytes } from "../../src/core/bytes.ts";

/** A text that may take this many bytes when stored counts as unbounded. */
const UNBOUNDED = 20_000;

/** Characters to build texts from. Each takes one to six bytes of JSON. */
const UNITS = ["x", "a", "0", "語", "é", "😀", '"', "\\", "/", " ", "\n", "\u0001", "\ud800"];

type Shape = (unit: string, count: number) => string;

/** Varied characters for secrets, because a schema refuses one character repeated. */
const varied: Shape = (unit, count) => (unit === "x" ? "0123456789abcdef".repeat(count / 16 + 1).slice(0, count) : NO);
/** A text that no schema of a single line accepts. */
const NO = "\u0000";

/** A public key whose bytes begin as those of its kind do. */
const pem =
  (label: string, begin: string): Shape =>
  (unit, count) =>
    unit === "x" ? `-----BEGIN ${label}-----\n${begin}${"A".repeat(400 + 4 * count)}\n-----END ${label}-----` : NO;

/** Forms that texts of the API can have. */
const SHAPES: readonly Shape[] = [
  (unit, count) => unit.repeat(count),
  (unit, count) => `x${unit.repeat(count)}x`,
  (unit, count) => `/${unit.repeat(count)}`,
  (unit, count) => `x:${unit.repeat(count)}`,
  (unit, count) => `whsec_${unit.repeat(count)}`,
  (unit, count) => `https://example.com/${unit.repeat(count)}`,
  (unit, count) => `https://example.com/?q=${unit.repeat(count)}`,
  (unit, count) => `https://example.com/#${unit.repeat(count)}`,
  (unit, count) => `https://${`${unit}.`.repeat(count)}example.com/`,
  varied,
  (unit, count) => `x:${varied(unit, count)}`,
  (unit, count) => `whsec_${varied(unit, count)}`,
  pem("RSA PUBLIC KEY", "MIIB"),
  pem("PUBLIC KEY", "MIICIjANBgkqhkiG9w0BAQEFAAOC"),
  pem("PUBLIC KEY", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"),
  pem("PUBLIC KEY", "MCowBQYDK2VwAyEA"),
  (unit, count) => (count === 1 && unit === "x" ? "2026-01-31T12:00:00Z" : NO),
  (unit, count) => (count === 1 && unit === "x" ? "22-23" : NO),
];

const LENGTHS = [1, 2, 4, 8, 16, 32, 43, 44, 64, 100];

/**
 * Returns the greatest length that `takes` accepts, or null. Searches from the greatest of `LENGTHS` that it accepts.
 */
const longest = (takes: (count: number) => boolean): number | null => {
  let low = LENGTHS.findLast(takes);
  if (low === undefined) return null;
  let high = UNBOUNDED + 1;
  while (high - low > 1) {
    const middle: number = Math.floor((low + high) / 2);
    if (takes(middle)) low = middle;
    else high = middle;
  }
  return low;
};

/** Returns the JSON that a schema makes of an input, or null if it refuses the input. */
const stored = (schema: z.ZodType, value: unknown): string | null => {
  const parsed = schema.safeParse(value);
  return parsed.success ? (JSON.stringify(parsed.data) ?? "") : null;
};

interface Widest {
  readonly input: unknown;
  /** Bytes of the stored JSON. */
  readonly bytes: number;
  readonly bounded: boolean;
}

const NOTHING: Widest = { input: undefined, bytes: 0, bounded: true };

const wider = (one: Widest, other: Widest): Widest => (other.bytes > one.bytes ? other : one);

const tried = (schema: z.ZodType, make: (count: number) => unknown): Widest => {
  const count = longest((length) => stored(schema, make(length)) !== null);
  if (count === null) return NOTHING;
  const input = make(count);
  const bytes = Buffer.byteLength(stored(schema, input) ?? "");
  return { input, bytes, bounded: bytes < UNBOUNDED };
};

const texts = new Map<z.ZodType, Widest>();

/** Returns the widest text that a schema accepts. Throws if it accepts no form of `SHAPES`; add a form then. */
export const widestText = (schema: z.ZodType): Widest => {
  const known = texts.get(schema);
  if (known !== undefined) return known;
  let found = NOTHING;
  for (const unit of UNITS) {
    for (const shape of SHAPES)
      found = wider(
        found,
        tried(schema, (count) => shape(unit, count)),
      );
  }
  if (found.input === undefined) throw new Error("no text that is known here is taken by this schema");
  texts.set(schema, found);
  return found;
};

/** Returns the widest record of texts that a schema accepts, trying several numbers and lengths of keys. */
const widestRecord = (schema: z.ZodType): Widest => {
  const known = texts.get(schema);
  if (known !== undefined) return known;
  let found = NOTHING;
  for (const keys of [1, 2, 5, 10, 20, 200]) {
    for (const keyLength of [8, 40, 64, 200, UNBOUNDED]) {
      for (const unit of UNITS) {
        const record = (count: number) =>
          Object.fromEntries(
            Array.from({ length: keys }, (_, index) => [`x-${index}`.padEnd(keyLength, "x"), unit.repeat(count)]),
          );
        found = wider(found, tried(schema, record));
      }
    }
  }
  texts.set(schema, found);
  return found;
};

const inner = (schema: z.ZodType): z.ZodType | null => {
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
      ? schema.unwrap()
      : null;
  return wrapped instanceof z.ZodType ? wrapped : null;
};

const piped = (schema: z.ZodType): z.ZodType | null =>
  schema instanceof z.ZodPipe && schema.in instanceof z.ZodType ? schema.in : null;

/** Returns whether a schema takes a text, even if it transforms the text. */
const isText = (schema: z.ZodType): boolean => {
  const from = piped(schema);
  return schema instanceof z.ZodString || schema instanceof z.ZodISODateTime || (from !== null && isText(from));
};

const optionsOf = (schema: z.ZodType): z.ZodType[] | null =>
  schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion
    ? schema.options.filter((option): option is z.ZodType => option instanceof z.ZodType)
    : null;

const shapeOf = (schema: z.ZodType): [string, z.ZodType][] | null =>
  schema instanceof z.ZodObject
    ? Object.entries(schema.shape).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType)
    : null;

const elementOf = (schema: z.ZodType): z.ZodType | null =>
  schema instanceof z.ZodArray && schema.element instanceof z.ZodType ? schema.element : null;

const SINGLE = [z.ZodEnum, z.ZodLiteral, z.ZodNumber, z.ZodBoolean] as const;

/** Returns every path of an input that takes a free text, with the widest text for it. */
export const widestTexts = (schema: z.ZodType, path = ""): [path: string, widest: Widest][] => {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (isText(schema)) return [[path, widestText(schema)]];
  if (schema instanceof z.ZodRecord) return [[path, widestRecord(schema)]];
  const from = inner(schema) ?? piped(schema);
  if (from !== null) return widestTexts(from, path);
  const element = elementOf(schema);
  if (element !== null) return widestTexts(element, at("[]"));
  const options = optionsOf(schema);
  if (options !== null) return options.flatMap((option) => widestTexts(option, path));
  const shape = shapeOf(schema);
  if (shape !== null) return shape.flatMap(([name, field]) => widestTexts(field, at(name)));
  if (SINGLE.some((kind) => schema instanceof kind)) return [];
  throw new Error(`${path}: this kind of schema is not known here: ${schema.type}`);
};

/** The longest list to try. */
const MOST_ITEMS = 100;

const NUMBERS = [Number.MAX_SAFE_INTEGER, 604_800, 86_400, 10_000, 3600, 900, 60, 10, 1, 0];

/** Returns the text with the seed as its end, if the schema accepts it, so that items of a list differ. */
const numbered = (schema: z.ZodType, input: unknown, seed: number): unknown => {
  if (typeof input !== "string") return input;
  const end = String(seed).padStart(3, "0");
  const text = [...input].slice(0, -end.length).join("") + end;
  return stored(schema, text) === null ? input : text;
};

const size = (schema: z.ZodType, input: unknown): number => {
  const text = stored(schema, input);
  return text === null ? -1 : Buffer.byteLength(text);
};

/** Returns the widest part of the object that the schema accepts, because two fields may exclude each other. */
const accepted = (schema: z.ZodType, whole: Record<string, unknown>): unknown => {
  if (size(schema, whole) >= 0) return whole;
  const names = Object.keys(whole);
  if (names.length > 10) return whole;
  const parts = Array.from({ length: 2 ** names.length }, (_, mask) =>
    Object.fromEntries(Object.entries(whole).filter((_entry, index) => (mask & (1 << index)) === 0)),
  );
  return parts.reduce((best, part) => (size(schema, part) > size(schema, best) ? part : best), whole);
};

/**
 * Returns the widest input that a schema accepts. `seed` makes items of a list differ. `instead` gives the values of
 * some fields, such as ids that must exist.
 */
export const widestInput = (
  schema: z.ZodType,
  instead: Readonly<Record<string, (seed: number) => unknown>> = {},
  seed = 0,
  outer: z.ZodType = schema,
): unknown => {
  if (isText(schema)) return numbered(schema, widestText(schema).input, seed);
  if (schema instanceof z.ZodRecord) return widestRecord(schema).input;
  const from = inner(schema) ?? piped(schema);
  if (from !== null) return widestInput(from, instead, seed, piped(schema) === null ? from : outer);
  const element = elementOf(schema);
  if (element !== null) {
    const many: unknown[] = [];
    while (many.length < MOST_ITEMS) {
      const more = widestInput(element, instead, many.length);
      if (size(schema, [...many, more]) < 0) break;
      many.push(more);
    }
    return many;
  }
  const options = optionsOf(schema);
  if (options !== null) {
    const inputs = options.map((option) => widestInput(option, instead, seed));
    return inputs.reduce((best, input) => (size(schema, input) > size(schema, best) ? input : best));
  }
  const shape = shapeOf(schema);
  if (shape !== null) {
    const fields = shape.map(([name, field]) => [name, instead[name]?.(seed) ?? widestInput(field, instead, seed)]);
    return accepted(outer, Object.fromEntries(fields));
  }
  if (schema instanceof z.ZodEnum) {
    return schema.options.map(String).reduce((best, one) => (jsonBytes(one) > jsonBytes(best) ? one : best));
  }
  if (schema instanceof z.ZodLiteral) return [...schema.values][0];
  if (schema instanceof z.ZodNumber) return NUMBERS.find((number) => schema.safeParse(number).success);
  return true;
};
