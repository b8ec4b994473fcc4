import type { ProblemCode } from "../../contract/problemCodes.ts";
import { problem } from "../problem.ts";
import { readBytes } from "../readBody.ts";

/** The longest body of any route except an import (bytes). */
export const API_BODY_BYTES = 256 * 1024;

export type JsonRead =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly response: Response };

const refusal = (status: number, code: ProblemCode, title: string, detail: string, more: object = {}): JsonRead => ({
  kind: "refused",
  response: problem({ status, code, title, detail, ...more }),
});

const tooLarge = (maxBytes: number): JsonRead =>
  refusal(413, "BODY_TOO_LARGE", "The body is too large", `The body may have at most ${maxBytes} bytes.`);

const incomplete = (): JsonRead =>
  refusal(
    400,
    "BODY_INCOMPLETE",
    "The body is not complete",
    "The connection closed before the whole body arrived. Nothing was changed. Send the request again.",
  );

/**
 * Reads a request's body as JSON, or returns the problem. The content type is ignored: `curl -d` sends JSON as a form.
 */
export const readJson = async (request: Request, maxBytes = API_BODY_BYTES): Promise<JsonRead> => {
  // A body whose `content-length` is too long is not read at all.
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return tooLarge(maxBytes);
  const read = await readBytes(request, maxBytes);
  if (read.kind === "too-long") return tooLarge(maxBytes);
  if (read.kind === "broken-off") return incomplete();
  const { bytes } = read;
  if (bytes.byteLength === 0) return { kind: "empty" };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refusal(400, "MALFORMED_JSON", "The body is not valid JSON", "The body is not valid UTF-8.");
  }
  if (text.trim() === "") return { kind: "empty" };
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    const position = malformedAt(text);
    const line = text.slice(0, position).split("\n").length;
    const where = position >= text.length ? "The JSON ends too early" : `The JSON breaks at character ${position + 1}`;
    return refusal(400, "MALFORMED_JSON", "The body is not valid JSON", `${where} (line ${line}).`, { position, line });
  }
};

const space = /[ \t\n\r]*/y;
// Strings in JSON hold every character from the space on except the quote and the backslash; others are escaped.
const openString = String.raw`"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*`;
const string = `${openString}"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const scalar = new RegExp(`${string}|${number}|true|false|null`, "y");
const key = new RegExp(String.raw`${string}[ \t\n\r]*:`, "y");

// Tokens that a text may end in the middle of.
const cutString = String.raw`${openString}(?:\\(?:u[\da-fA-F]{0,3})?)?`;
const cutNumber = String.raw`-?(?:(?:0|[1-9]\d*)(?:\.\d*|(?:\.\d+)?[eE][+-]?\d*))?`;
const cutWord = "t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?";
const cutValue = new RegExp(`(?:${cutString}|${cutNumber}|${cutWord})$`, "y");
const cutKey = new RegExp(String.raw`(?:${cutString}|${string}[ \t\n\r]*)?$`, "y");

/**
 * The offset at which a text stops being JSON; its length if it ends too early. The engine's message has no position
 * for most mistakes, and quotes the text instead. Works without recursion, because the text may be nested as deeply as
 * it is long.
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
