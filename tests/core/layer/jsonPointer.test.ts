import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JSON_POINTER, valueAt } from "../../../src/core/layer/jsonPointer.ts";

describe("a JSON Pointer", () => {
  const escaped = (step: string): string => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`;

  test("a pointer leads to any value of any document, whatever its names are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "~", "/", "0", "1", " ", "é") }), { maxLength: 4 }),
        (steps) => {
          const pointer = steps.map(escaped).join("");
          const document = steps.reduceRight<unknown>((inner, step) => Object.fromEntries([[step, inner]]), "found");
          expect([JSON_POINTER.test(pointer), valueAt(document, pointer)]).toEqual([true, "found"]);
        },
      ),
    );
    expect(valueAt({ "~1": 1, "/": 2 }, "/~01")).toBe(1);
  });

  test("a pointer leads into a list by plain numbers alone", () => {
    const list = { list: Array.from({ length: 12 }, (_, index) => `item ${index}`) };
    expect(["/list/0", "/list/7", "/list/11"].map((at) => valueAt(list, at))).toEqual(["item 0", "item 7", "item 11"]);
    for (const at of [
      "/list/12",
      "/list/00",
      "/list/01",
      "/list/-1",
      "/list/1x",
      "/list/x1",
      "/list/length",
      "/list/",
    ]) {
      expect([at, valueAt(list, at)]).toEqual([at, undefined]);
    }
  });

  test("a pointer to nothing has no value, also where every object inherits one", () => {
    expect(valueAt({ a: null, b: "text" }, "/a")).toBeNull();
    for (const at of ["/a/b", "/b/length", "/b/0", "/toString", "/x", "/x/y"]) {
      expect([at, valueAt({ a: null, b: "text" }, at)]).toEqual([at, undefined]);
    }
    expect(valueAt(undefined, "")).toBeUndefined();
  });

  test("a text is a pointer if each step begins with a slash and escapes its tildes", () => {
    for (const text of ["", "/", "//", "/a/b", "/~0~1", "/a~0b"])
      expect([text, JSON_POINTER.test(text)]).toEqual([text, true]);
    for (const text of ["a", "a/b", "/~", "/~2", "/a~/b", "x/"])
      expect([text, JSON_POINTER.test(text)]).toEqual([text, false]);
  });
});
