import { describe, expect, test } from "vitest";
import { firstMatches } from "../../../src/dashboard/pages/useFailures.ts";

/** Reads pages by cursors that count, and notes each cursor. */
const list = (...pages: readonly (readonly string[])[]) => {
  const cursors: (string | null)[] = [];
  const read = async (cursor: string | null) => {
    cursors.push(cursor);
    const at = Number(cursor ?? "0");
    return { items: pages[at] ?? [], nextCursor: at + 1 < pages.length ? String(at + 1) : null };
  };
  return { read, cursors };
};

describe("the search for failed publishes", () => {
  test("a failure behind empty pages is found", async () => {
    const { read, cursors } = list([], [], ["failed"]);
    expect(await firstMatches(read)).toEqual({ items: ["failed"], isCut: false });
    expect(cursors).toEqual([null, "1", "2"]);
  });

  test("a search that ends at its first failures says that older publishes were not looked at", async () => {
    expect(await firstMatches(list([], ["failed"], []).read)).toEqual({ items: ["failed"], isCut: true });
  });

  test("a search that found nothing in the whole log is not cut", async () => {
    expect(await firstMatches(list([], []).read)).toEqual({ items: [], isCut: false });
  });

  test("a search reads at most 25 pages, and then says that older publishes were not looked at", async () => {
    const { read, cursors } = list(...Array.from({ length: 100 }, () => []));
    expect(await firstMatches(read)).toEqual({ items: [], isCut: true });
    expect(cursors.length).toBe(25);
  });
});
