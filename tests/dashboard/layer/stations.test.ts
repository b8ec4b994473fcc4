import { describe, expect, test } from "vitest";
import { connectedStations, usualLength } from "../../../src/dashboard/components/chain/layerStations.ts";
import { nextChange } from "../../../src/dashboard/components/chain/nextChange.ts";
import { siteStations } from "../../../src/dashboard/components/chain/stations.ts";

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1000).toISOString();
const build = { status: "running", queuedAt: at(0), startedAt: at(20), finishedAt: null, error: null } as const;
const ended = { ...build, status: "succeeded", finishedAt: at(110) } as const;
const standing = { since: at(20), until: null, reason: null };

describe("the stations of a site", () => {
  const states = (...[where, of]: Parameters<typeof siteStations>): string[] => {
    const { waits, builds, live } = siteStations(where, of);
    return [waits.state, builds.state, live.state];
  };

  test.each([
    ["waiting", null, ["waiting", "empty", "empty"]],
    ["building", build, ["done", "building", "empty"]],
    ["retrying", build, ["done", "retrying", "empty"]],
    ["failed", { ...ended, status: "failed" }, ["done", "failed", "empty"]],
    ["live", ended, ["done", "done", "live"]],
    ["asked", ended, ["done", "done", "asked"]],
    ["pending", null, ["empty", "empty", "empty"]],
  ] as const)("a site that stands at %s shows that stage at its own station alone", (stage, of, expected) => {
    expect(states({ ...standing, stage }, of)).toEqual(expected);
  });

  test("a held site is held before the build if Netlify builds nothing, and after the build if visitors see another deploy", () => {
    expect(states({ ...standing, stage: "held" }, { ...build, startedAt: null })).toEqual(["held", "empty", "empty"]);
    expect(states({ ...standing, stage: "held" }, ended)).toEqual(["done", "done", "held"]);
  });

  test("a publish that a later deploy made live still shows that its own build failed", () => {
    const failed = { ...ended, status: "failed", error: "The hook is gone." } as const;
    const { builds, live } = siteStations({ ...standing, stage: "live" }, failed);
    expect([builds.state, builds.reason, live.state]).toEqual(["failed", "The hook is gone.", "live"]);
  });

  test("a done station says how long it took", () => {
    const { waits, builds } = siteStations({ ...standing, stage: "live" }, ended);
    expect(waits.took).toEqual({ from: at(0), to: at(20) });
    expect(builds.took).toEqual({ from: at(20), to: at(110) });
  });
});

describe("the stations of a site of a layer", () => {
  const connectedSites = [{ siteId: "site-1" }];
  const layer = { ...standing, stage: "live", createdAt: at(0), connectedSites } as const;
  const built = { ...ended, ...standing, stage: "live", waitingUntil: null } as const;
  const running = { ...built, status: "running", stage: "building", finishedAt: null } as const;
  const pending = { ...running, status: "pending", stage: "waiting", until: at(300), startedAt: null } as const;
  const states = (...builds: Parameters<typeof connectedStations>[1]): string[] => {
    const { waits, builds: building, live } = connectedStations(layer, builds);
    return [waits.state, building.state, live.state];
  };

  test("a layer's strip shows at the same time the build that waits, the one that runs, and the one that is live", () => {
    expect(states(pending, running, built)).toEqual(["waiting", "building", "live"]);
    expect(states(pending)).toEqual(["waiting", "empty", "empty"]);
  });

  test("a layer's strip shows a failed build beside the deploy that is still live", () => {
    const failed = { ...built, status: "failed", stage: "failed", error: "The hook is gone." } as const;
    expect(states(failed, built)).toEqual(["empty", "failed", "live"]);
  });

  test("a layer's strip shows where its only site stands also if nothing was built in the period", () => {
    expect(states()).toEqual(["empty", "empty", "live"]);
  });

  test("the usual length of a build is the median of those that ended well", () => {
    const lasting = (seconds: number) => ({ ...built, finishedAt: at(20 + seconds) });
    expect(usualLength([lasting(90), lasting(10), lasting(70), { ...lasting(900), error: "No." }])).toBe(70_000);
    expect(usualLength([running])).toBeNull();
  });
});

describe("a standing that changes by itself", () => {
  const never = Number.POSITIVE_INFINITY;
  test.each([
    ["building", null, 0],
    ["waiting", null, 0],
    ["waiting", at(30), Date.parse(at(30))],
    ["retrying", at(3600), Date.parse(at(3600))],
    ["live", null, never],
    ["failed", null, never],
  ] as const)("the next change of what is %s until %s is at %s", (stage, until, due) => {
    expect(nextChange({ stage, until })).toBe(due);
  });
});
