import { describe, expect, test } from "vitest";
import { SOURCES } from "../../../src/core/limits.ts";
import { deliveryScope, isUsableName } from "../../../src/core/webhook/deliveryScope.ts";
import { aSource } from "../../support/builders.ts";

const ofBuildLayer = (header: string) => deliveryScope({ sources: [] }, { header, query: null, alias: null });
const names = (count: number) => Array.from({ length: count }, (_, at) => `n${String(at).padStart(2, "0")}`);

describe("a name that a sender may give", () => {
  const jobs = { sources: [aSource("posts")] };

  test.each([
    ["posts", true, true],
    ["not-there_yet-2", true, true],
    ["Blog posts", false, true],
    ["-posts", false, true],
    ["p".repeat(64), true, true],
    ["p".repeat(65), false, false],
    ["__proto__", false, false],
    ["", false, false],
    ["a\u0000b", false, false],
    ["x\ud800y", false, false],
  ])("the name %j is a slug: %s, and a label of a build layer: %s", (name, isSlug, isLabel) => {
    expect([isUsableName(jobs, name), isUsableName({ sources: [] }, name)]).toEqual([isSlug, isLabel]);
  });
});

describe("the labels of a delivery to a build layer", () => {
  test("a label is cut after 64 characters, without half characters, and one that is then empty means everything", () => {
    expect(ofBuildLayer(`${"a".repeat(63)}bc`).slugs).toEqual([`${"a".repeat(63)}b`]);
    expect(ofBuildLayer("x\ud800y").slugs).toEqual(["xy"]);
    expect(ofBuildLayer("\ud800")).toEqual({ all: true, slugs: [], warnings: [] });
  });

  test("a delivery that names more labels than a sync may have means everything, and says so", () => {
    expect(ofBuildLayer(names(SOURCES).join())).toEqual({ all: false, slugs: names(SOURCES), warnings: [] });
    expect(ofBuildLayer(names(SOURCES + 1).join())).toEqual({
      all: true,
      slugs: names(SOURCES),
      warnings: ["UNKNOWN_DATA_SOURCE"],
    });
  });
});
