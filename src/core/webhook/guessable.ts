/** What people put together when they make up a secret: in each line a longer word stands before one that is part of it. */
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
/** How many characters by chance are more than can be tried: over a network, or with a slow key. */
const leftIn = (length: number): number => (length < 32 ? 8 : 10);
/** A run that counts up or down stands for one character by chance for each so many. */
const RUN = 4;

/** How many different characters a text of that length must have: every random one has them, of hex digits too. */
export const differentIn = (length: number): number => (length < 32 ? 6 : 8);

/** Shortens each run of four or more characters that count up or down. Words have shorter ones: "uts" in "outside". */
const withoutSequences = (text: string): string => {
  let left = "";
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    while (end < text.length && end - at < 13 && SEQUENCES.includes(text.slice(at, end + 1))) end += 1;
    const length = end - at;
    left += text.slice(at, length < RUN ? end : at + Math.floor(length / RUN));
    at = end;
  }
  return left;
};

/** Whether little is left of a text without words, years, sequences, repetitions and punctuation. */
const isCommon = (text: string): boolean => {
  const plain = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const once = plain.replaceAll(/(.{2,64}?)\1+/gu, "$1").replaceAll(/(.)\1{2,}/gu, "$1");
  return withoutSequences(once.replaceAll(WORDS, "")).length < leftIn(text.length);
};

/**
 * Why a person could guess a text that is to be a secret of at least `least` characters; null if nothing tells that.
 * The judgement is crude: it finds what people type in a hurry, and lets every random text pass.
 */
export const guessableBecause = (text: string, least = 16): "short" | "few-characters" | "common" | null => {
  if (text.length < least) return "short";
  if (new Set(text).size < differentIn(text.length)) return "few-characters";
  return isCommon(text) ? "common" : null;
};

/** Whether a person could guess a text that is to be a secret. */
export const isGuessable = (text: string): boolean => guessableBecause(text) !== null;
