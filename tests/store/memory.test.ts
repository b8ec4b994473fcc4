import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/store/memory.ts";
import { KEYS_A_REQUEST } from "../../src/store/store.ts";
import { repetitions } from "../support/repetitions.ts";
import { storeLaws } from "./contract.ts";

describe("the store in memory", () => {
  storeLaws({ open: async () => new MemoryStore(), numRuns: repetitions(200) });

  test("the store in memory lists in pages as Netlify Blobs does, and asks after each but the last whether it is enough", async () => {
    const store = new MemoryStore();
    const fill = async (keys: number): Promise<void> => {
      for (let key = 0; key < keys; key += 1) await store.write(`audit/${key}`, "{}", null);
    };
    const listed = async (most: number): Promise<[number, readonly number[]]> => {
      const asked: number[] = [];
      const entries = await store.list("audit/", (keys) => asked.push(keys) > 0 && keys >= most);
      return [entries.length, asked];
    };
    await fill(KEYS_A_REQUEST);
    expect(await listed(1)).toEqual([KEYS_A_REQUEST, []]);
    await fill(2 * KEYS_A_REQUEST + 1);
    expect(await listed(1)).toEqual([KEYS_A_REQUEST, [KEYS_A_REQUEST]]);
    const both = [KEYS_A_REQUEST, 2 * KEYS_A_REQUEST];
    expect(await listed(KEYS_A_REQUEST + 1)).toEqual([2 * KEYS_A_REQUEST, both]);
    expect(await listed(Number.POSITIVE_INFINITY)).toEqual([2 * KEYS_A_REQUEST + 1, both]);
    expect(await store.list("audit/")).toHaveLength(2 * KEYS_A_REQUEST + 1);
  });
});
