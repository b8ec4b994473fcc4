import { describe, expect, test } from "vitest";
import { isMoving, siteStations } from "../../../src/dashboard/components/chain/stations.ts";

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

describe("a standing that moves", () => {
  const now = Date.parse(at(0));
  test.each([
    ["building", null, true],
    ["waiting", at(30), true],
    ["waiting", at(3600), false],
    ["retrying", at(30), true],
    ["live", null, false],
    ["failed", null, false],
  ] as const)("a page looks again soon at %s until %s: %s", (stage, until, moves) => {
    expect(isMoving({ stage, until }, now)).toBe(moves);
  });
});
