/** The longest slug that the API takes. */
const MOST = 64;

/** Latin letters that do not decompose into a letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  ß: "ss",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};

const latin = (name: string): string =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^\0-\x7f]/gu, (letter) => LETTERS[letter] ?? " ")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, MOST)
    .replaceAll(/-+$/g, "");

/**
 * Makes a slug that is not taken from a name in any language. A name without Latin letters or digits gets a number:
 * `source-2` for a layer's second source.
 */
export const slugOf = (name: string, taken: readonly string[] = []): string => {
  const base = latin(name);
  if (base !== "" && !taken.includes(base)) return base;
  for (let number = base === "" ? taken.length + 1 : 2; ; number += 1) {
    const end = `-${number}`;
    const slug = `${(base || "source").slice(0, MOST - end.length)}${end}`;
    if (!taken.includes(slug)) return slug;
  }
};
