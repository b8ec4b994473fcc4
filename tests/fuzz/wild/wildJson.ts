import fc from "fast-check";
import type { JsonSchema } from "../operations.ts";
import { hostileText, type KnownKind, knownPiece, type LookUp, matching, type Piece, pieceText } from "./piece.ts";

/** JSON as it may be written, not only as it may be meant: names twice, numbers beyond all bounds, any depth. */
export type WildJson =
  | null
  | boolean
  | number
  | { readonly piece: Piece }
  /** As it stands. */
  | { readonly raw: string }
  | { readonly open: "[" | '{"a":'; readonly depth: number }
  | { readonly list: readonly WildJson[] }
  | { readonly entries: readonly (readonly [string, WildJson])[] };

/** Writes it down. */
export const wildJsonText = (value: WildJson, lookUp: LookUp): string => {
  const write = (one: WildJson): string => {
    if (typeof one !== "object" || one === null) return JSON.stringify(one);
    if ("piece" in one) return JSON.stringify(pieceText(one.piece, lookUp));
    if ("raw" in one) return one.raw;
    if ("open" in one) return `${one.open.repeat(one.depth)}1${(one.open === "[" ? "]" : "}").repeat(one.depth)}`;
    if ("list" in one) return `[${one.list.map(write).join(",")}]`;
    return `{${one.entries.map(([name, field]) => `${JSON.stringify(name)}:${write(field)}`).join(",")}}`;
  };
  return write(value);
};

const raw = fc.constantFrom(
  "1e400",
  "-1e400",
  "-0",
  "1e-400",
  "9007199254740993",
  "0.1",
  `1${"0".repeat(400)}`,
  "0x10",
);
const depth = fc.constantFrom(1, 100, 5000, 8000, 20_000, 100_000);

/** Something that nobody meant to be there. */
const hostileValue: fc.Arbitrary<WildJson> = fc.oneof(
  fc.constantFrom<WildJson>(null, true, false, 0, -1, 0.5, { list: [] }, { entries: [] }),
  raw.map((text) => ({ raw: text })),
  hostileText.map((piece) => ({ piece })),
  fc.record({ open: fc.constantFrom<"[" | '{"a":'>("[", '{"a":'), depth }),
);

/** Any JSON at all, and now and then something that is not quite. */
export const anyJson: fc.Arbitrary<WildJson> = fc.oneof(
  hostileValue,
  fc.array(hostileValue, { maxLength: 3 }).map((list) => ({ list })),
  fc
    .array(fc.tuple(fc.constantFrom("__proto__", "name", "error", "changed"), hostileValue), { maxLength: 4 })
    .map((entries) => ({ entries })),
);

const reportField = fc.constantFrom("error", "error", "changed", "version", "message", "records", "__proto__");

/** What a job might report, with anything for a value. */
export const jobReport: fc.Arbitrary<WildJson> = fc
  .array(fc.tuple(reportField, hostileValue), { minLength: 1, maxLength: 3 })
  .map((entries) => ({ entries }));

const text = (value: string): WildJson => ({ piece: { text: value } });
const known = (...kinds: KnownKind[]) => knownPiece(...kinds).map((piece): WildJson => ({ piece }));
const number = fc.nat(9999);

const url = (host: string) =>
  fc.oneof(
    { weight: 8, arbitrary: number.map((n) => text(`https://${host}/credential-${n}-0123456789`)) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("😀a", "é", "%zz", "?q=\u2028", "#x")
        .map((end) => text(`https://${host}/credential-1-${end}`)),
    },
  );

/** The one form or the other, which no schema says. */
const connectedSite: fc.Arbitrary<WildJson> = fc.oneof(
  known("site").map((id): WildJson => ({ entries: [["siteId", id]] })),
  fc.tuple(number, url("hooks-of-sites.example")).map(
    ([n, hook]): WildJson => ({
      entries: [
        ["name", text(`Site ${n}`)],
        ["buildHook", hook],
      ],
    }),
  ),
);

const slugs = ["blog", "constructor", "shop", "a_b-c", "0"];

/**
 * What a schema cannot say about a field: which of the texts it allows stand for something in the world. Fields that are
 * not named here are made from their schemas alone.
 */
