import { describe, expect, test } from "vitest";
import { Crowd, type CrowdMember, type CrowdStore } from "./crowd.ts";

const SOURCES = Array.from({ length: 20 }, (_, index) => `source-${index}`);
const quick: CrowdStore = { roundTrip: 30, writeTime: 0 };
/** One write of a key at a time, the refused ones too. */
const slow: CrowdStore = { roundTrip: 30, writeTime: 20 };

/** The source that the body of each delivery is for; null: a delivery for everything. */
type Kind = (index: number) => string | null;
const noBodies: Kind = () => null;
const oneSource: Kind = () => "source-0";
const twentySources: Kind = (index) => `source-${index % 20}`;

const atOnce = (store: CrowdStore, size: number, kind: Kind): Promise<readonly CrowdMember[]> =>
  new Crowd(1, store).deliver(
    SOURCES,
    Array.from({ length: size }, (_, index) => ({ after: 0, source: kind(index) })),
  );
/** Deliveries that come one after the other, `every` ms. */
const stream = (store: CrowdStore, size: number, every: number, kind: Kind): Promise<readonly CrowdMember[]> =>
  new Crowd(1, store).deliver(
    SOURCES,
    Array.from({ length: size }, (_, index) => ({ after: index * every, source: kind(index * 7) })),
  );
const unanswered = (members: readonly CrowdMember[]): number => members.filter(({ answered }) => !answered).length;
const percentile = (members: readonly CrowdMember[], share: number): number =>
  members.map(({ took }) => took).toSorted((a, b) => a - b)[Math.floor(members.length * share)] ?? 0;

describe("deliveries to one layer at once", () => {
  test.each([
    ["256 without bodies", 256, noBodies],
    ["256 with bodies for one source", 256, oneSource],
    ["256 with bodies for twenty sources", 256, twentySources],
    ["1,000 without bodies", 1000, noBodies],
    ["1,000 with bodies for one source", 1000, oneSource],
    ["1,000 with bodies for twenty sources", 1000, twentySources],
  ])(
    "deliveries at once are all answered, and those that are written try O(log N) times: %s",
    async (_name, size, kind) => {
      const members = await atOnce(quick, size, kind);
      expect(unanswered(members)).toBe(0);
      const tries = members.filter(({ won }) => won).map(({ writes }) => writes);
      expect(Math.max(...tries)).toBeLessThanOrEqual(2 * Math.log2(size));
      // A source's first body, and the one that makes its sync a full one.
      expect(tries.length).toBeLessThanOrEqual(2 * new Set(members.map((_, index) => kind(index))).size);
    },
  );

  // A first wave of N writes occupies such a key for N × 20 ms, because no delivery knows of the others when it reads. A
  // second write, which bodies need, lands only after it: at 5.1 s of 256, and at 20 s of 1,000, when no sender waits.
  test.each([
    ["256 without bodies", 256, noBodies],
    ["256 with bodies for one source", 256, oneSource],
    ["1,000 without bodies", 1000, noBodies],
  ])(
    "deliveries at once are all answered by a store that takes 20 ms for each write of a key: %s",
    async (_name, size, kind) => {
      expect(unanswered(await atOnce(slow, size, kind))).toBe(0);
    },
  );
});

describe("a stream of deliveries to one layer", () => {
  test("a stream of 100 bodies a second for twenty sources is answered within a second, all but one in a hundred", async () => {
    const members = await stream(quick, 1500, 10, twentySources);
    expect(unanswered(members)).toBe(0);
    expect(percentile(members, 0.99)).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["that are seconds apart", quick, 3000],
    ["that are 300 ms apart", quick, 300],
    ["that are 100 ms apart, at a slow store", slow, 100],
  ])("deliveries %s cost one read and one write, and never wait for others", async (_name, store, every) => {
    const members = await stream(store, 100, every, twentySources);
    expect(members.map(({ reads, writes, won }) => ({ reads, writes, won }))).toEqual(
      members.map(() => ({ reads: 1, writes: 1, won: true })),
    );
    expect(Math.max(...members.map(({ took }) => took))).toBeLessThanOrEqual(2 * 1.4 * 30 + store.writeTime);
  });

  test("deliveries for one source, each sent when the one before is answered, take two round trips", async () => {
    const members = await stream(quick, 300, 65, oneSource);
    const took = members.map((member) => member.took);
    expect(took.reduce((sum, each) => sum + each, 0) / took.length).toBeLessThanOrEqual(2.2 * 30);
  });
});
