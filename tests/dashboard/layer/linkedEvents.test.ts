import { expect, test } from "vitest";
import { linkedEvents } from "../../../src/dashboard/components/timeline/linkedEvents.ts";
import { firstRange } from "../../../src/dashboard/components/timeline/ranges.ts";

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

const life = (id: string, queued: number, started: number | null) => ({
  id,
  queuedAt: at(queued),
  startedAt: started === null ? null : at(started),
});

/** Two syncs, each of two deliveries, and a build of the second one alone. */
const events = {
  arrived: [
    { id: "d1", at: at(0) },
    { id: "d2", at: at(3) },
    { id: "d3", at: at(20) },
    { id: "d4", at: at(22) },
    { id: "d5", at: at(23) },
  ],
  deliveries: [
    { id: "d4", syncId: "s2" },
    { id: "d5", syncId: null },
  ],
  syncs: [
    { ...life("s2", 21, 25), sites: [{ buildId: "b2" }] },
    { ...life("s1", 0, 5), sites: [] },
  ],
  sites: [
    {
      builds: [
        { id: "b2", causes: [{ syncId: "s2" }] },
        { id: "b1", causes: [] },
      ],
    },
  ],
} as const;

const linkedTo = (kind: "sync" | "build" | "delivery", id: string): readonly string[] => {
  const { deliveries, syncs, builds } = linkedEvents(events, { kind, id });
  return [...deliveries, ...syncs, ...builds].sort();
};

test("a sync on the timeline is linked to the deliveries that arrived while it waited, and to the builds that it led to", () => {
  expect(linkedTo("sync", "s1")).toEqual(["d1", "d2", "s1"]);
  expect(linkedTo("sync", "s2")).toEqual(["b2", "d3", "d4", "s2"]);
});

test("a build on the timeline is linked to its syncs and their deliveries, and one without a cause to nothing", () => {
  expect(linkedTo("build", "b2")).toEqual(["b2", "d3", "d4", "s2"]);
  expect(linkedTo("build", "b1")).toEqual(["b1"]);
});

test("a delivery on the timeline is linked to what its log line says, and a refused one to nothing", () => {
  expect(linkedTo("delivery", "d4")).toEqual(["b2", "d3", "d4", "s2"]);
  expect(linkedTo("delivery", "d1")).toEqual(["d1", "d2", "s1"]);
  expect(linkedTo("delivery", "d5")).toEqual(["d5"]);
});

test("a timeline opens with ten minutes if its hour has nothing older, and else with the hour", () => {
  const now = 1_800_000_000_000;
  const queued = (minutesAgo: number) => ({ queuedAt: new Date(now - minutesAgo * 60_000).toISOString() });
  const shown = (...minutesAgo: number[]): string =>
    firstRange({ arrived: [], syncs: minutesAgo.map(queued), sites: [{ builds: [queued(1)] }] }, now).text;
  expect(shown(2, 9)).toBe("10 minutes");
  expect(shown(2, 11)).toBe("Hour");
  expect(shown(2, 90)).toBe("10 minutes");
  expect(firstRange({ arrived: [], syncs: [], sites: [] }, now).text).toBe("Hour");
});
