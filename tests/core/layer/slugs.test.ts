import { describe, expect, test } from "vitest";
import { SOURCES } from "../../../src/core/limits.ts";
import { deliveryScope, SLUG } from "../../../src/core/webhook/deliveryScope.ts";
import { aLayer, aSource } from "../../support/builders.ts";

const unknown = ["UNKNOWN_DATA_SOURCE"];
const builds = aLayer({ sources: [] });
const scope = (header: string, of = builds) => deliveryScope(of, { header, query: null, alias: null });

describe("the slug of a source", () => {
  test.each(["a", "7", "a-b_c", "constructor", "0".repeat(64), `a${"-".repeat(63)}`])(
    "a source's slug may be %s",
    (slug) => {
      expect(SLUG.test(slug)).toBe(true);
    },
  );

  test.each(["", "-a", "_a", "A", "a.b", "ä", "a b", " a", "a\n", "a,b", "0".repeat(65)])(
    "a source's slug may not be %j",
    (slug) => {
      expect(SLUG.test(slug)).toBe(false);
    },
  );
});

describe("a label that a sender gives a build layer", () => {
  test("a build layer's label may have sixty-four characters of any kind", () => {
    for (const label of ["Größe 語", "a", "x".repeat(64)]) {
      expect(scope(label)).toEqual({ all: false, slugs: [label], warnings: [] });
    }
  });

  test("a build layer's label is cut where it is longer, never within a character, and without a warning", () => {
    expect(scope(`${"x".repeat(65)},y`)).toEqual({ all: false, slugs: ["x".repeat(64), "y"], warnings: [] });
    expect(scope(`${"x".repeat(63)}\u{1f600}`)).toEqual({ all: false, slugs: ["x".repeat(63)], warnings: [] });
    expect(scope(`${"x".repeat(64)}1,${"x".repeat(64)}2`).slugs).toEqual(["x".repeat(64)]);
  });

  test("a build layer's unusable label is dropped, none left means everything, and nobody is warned", () => {
    for (const none of ["a\u0000b", "a\u0085b", "a\tb", "__proto__", "\ud800"]) {
      expect(scope(none)).toEqual({ all: true, slugs: [], warnings: [] });
      expect(scope(`${none},Menu & Footer`)).toEqual({ all: false, slugs: ["Menu & Footer"], warnings: [] });
    }
  });

  test("labels beyond the number of sources a layer may have are dropped and mean everything", () => {
    const labels = Array.from({ length: SOURCES + 1 }, (_, i) => `l${String(i).padStart(2, "0")}`);
    expect(scope(labels.slice(1).join())).toEqual({ all: false, slugs: labels.slice(1), warnings: [] });
    expect(scope(`${labels.slice(1).join()},l01`)).toMatchObject({ all: false });
    expect(scope(labels.join())).toEqual({ all: true, slugs: labels.slice(0, SOURCES), warnings: unknown });
  });
});

describe("an alias", () => {
  const alias = (value: string, slugs: string[]) =>
    deliveryScope(aLayer({ sources: slugs.map((slug) => aSource(slug)) }), { header: null, query: null, alias: value });

  test("an alias loses its prefix only where the source is not named with it", () => {
    expect(alias("gatsby-source-a", ["a", "gatsby-source-a"]).slugs).toEqual(["gatsby-source-a"]);
    expect(alias("gatsby-source-a", ["a"]).slugs).toEqual(["a"]);
  });

  test("an alias that is unknown with and without its prefix means everything", () => {
    expect(alias("gatsby-source-b", ["a"])).toEqual({ all: true, slugs: [], warnings: unknown });
    expect(alias("gatsby-SOURCE-a", ["a"])).toEqual({ all: true, slugs: [], warnings: unknown });
    // What is cut off is the prefix and nothing that is merely as long.
    expect(alias("contentful-xxxa", ["a"])).toEqual({ all: true, slugs: [], warnings: unknown });
  });
});
