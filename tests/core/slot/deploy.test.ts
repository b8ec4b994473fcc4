import { describe, expect, test } from "vitest";
import { type Deploy, joinDeploy, withoutFutureTimes } from "../../../src/core/slot/deploy.ts";
import { START } from "../../support/builders.ts";

const building: Deploy = { id: "deploy-1", state: "building", startedAt: START };
const ready: Deploy = { id: "deploy-1", state: "ready", endedAt: START + 60 };
const failed: Deploy = { id: "deploy-1", state: "failed", endedAt: START + 90, error: "the build script failed" };
const reports: Readonly<Record<Deploy["state"], Deploy>> = {
  building,
  ready,
  failed,
  unheard: { id: "deploy-1", state: "unheard" },
};

describe("two reports about one deploy", () => {
  test("a first report is stored as it is", () => {
    expect(joinDeploy(undefined, failed)).toBe(failed);
  });

  test.each([
    ["building", "ready", { ...ready, startedAt: START }],
    ["building", "failed", { ...failed, startedAt: START }],
    ["unheard", "ready", ready],
    ["unheard", "failed", failed],
  ] as const)("a deploy that is %s takes its end from a later report that it is %s", (before, after, joined) => {
    expect(joinDeploy(reports[before], reports[after])).toStrictEqual(joined);
  });

  test.each([
    ["ready", "failed"],
    ["ready", "building"],
    ["ready", "unheard"],
    ["failed", "ready"],
    ["failed", "building"],
    ["failed", "unheard"],
  ] as const)("a deploy that is %s keeps its end and its error, although a later report says %s", (before, after) => {
    const known = reports[before];
    const { state, endedAt, error } = joinDeploy(known, reports[after]);
    expect({ state, endedAt, error }).toEqual({ state: before, endedAt: known.endedAt, error: known.error });
  });

  test("a deploy whose first report had no end time takes it from the later report", () => {
    expect(joinDeploy({ id: "deploy-1", state: "ready" }, ready)).toStrictEqual(ready);
  });

  test("a deploy that is still building keeps no error: an error belongs to an end", () => {
    expect(joinDeploy({ ...building, error: "early" }, building)).toStrictEqual(building);
    expect(joinDeploy(building, building)).toStrictEqual(building);
  });

  test("a deploy keeps every field of the first report that the later one does not repeat", () => {
    const known = { ...building, url: "https://app.netlify.com/deploys/1", foreign: true, future: "kept" };
    const told = { ...ready, published: true };
    expect(joinDeploy(known, told)).toStrictEqual({ ...known, ...told });
  });
});

describe("which reports are about one deploy", () => {
  test("a requested build learns its deploy's id from the first report about it", () => {
    expect(joinDeploy({ state: "building", buildId: "build-1" }, ready)).toStrictEqual({
      ...ready,
      buildId: "build-1",
    });
  });

  test("a second deploy of the same build replaces the first, of which nothing holds for it", () => {
    const second: Deploy = { id: "deploy-2", state: "building" };
    expect(joinDeploy(failed, second)).toBe(second);
  });
});

describe("a deploy's times", () => {
  test.each([
    ["a start", "startedAt"],
    ["an end", "endedAt"],
  ])("%s in the future becomes the present, and a time in the past stays", (_what, field) => {
    const deploy: Deploy = { id: "deploy-1", state: "ready", [field]: START };
    expect(withoutFutureTimes(deploy, START - 1)).toStrictEqual({ ...deploy, [field]: START - 1 });
    expect(withoutFutureTimes(deploy, START + 1)).toStrictEqual(deploy);
  });

  test("a time that a deploy does not have is not made up", () => {
    expect(withoutFutureTimes({ state: "building" }, START)).toStrictEqual({ state: "building" });
  });
});