const meant: readonly (readonly [RegExp, fc.Arbitrary<WildJson>])[] = [
  [/buildHook$/, url("hooks-of-sites.example")],
  [/notifications\.url$/, url("hooks-of-people.example")],
  [/\burl$/, url("jobs.example")],
  [/connectedSites$/, connectedSite],
  [/siteId$/, known("site", "site", "deletedSite")],
  [/slug$|dataSource$/, fc.constantFrom(...slugs).map(text)],
  [/notifications\.id$/, known("notification")],
  [
    /^id$/,
    fc.oneof(
      known("layer", "deletedLayer", "webhook", "deletedWebhook", "ref"),
      number.map((n) => text(`kept-id-${n}`)),
    ),
  ],
  [/name$/, number.map((n) => text(`Name ${n}`))],
];

const sometimes = (valid: fc.Arbitrary<WildJson>): fc.Arbitrary<WildJson> =>
  fc.oneof({ weight: 50, arbitrary: valid }, { weight: 1, arbitrary: hostileValue });

// Made once: each of these holds a map of all of Unicode.
const anyCharacters = fc.string({ unit: "grapheme", maxLength: 30 }).map(text);

const ofString = ({ pattern, maxLength = 60 }: JsonSchema): fc.Arbitrary<WildJson> => {
  if (pattern !== undefined) return matching(pattern).map(text);
  return fc.oneof(
    { weight: 4, arbitrary: anyCharacters },
    { weight: 1, arbitrary: fc.constantFrom(maxLength, maxLength + 1).map((n) => text("x".repeat(n))) },
  );
};

/**
 * Documents that a schema allows, with something wrong in one field of some, fields too many, and fields named twice:
 * most are sound in all but one place, so that what is wrong is found deep inside.
 */
export const wildJsonOf = (
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  path = "",
): fc.Arbitrary<WildJson> => {
  const hint = meant.find(([pattern]) => pattern.test(path));
  if (schema.$ref !== undefined) {
    const target = components[schema.$ref.replace("#/components/schemas/", "")];
    if (target === undefined) throw new Error(`${schema.$ref} leads nowhere`);
    return wildJsonOf(target, components, path);
  }
  if (schema.enum !== undefined) {
    const values = schema.enum.map((value): WildJson => (typeof value === "string" ? text(value) : value));
    return sometimes(fc.constantFrom(...values));
  }
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => wildJsonOf(one, components, path)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object": {
      const made = ofObject(schema, components, path);
      return sometimes(
        hint === undefined ? made : fc.oneof({ weight: 12, arbitrary: hint[1] }, { weight: 1, arbitrary: made }),
      );
    }
    case "array": {
      const item = wildJsonOf(schema.items ?? {}, components, path);
      const { minItems = 0, maxItems = 20 } = schema;
      const few = fc.array(item, { minLength: minItems, maxLength: Math.min(maxItems, 3) });
      const many = fc.array(item, { minLength: maxItems, maxLength: maxItems + 1 });
      const lists = fc.oneof({ weight: 30, arbitrary: few }, { weight: 1, arbitrary: many });
      return sometimes(lists.map((list) => ({ list })));
    }
    case "integer":
    case "number": {
      const { minimum = -5, maximum = 1000 } = schema;
      return sometimes(fc.integer({ min: minimum, max: maximum }));
    }
    case "boolean":
      return sometimes(fc.boolean());
    default:
      return sometimes(hint?.[1] ?? ofString(schema));
  }
};

const ofObject = (
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  path: string,
): fc.Arbitrary<WildJson> => {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    // Without its URL a new notification is refused, whatever else it says.
    const needed = schema.required?.includes(name) === true || name === "url";
    const value = wildJsonOf(field, components, path === "" ? name : `${path}.${name}`);
    return fc.oneof(
      { weight: needed ? 40 : 1, arbitrary: value.map((one) => [[name, one]] as const) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: needed ? 0 : 1, arbitrary: fc.constant([]) },
    );
  });
  const stray = fc.tuple(
    fc.constantFrom("__proto__", "constructor", "name", "id", "é\u0000", "x".repeat(300)),
    hostileValue,
  );
  const strays = fc.oneof(
    { weight: 30, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(stray, { minLength: 1, maxLength: 2 }) },
  );
  return fc.tuple(fc.tuple(...fields), strays).map(([given, more]) => ({ entries: [...given.flat(), ...more] }));
};
