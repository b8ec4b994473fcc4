import { describe, expect, test } from "vitest";
import { isLine, isPlainLine, isText } from "../../src/core/plainText.ts";

describe("a name", () => {
  test("a name may be of any script, with the joiners that its script or an emoji needs", () => {
    for (const name of [
      "Jane O'Neill",
      "Ünïcode 東京",
      "می\u200cخواهم",
      "क्\u200dष",
      "👩\u200d🚒 team",
      "❤\ufe0f",
      "1\ufe0f\u20e3",
    ]) {
      expect(isLine(name), name).toBe(true);
    }
  });

  test("a name hides and reorders nothing: two that look alike are alike", () => {
    const hidden =
      "\u0000 \u00ad \u034f \u061c \u115f \u200b \u200c \u200d \u200e \u200f \u2028 \u2029 \u202a \u202e \u2060 \u2066 \u2069 \u2800 \u3164 \ufe0f \ufeff \ud800 \u{e0041}";
    for (const character of hidden.split(" ")) {
      for (const name of [`Ow${character}ner`, `Owner${character}`, `${character}Owner`, `O\u0301${character}wner`]) {
        expect(isLine(name), JSON.stringify(name)).toBe(false);
        expect(isPlainLine(name), JSON.stringify(name)).toBe(false);
      }
    }
  });

  test("a name that is compared exactly holds no joiners either", () => {
    expect(isPlainLine("Owner")).toBe(true);
    for (const name of ["می\u200cخواهم", "👩\u200d🚒"]) expect(isPlainLine(name)).toBe(false);
  });
});

test("a text of lines may hold line breaks and tabs, and hides nothing else", () => {
  expect(isText("one\r\n\ttwo")).toBe(true);
  expect(isText("one\u200b\ntwo")).toBe(false);
});
