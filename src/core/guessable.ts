/** What people put together when they make up a secret. */
const WORDS =
  /pass(?:word|wort|wd)?|secret|web|hooks?|admin|owner|root|user|change|letmein|let|me|welcome|login|qwertz|qwerty|asdf|test|demo|default|example|sample|token|key|layer|data|netlify|contentful|sanity|strapi|storyblok|ghost|cms|blog|site|www|publish|build|prod(?:uction)?|staging|develop(?:ment)?|dev|main|master|spring|summer|autumn|winter|love|hello|world|the|my|our|is|and|(?:19|20)\d\d/g;
const SEQUENCES = "0123456789012 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba 9876543210";
/** So many characters by chance are more than can be tried over a network. */
const CHARS_LEFT = 12;
const DISTINCT = 8;

/** Puts one character in the place of each run of three or more that count up or down. */
const withoutSequences = (text: string): string => {
  let left = "";
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    while (end < text.length && end - at < 13 && SEQUENCES.includes(text.slice(at, end + 1))) end += 1;
    left += end - at >= 3 ? text.charAt(at) : text.slice(at, end);
    at = end;
  }
  return left;
};

/**
 * Whether a person could guess a text that is to be a secret: it is shorter than 16 characters, has few different ones, or
 * little is left of it without words, years, sequences, repetitions and punctuation. Errs towards false for anything random.
 */
export const isGuessable = (text: string): boolean => {
  if (text.length < 16 || new Set(text).size < DISTINCT) return true;
  const plain = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const once = plain.replaceAll(/(.{2,64}?)\1+/gu, "$1").replaceAll(/(.)\1{2,}/gu, "$1");
  return withoutSequences(once.replaceAll(WORDS, "")).length < CHARS_LEFT;
};
