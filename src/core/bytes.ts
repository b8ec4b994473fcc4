/** The length of a text in UTF-8. A half character counts as its JSON escape. */
export const utf8Bytes = (text: string): number => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a pair counts two, so that a pair is the four bytes that it is.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
};

/** The length of a text as JSON, in UTF-8. */
export const jsonBytes = (text: string): number => utf8Bytes(JSON.stringify(text));

/** The longest beginning of a text that takes no more than `limit` bytes in JSON, never ending in half a character. */
export const clip = (text: string, limit: number): string => {
  let kept = "";
  let bytes = 2;
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > limit) break;
    kept += character;
  }
  return kept;
};

/** How far back a text is cut to end at a word (characters). */
const WORD_CHARS = 40;

/** A text of at most `limit` bytes in JSON. A longer one is cut at a word and ends in `…`. */
export const shorten = (text: string, limit: number): string => {
  if (jsonBytes(text) <= limit) return text;
  const cut = clip(text, limit - utf8Bytes("…"));
  const end = cut.lastIndexOf(" ");
  const atWord = end >= cut.length - WORD_CHARS && end > 0 ? cut.slice(0, end) : cut;
  return `${atWord.replace(/[\s,;:.(]+$/, "")}…`;
};

const FNV_PRIME = 0x100000001b3n;
const FNV_START = 0xcbf29ce484222325n;

/**
 * Returns a short text that changes whenever a long one does. Cutting a long version instead would make two versions
 * equal that differ only in their tails, and the change would never be built.
 */
export const fingerprint = (text: string, limit: number): string => {
  if (jsonBytes(text) <= limit) return text;
  let hash = FNV_START;
  for (let i = 0; i < text.length; i += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * FNV_PRIME);
  }
  return `${clip(text, limit / 2)}#${text.length}.${hash.toString(16)}`;
};

/**
 * What may differ in texts that say the same: numbers, times and ids, apart from those that name a document, which the
 * group keeps.
 */
const VARYING =
  /("(?:_?id|keys?|(?:document|entry|item|post|page|record)_?id)"\s*:[\s["]*[^"\],}]*)|[\da-f]{4}[\da-f-]*|\d+/gi;
/** A shorter text says nothing. */
const TELLING = 8;

/**
 * A number that is equal for texts about the same document that differ in numbers, times and other ids alone; undefined
 * for a text that says nothing.
 */
export const likenessOf = (text: string): number | undefined => {
  const kept = text.replace(VARYING, "$1").trim();
  if (kept.replace(VARYING, "").length < TELLING) return undefined;
  let hash = 0x811c9dc5;
  for (let i = 0; i < kept.length; i += 1) hash = Math.imul(hash ^ kept.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};
