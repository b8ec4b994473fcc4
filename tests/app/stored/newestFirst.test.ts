import { expect, test } from "vitest";
import { DAY_LISTS, newestFirst } from "../../../src/app/stored/newestFirst.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { lowestIdAt, madeAt } from "../../../src/core/madeAt.ts";
import { syncKey, syncsPrefix, undatedKey } from "../../../src/store/keys.ts";
import { FaultyStore } from "../../api/faults/faultyStore.ts";
import { Prng } from "../../simulate/world/prng.ts";

const NOW = Date.UTC(2026, 10, 29, 15);
const TODAY = Date.UTC(2026, 10, 29);
const LOG = syncsPrefix("layer-one");
const ANY = { before: null, from: null, until: null };

/** A log with records at these times, appended in any order. */
const logOf = async (times: readonly number[], now = NOW) => {
  const store = new FaultyStore();
  const ids = times.map(
    (at, index) => `${lowestIdAt(at).slice(0, -12)}${(index * 7919).toString(16).padStart(12, "0")}`,
  );
  for (const id of [...ids].sort((a, b) => (a.slice(-4) < b.slice(-4) ? -1 : 1))) {
    await store.memory.write(syncKey("layer-one", id), "{}", null);
  }
  const clock = { now: () => now, elapsed: () => now, sleep: async () => undefined };
  const page = async (cursor: string | null, limit = 20) => {
    const { listed, floor } = await newestFirst(
      { archive: store, clock },
      LOG,
      { ...ANY, before: cursor },
      { enough: limit + 1 },
    );
    const items = listed.slice(0, limit).map(({ id }) => id);
    return { items, nextCursor: listed.length > limit ? (items.at(-1) ?? null) : floor };
  };
  const cost = async (cursor: string | null) => {
    const { requests } = store.counts;
    const { items } = await page(cursor);
    return { requests: store.counts.requests - requests, items: items.length };
  };
  return { ids: [...ids].sort().reverse(), page, cost, store };
};

const evenly = (count: number, from: number, span: number): number[] =>
  Array.from({ length: count }, (_, index) => from + Math.floor((index * span) / count));

test.each([
  ["one day of 50", evenly(50, TODAY, 15 * HOUR), { newest: 2, middle: 2, last: 2 }],
  ["one day of 1,000", evenly(1000, TODAY, 15 * HOUR), { newest: 2, middle: 2, last: 2 }],
  ["one day of 5,000", evenly(5000, TODAY, 15 * HOUR), { newest: 6, middle: 5, last: 4 }],
  ["one day of 50,000", evenly(50_000, TODAY, 15 * HOUR), { newest: 5, middle: 5, last: 5 }],
  ["5,000 in one minute", evenly(5000, TODAY + 14 * HOUR, MINUTE), { newest: 16, middle: 7, last: 21 }],
  ["400 days of 50", evenly(20_000, NOW - 400 * DAY, 400 * DAY), { newest: 2, middle: 2, last: 3 }],
])(
  "a page of a log costs a few requests, wherever in the history it is: %s",
  { timeout: 60_000 },
  async (_what, times, expected) => {
    const { ids, cost } = await logOf(times);
    const at = async (index: number) => (await cost(ids[index] ?? null)).requests;
    const newest = await cost(null);
    expect(newest.items).toBe(20);
    expect({ newest: newest.requests, middle: await at(ids.length >> 1), last: await at(ids.length - 21) }).toEqual(
      expected,
    );
  },
);

/** Times in clusters: many days, bursts within a second, and thousands within one millisecond. */
const clusters = (seed: number): number[] => {
  const random = new Prng(seed);
  const below = (most: number) => Math.floor(random.next() * most);
  return Array.from({ length: 4 + below(6) }, () => {
    const start = TODAY - below(30) * DAY + below(14 * HOUR);
    const span = [0, 1, SECOND, MINUTE, HOUR, 8 * HOUR][below(6)] ?? 0;
    const count = [1, 30, 999, 2500][below(4)] ?? 0;
    return Array.from({ length: count }, () => start + below(span + 1));
  }).flat();
};

test.each([1, 5, 10])(
  "the pages of a log hold every record once, newest first, whatever the bursts (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const { ids, page, store } = await logOf(clusters(seed));
    const seen: string[] = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const { requests } = store.counts;
      const next = await page(cursor, 100);
      // The last list of a search may be a whole millisecond.
      expect(store.counts.requests - requests).toBeLessThanOrEqual(1 + DAY_LISTS + 3);
      expect(next.nextCursor === null || cursor === null || next.nextCursor < cursor).toBe(true);
      seen.push(...next.items);
      cursor = next.nextCursor;
    }
    expect(seen).toEqual(ids);
  },
);

test("a record from the future is listed at once on a quiet day, and on a busy one once its time has come", async () => {
  const ahead = TODAY + 20 * HOUR;
  const quiet = await logOf([...evenly(50, TODAY, HOUR), ahead]);
  expect(madeAt((await quiet.page(null)).items[0] ?? "")).toBe(ahead);
  const times = [...evenly(5000, TODAY, 15 * HOUR), ahead];
  expect(madeAt((await (await logOf(times, ahead)).page(null)).items[0] ?? "")).toBe(ahead);
});

test("a record directly below its prefix is listed with the others of its time", async () => {
  const { ids, page, store } = await logOf(evenly(50, TODAY, 15 * HOUR));
  const id = `${lowestIdAt(TODAY + HOUR).slice(0, -1)}f`;
  await store.memory.write(undatedKey(LOG, id), "{}", null);
  expect((await page(null, 100)).items).toEqual([...ids, id].sort().reverse());
});
