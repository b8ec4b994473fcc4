import { describe, expect, test } from "vitest";
import { contradiction } from "../../../src/core/webhook/contradiction.ts";
import type { EventCondition } from "../../../src/core/webhook/eventFilter.ts";

type Test = Omit<EventCondition, "header" | "query" | "bodyPath">;
/** Whether two tests exclude each other at one place: a header, which has one value, or a path, which may have several. */
const excluded = (one: Test, other: Test, place: EventCondition = { header: "x-event" }): boolean => {
  const found = contradiction([
    { ...place, ...one },
    { ...place, ...other },
  ]);
  expect(
    contradiction([
      { ...place, ...other },
      { ...place, ...one },
    ]),
  ).toEqual(found);
  return found !== null;
};
const PATH: EventCondition = { bodyPath: "a.b" };
const QUERY: EventCondition = { query: "a" };

describe("conditions that no delivery can meet together", () => {
  test("a place that must be absent excludes every condition that wants something there", () => {
    for (const place of [undefined, PATH, QUERY]) {
      for (const wanted of [{ exists: true }, { in: ["a"] }, { startsWith: ["a"] }]) {
        expect(excluded(wanted, { absent: true }, place)).toBe(true);
      }
      expect(excluded({ not: { in: ["a"] } }, { absent: true }, place)).toBe(false);
      expect(excluded({ absent: true }, { absent: true }, place)).toBe(false);
    }
  });

  test("texts that are all excluded cannot be wanted, at any place", () => {
    for (const place of [undefined, PATH, QUERY]) {
      expect(excluded({ in: ["a", "b"] }, { not: { in: ["a", "b", "c"] } }, place)).toBe(true);
      expect(excluded({ in: ["a", "b"] }, { not: { in: ["a"] } }, place)).toBe(false);
      expect(excluded({ in: ["ab", "ac"] }, { not: { startsWith: ["a"] } }, place)).toBe(true);
      expect(excluded({ in: ["ab", "ba"] }, { not: { startsWith: ["a"] } }, place)).toBe(false);
      expect(excluded({ in: ["ab", "ba"] }, { not: { in: ["ba"], startsWith: ["x", "a"] } }, place)).toBe(true);
      expect(excluded({ startsWith: ["ab", "ac"] }, { not: { startsWith: ["a"] } }, place)).toBe(true);
      expect(excluded({ startsWith: ["ab", "b"] }, { not: { startsWith: ["a"] } }, place)).toBe(false);
      expect(excluded({ startsWith: ["a"] }, { not: { in: ["a"] } }, place)).toBe(false);
      expect(excluded({ startsWith: ["a"] }, { not: { startsWith: ["ab"] } }, place)).toBe(false);
      expect(excluded({ exists: true }, { not: { in: ["a"] } }, place)).toBe(false);
      expect(excluded({ in: ["a"] }, { not: {} }, place)).toBe(false);
    }
  });

  test("a header has one value, so two conditions without a common text exclude each other there", () => {
    const pairs: readonly (readonly [Test, Test, boolean])[] = [
      [{ in: ["a"] }, { in: ["b", "c"] }, true],
      [{ in: ["a", "b"] }, { in: ["b", "c"] }, false],
      [{ in: ["ab"] }, { startsWith: ["x", "a"] }, false],
      [{ in: ["ab", "b"] }, { startsWith: ["x"] }, true],
      [{ in: ["ab", "b"] }, { startsWith: ["a"] }, false],
      [{ startsWith: ["ab"] }, { startsWith: ["x", "a"] }, false],
      [{ startsWith: ["a"] }, { startsWith: ["ab"] }, false],
      [{ startsWith: ["a"] }, { startsWith: ["b"] }, true],
      [{ in: ["a"] }, { exists: true }, false],
      [{ startsWith: ["a"] }, { exists: true }, false],
      [{ not: { in: ["a"] } }, { not: { in: ["b"] } }, false],
    ];
    for (const [one, other, isExcluded] of pairs) {
      expect([one, other, excluded(one, other)]).toEqual([one, other, isExcluded]);
      for (const place of [PATH, QUERY]) expect(excluded(one, other, place)).toBe(false);
    }
  });

  test("conditions about different places exclude nothing, and a header's name may be written in capitals", () => {
    const [a, b]: [Test, Test] = [{ in: ["a"] }, { in: ["b"] }];
    expect(
      contradiction([
        { header: "x-event", ...a },
        { header: "X-Event", ...b },
      ]),
    ).toEqual([0, 1]);
    expect(
      contradiction([
        { header: "x-event", ...a },
        { header: "x-other", ...b },
      ]),
    ).toBeNull();
    expect(
      contradiction([
        { header: "x", ...a },
        { query: "x", not: { in: ["a"] } },
      ]),
    ).toBeNull();
    expect(
      contradiction([
        { query: "x", ...a },
        { bodyPath: "x", not: { in: ["a"] } },
      ]),
    ).toBeNull();
    expect(
      contradiction([
        { bodyPath: "x", ...a },
        { bodyPath: "X", not: { in: ["a"] } },
      ]),
    ).toBeNull();
  });

  test("the first two conditions that exclude each other are named, the earlier one first", () => {
    const at = (text: string): EventCondition => ({ header: "x", in: [text] });
    expect(contradiction([])).toBeNull();
    expect(contradiction([at("a"), at("a"), { header: "y", in: ["b"] }])).toBeNull();
    expect(contradiction([at("a"), { header: "y", in: ["b"] }, at("b"), at("c")])).toEqual([0, 2]);
    expect(contradiction([{ header: "y", exists: true }, at("a"), at("a"), at("c")])).toEqual([1, 3]);
  });
});
