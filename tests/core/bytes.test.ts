import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clip, fingerprint, jsonBytes, likenessOf, shorten, utf8Bytes } from "../../src/core/bytes.ts";

const texts = fc.string({ unit: "binary" });
/** Among others such as a job may answer with, or a sender that cuts in the middle of a character. */
const halves = texts.chain((text) => fc.constantFrom(text, `${text}\ud800`, `\udfff${text}`));
const borders = ["\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"];

describe("the length of a text", () => {
  test("the length of a text is counted in bytes of UTF-8, whatever alphabet it is in", () => {
    for (const text of ["", "x", ...borders]) expect([text, utf8Bytes(text)]).toEqual([text, Buffer.byteLength(text)]);
    fc.assert(fc.property(texts, (text) => utf8Bytes(text) === Buffer.byteLength(text)));
  });

  test("the length of a text in a document is that of its JSON, including quotes and escapes", () => {
    expect(jsonBytes("")).toBe(2);
    fc.assert(fc.property(halves, (text) => jsonBytes(text) === Buffer.byteLength(JSON.stringify(text))));
  });
});

describe("a text that is cut", () => {
  test("a cut text is the longest beginning that fits, never ending in half a character", () => {
    expect(clip("abcdef", 6)).toBe("abcd");
    expect(clip("abcd", 6)).toBe("abcd");
    expect(clip("ab😀", 7)).toBe("ab");
    expect(clip("ab😀", 8)).toBe("ab😀");
    expect(clip('""', 5)).toBe('"');
    expect(clip("abc", 2)).toBe("");
  });

  test("a cut text keeps nothing of what follows the first character that does not fit", () => {
    expect(clip("a語b", 5)).toBe("a");
  });
});

describe("what stands for a long version", () => {
  test("a version is stored as it is while it fits", () => {
    expect(fingerprint("abcd", 6)).toBe("abcd");
  });

  test("a long version's stand-in fits where the version would not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 100, maxLength: 300 }), (text) => {
        expect(jsonBytes(fingerprint(text, 96))).toBeLessThanOrEqual(96);
      }),
    );
  });

  test("a long version's stand-in differs for versions that differ anywhere", () => {
    const long = "x".repeat(500);
    const others = [`${long}a`, `${long}b`, `a${long}`, `${long.slice(1)}a`, long.slice(1)];
    expect(new Set([long, ...others].map((text) => fingerprint(text, 96))).size).toBe(6);
  });

  test("a long version's stand-in is the same in every release, or an upgrade would build every site", () => {
    expect(fingerprint("abcdefghij", 8)).toBe("ab#10.b9bbc7aa22d79212");
    expect(fingerprint("foobar", 4)).toBe("#6.85944171f73967e8");
  });
});

describe("what bodies are like", () => {
  const body = (fields: object) => JSON.stringify({ event: "entry.publish", title: "Spring sale", ...fields });

  test("bodies about the same document that differ in numbers, times and ids alone are alike", () => {
    const one = body({ id: 7, at: "2026-11-30T10:00:00Z", ref: "0f4c-9a8b1c2d" });
    const other = body({ id: 7, at: "2026-12-01T23:59:01Z", ref: "77aa-00ff11ee" });
    expect(likenessOf(one)).toBe(likenessOf(other));
    expect(likenessOf(one)).not.toBe(likenessOf(body({ title: "Summer sale" })));
  });

  test("bodies that name different documents are not alike", () => {
    const pairs = [
      ['{"type":"entry.publish","id":7}', '{"type":"entry.publish","id":8}'],
      ['{"_id" : "3f2a-11","_type":"article"}', '{"_id" : "3f2a-12","_type":"article"}'],
      ['{"event":"items.update","keys":["12"]}', '{"event":"items.update","keys":["13"]}'],
      ['{"model":"article","entry":{"documentId":"ab12"}}', '{"model":"article","entry":{"documentId":"ab13"}}'],
      ['{"type":"page","post_id":"41"}', '{"type":"page","post_id":"42"}'],
    ] as const;
    for (const [one, other] of pairs) expect(likenessOf(one), one).not.toBe(likenessOf(other));
  });

  test("a body says something with eight characters that do not vary, and is like itself with blanks around it", () => {
    expect([likenessOf("ghijklm"), likenessOf("ghijklmn")]).toEqual([undefined, expect.any(Number)]);
    expect(likenessOf(" \n ghijklmn \t")).toBe(likenessOf("ghijklmn"));
  });

  test("a body's likeness is the same in every release, because it is stored and compared after an upgrade", () => {
    expect(likenessOf("foobar--")).toBe(2_847_358_262);
  });

  test("a body that says nothing is like no other", () => {
    for (const text of ["", "{}", "  \n ", "1234567890", '{"id":1}']) expect(likenessOf(text)).toBeUndefined();
  });
});

describe("a shortened text", () => {
  test("a text that just fits is not shortened", () => {
    expect(shorten("the build failed", 18)).toBe("the build failed");
    expect(shorten("the build failed", 17)).toBe("the build…");
  });

  test("a text is cut at a word that ends at most forty characters before the limit, otherwise within one", () => {
    const text = `ab ${"x".repeat(60)}`;
    expect(shorten(text, 47)).toBe("ab…");
    expect(shorten(text, 48)).toBe(`ab ${"x".repeat(40)}…`);
    expect(shorten(` ${"x".repeat(60)}`, 20)).toBe(` ${"x".repeat(14)}…`);
  });

  test("a text that is cut ends in no blank and no mark before its ellipsis", () => {
    expect(shorten("the build failed: (because a page is broken)", 24)).toBe("the build failed…");
    expect(shorten("one, two; (x yyyyyyyyyyyyyyyyyyyyyyyyyy", 18)).toBe("one, two; (x…");
    expect(shorten("one, two; ( yyyyyyyyyyyyyyyyyyyyyyyyyyy", 18)).toBe("one, two…");
  });

  test("a text that is too long is cut at a word and ends in an ellipsis, and never takes more than its limit", () => {
    expect(shorten("the build failed", 20)).toBe("the build failed");
    expect(shorten("the build failed, because a page is broken", 24)).toBe("the build failed…");
    expect(shorten("x".repeat(50), 20)).toBe(`${"x".repeat(15)}…`);
    fc.assert(
      fc.property(halves, fc.integer({ min: 10, max: 60 }), (text, limit) => jsonBytes(shorten(text, limit)) <= limit),
    );
  });
});
