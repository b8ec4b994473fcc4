import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SLUG } from "../../../src/core/webhook/deliveryScope.ts";
import { slugOf } from "../../../src/dashboard/text/slugOf.ts";

describe("the slug of a source", () => {
  it.each([
    ["Événements à l’été", "evenements-a-l-ete"],
    ["Größe & Maß", "grosse-mass"],
    ["Łódź — Ærø", "lodz-aero"],
    ["İstanbul Çarşısı", "istanbul-carsisi"],
    ["ｆｕｌｌ ｗｉｄｔｈ 2", "full-width-2"],
    ["Blog", "blog"],
  ])("a slug is made from a name in any language: %s", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it("a name without Latin letters gets a number, and no slug is given twice", () => {
    expect(slugOf("ブログ", ["blog"])).toBe("source-2");
    expect(slugOf("مدونة", ["source-2"])).toBe("source-3");
    expect(slugOf("Blog", ["blog", "blog-2"])).toBe("blog-3");
    expect(slugOf("x".repeat(80), ["x".repeat(64)])).toBe(`${"x".repeat(62)}-2`);
  });

  it("a slug of any name is one that the API takes", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 90 }),
        fc.array(fc.string(), { maxLength: 3 }),
        (name, taken) => {
          const slug = slugOf(name, taken);
          expect(slug).toMatch(SLUG);
          expect(taken).not.toContain(slug);
        },
      ),
    );
  });
});
