import fc from "fast-check";

/** What of the world a piece names when it is sent; which one of them is chosen by a number. */
export const knownKinds = [
  "layer",
  "deletedLayer",
  "webhook",
  "deletedWebhook",
  "ref",
  "sync",
  "delivery",
  "site",
  "deletedSite",
  "build",
  "slug",
  "notification",
  "statusLink",
  "statusToken",
  "token",
  "position",
  "etag",
  "callback",
] as const;
export type KnownKind = (typeof knownKinds)[number];

const spoils = {
  none: (text: string) => text,
  shorter: (text: string) => text.slice(0, -1),
  longer: (text: string) => `${text}0`,
  upper: (text: string) => text.toUpperCase(),
  lastChanged: (text: string) => `${text.slice(0, -1)}${text.endsWith("a") ? "b" : "a"}`,
  encoded: (text: string) => text.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  encodedTwice: (text: string) => text.replace(/[a-z]/, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
  spaced: (text: string) => ` ${text}`,
  nul: (text: string) => `${text}%00`,
  halved: (text: string) => text.replace(/^(..)/, "$1/"),
} as const;
type Spoil = keyof typeof spoils;

/**
 * A part of a request before the world it meets is known: a text (perhaps many times), or something that stands there,
 * perhaps almost. Plain data, so that a failing sequence shrinks and can be read.
 */
export type Piece =
  | { readonly text: string; readonly times?: number }
  | { readonly known: KnownKind; readonly n: number; readonly spoil: Spoil };

/** Looks up what stands in the world, in a layer or a site of this id if it is one; null if there is none of the kind. */
export type LookUp = (kind: KnownKind, n: number, within: string | null) => string | null;

/** The piece as it is sent; `within` is what the piece before it named. */
export const pieceText = (piece: Piece, lookUp: LookUp, within: string | null = null): string => {
  if ("text" in piece) return piece.text.repeat(piece.times ?? 1);
  return spoils[piece.spoil](lookUp(piece.known, piece.n, within) ?? "none-of-these");
};

const spoilNames = ["shorter", "longer", "upper", "lastChanged", "encoded", "encodedTwice", "spaced", "nul", "halved"];
const isSpoil = (name: string): name is Spoil => name in spoils;

/** Something that stands in the world, mostly as it is. */
export const knownPiece = (...kinds: readonly KnownKind[]): fc.Arbitrary<Piece> =>
  fc.record({
    known: fc.constantFrom(...kinds),
    n: fc.nat(30),
    spoil: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Spoil>("none") },
      { weight: 1, arbitrary: fc.constantFrom(...spoilNames.filter(isSpoil)) },
    ),
  });

const patterns = new Map<string, fc.Arbitrary<string>>();

/** Texts that a pattern allows; one generator for each pattern, because each is dear. */
export const matching = (pattern: string): fc.Arbitrary<string> => {
  const known = patterns.get(pattern) ?? fc.stringMatching(new RegExp(pattern));
  patterns.set(pattern, known);
  return known;
};

/** Texts that some reader, somewhere, once stumbled over. */
export const hostileText: fc.Arbitrary<Piece> = fc.oneof(
  fc
    .constantFrom(
      "",
      "%",
      "%zz",
      "%ff",
      "%00",
      "%2e%2e",
      "%2e%2e%2f%2e%2e%2f",
      "..%2f..%2fsecret",
      "..",
      "%252e%252e",
      "__proto__",
      "constructor",
      "hasOwnProperty",
      "toString",
      "undefined",
      "null",
      "NaN",
      "-1",
      "0",
      "1e400",
      "Infinity",
      "99999999999999999999",
      "\u0000",
      "\ud800",
      "\u202e",
      "é",
      "日本語",
      "😀",
      "%F0%9F%98%80",
      "%ED%A0%80",
      "a;b",
      "a.b",
      "a b",
      "a'b",
      '"',
      "<script>",
      "{{7*7}}",
      "*",
      ":layerId",
      "{layerId}",
      "\\",
      "a/b",
      "/",
      "//",
      "?",
      "#",
      "\r\nx-injected: 1",
    )
    .map((text) => ({ text })),
  fc.constantFrom("x", "é", "%41", "../", "a,", "[", "😀").map((text) => ({ text, times: 10_000 })),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 20 })
    .map((units) => ({ text: String.fromCharCode(...units) })),
  matching("^[A-Za-z0-9_-]{1,40}$").map((text) => ({ text })),
);
