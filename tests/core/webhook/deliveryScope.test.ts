import { describe, expect, test } from "vitest";
import { SOURCES } from "../../../src/core/limits.ts";
import { deliveryScope } from "../../../src/core/webhook/deliveryScope.ts";

const ofBuildLayer = (header: string) => deliveryScope({ sources: [] }, { header, query: null, alias: null });
const names = (count: number) => Array.from({ length: count }, (_, at) => `n${String(at).padStart(2, "0")}`);

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
