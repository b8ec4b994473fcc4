const space = /[ \t\n\r]*/y;
// JSON's strings hold everything from the space on but the quote and the backslash; the rest is escaped.
const opened = String.raw`"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*`;
const string = `${opened}"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const scalar = new RegExp(`${string}|${number}|true|false|null`, "y");
const key = new RegExp(String.raw`${string}[ \t\n\r]*:`, "y");

// What a text that is cut off may end in the middle of.
const cutString = String.raw`${opened}(?:\\(?:u[\da-fA-F]{0,3})?)?`;
const cutNumber = String.raw`-?(?:(?:0|[1-9]\d*)(?:\.\d*|(?:\.\d+)?[eE][+-]?\d*))?`;
const cutWord = "t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?";
const cutValue = new RegExp(`(?:${cutString}|${cutNumber}|${cutWord})$`, "y");
const cutKey = new RegExp(String.raw`(?:${cutString}|${string}[ \t\n\r]*)?$`, "y");

/**
 * Where a text stops being JSON, as an offset; its length if it ends too early. The engine's own message has no position
 * for most mistakes, and quotes the text where it has none. No recursion: the text may be nested as deep as it is long.
 */
export const malformedAt = (text: string): number => {
  let at = 0;
  const eat = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const closers: string[] = [];
  let expectsValue = true;
  for (;;) {
    eat(space);
    const next = text[at];
    const closer = closers.at(-1);
    if (expectsValue) {
      if (next === "[" || next === "{") {
        at += 1;
        eat(space);
        const end = next === "[" ? "]" : "}";
        if (text[at] === end) {
          at += 1;
          expectsValue = false;
        } else {
          closers.push(end);
          if (end === "}" && !eat(key)) return eat(cutKey) ? text.length : at;
        }
      } else if (eat(cutValue)) return text.length;
      else if (eat(scalar)) expectsValue = false;
      else return at;
    } else if (closer === undefined) {
      return at;
    } else if (next === closer) {
      at += 1;
      closers.pop();
    } else if (next === ",") {
      at += 1;
      eat(space);
      if (closer === "}" && !eat(key)) return eat(cutKey) ? text.length : at;
      expectsValue = true;
    } else return at;
  }
};
