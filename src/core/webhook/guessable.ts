/**
 * Words that people use to make up a secret. In each line a longer word comes before a shorter one that is part of it.
 */
const WORDS = new RegExp(
  [
    "qwertyuiop|qwertz|qwerty|asdfghjkl|asdf|zxcvbnm|pass(?:word|wort|wd)?|secret|token|key|change|letmein|let|welcome|login",
    "layerhook|layer|data|web|hook|netlify|contentful|sanity|strapi|storyblok|ghost|cms|blog|site|www|company|publish|build",
    "admin|owner|root|user|test|demo|default|example|sample|prod(?:uction)?|staging|develop(?:ment)?|dev|main|master",
    "january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter",
    "love|hello|world|the|our|and|(?:19|20)\\d\\d",
  ].join("|"),
  "g",
);
const SEQUENCES = "0123456789012 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba 9876543210";
/** How many random characters make a secret of a length impossible to guess, over a network or against a slow key. */
const leastRandom = (length: number): number => (length < 32 ? 8 : 10);
/** In a run that counts up or down, this many characters are worth one random character. */
const RUN_CHARS = 4;

/**
 * How many different characters a text of a length must have. Every random text has as many, even one of hex digits.
 */
export const leastDifferent = (length: number): number => (length < 32 ? 6 : 8);

/**
 * Shortens each run of four or more characters that count up or down. Words have shorter runs, such as "uts" in
 * "outside".
 */
const withoutSequences = (text: string): string => {
  let left = "";
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    while (end < text.length && end - at < 13 && SEQUENCES.includes(text.slice(at, end + 1))) end += 1;
    const length = end - at;
    left += text.slice(at, length < RUN_CHARS ? end : at + Math.floor(length / RUN_CHARS));
    at = end;
  }
  return left;
};

/** Whether a text has little left without words, years, sequences, repetitions and punctuation. */
const isCommon = (text: string): boolean => {
  const plain = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const unrepeated = plain.replaceAll(/(.{2,64}?)\1+/gu, "$1").replaceAll(/(.)\1{2,}/gu, "$1");
  return withoutSequences(unrepeated.replaceAll(WORDS, "")).length < leastRandom(text.length);
};

/**
 * Returns why a person could guess a secret; null if nothing suggests it. A secret has at least `minLength` characters.
 * The check is crude: it finds what people type in a hurry, and lets every random text pass.
 */
export const guessableBecause = (text: string, minLength = 16): "short" | "few-characters" | "common" | null => {
  if (text.length < minLength) return "short";
  if (new Set(text).size < leastDifferent(text.length)) return "few-characters";
  return isCommon(text) ? "common" : null;
};

/** Whether a person could guess a secret. */
export const isGuessable = (text: string): boolean => guessableBecause(text) !== null;
