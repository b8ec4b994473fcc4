/** Texts that people type first, longest first so that a part of one is not taken out of it. */
const COMMON = [
  ..."abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl password changeme layerhook netlify example letmein".split(" "),
  ..."zxcvbnm webhook secret qwerty admin owner token test".split(" "),
  ..."january february march april june july august september october november december may".split(" "),
  ..."spring summer autumn winter".split(" "),
].sort((a, b) => b.length - a.length);
const WORDS = new RegExp(COMMON.join("|"), "g");

/** So many different characters are in every random text of that length, one of hex digits included. */
const differentIn = (length: number): number => (length < 32 ? 6 : 8);
/** A text of at most this length, repeated, counts as that text alone. */
const PERIOD = 16;

const isRepeated = (text: string): boolean => {
  for (let period = 1; period <= Math.min(PERIOD, text.length / 2); period += 1) {
    if (text.slice(period) === text.slice(0, -period)) return true;
  }
  return false;
};

/** Whether common words, digits and separators are nearly all there is. Texts without a common word are not judged. */
const isCommon = (text: string, length: number): boolean => {
  const lower = text.toLowerCase();
  const rest = lower.replaceAll(WORDS, "");
  const runs = /(.)\1{3,}/gu;
  const bare = rest
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .replaceAll(/\p{N}{6,}/gu, "")
    .replaceAll(runs, "$1");
  return rest !== lower && bare.length < length / 4;
};

/**
 * Why a text is too easy to guess for a secret of at least `length` characters; null if it is not. The judgement is
 * crude: it finds what people type in a hurry, and lets every random text of that length pass.
 */
export const weaknessOf = (text: string, length: number): string | null => {
  if (text.length < length) return `must have at least ${length} characters`;
  const different = differentIn(length);
  if (new Set(text).size < different) return `must have at least ${different} different characters`;
  if (isRepeated(text)) return "must not be one short text repeated";
  if (isCommon(text, length)) return "must not be made of common words and digits";
  return null;
};
