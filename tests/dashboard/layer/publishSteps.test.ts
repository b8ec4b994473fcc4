import { describe, expect, it } from "vitest";
import { publishSteps } from "../../../src/dashboard/components/webhook/publishSteps.ts";

type Publish = Parameters<typeof publishSteps>[0];

const AT = "2026-01-01T12:00:00.000Z";

/** Whether no step shows that it is under way. */
const isOver = (steps: ReturnType<typeof publishSteps>): boolean => steps.every(({ state }) => state !== "active");

const publish = (fields: Partial<Publish>): Publish => ({
  outcome: "queued",
  receivedAt: AT,
  stage: "building",
  since: AT,
  reason: null,
  sync: { status: "succeeded", startedAt: AT, finishedAt: AT, error: null, dataSources: [] },
  sites: [],
  ...fields,
});
const sync = (status: "cancelled" | "superseded" | "failed" | "succeeded"): Publish["sync"] => ({
  status,
  startedAt: AT,
  finishedAt: AT,
  error: null,
  dataSources: [],
});
const build = (stage: "superseded" | "building"): Publish["sites"][number]["build"] => ({
  stage,
  since: AT,
  reason: null,
  startedAt: AT,
  finishedAt: stage === "superseded" ? AT : null,
  error: null,
  because: null,
});
const stateOf = (steps: ReturnType<typeof publishSteps>, name: string): string | undefined =>
  steps.find((step) => step.name === name)?.state;

describe("the steps of a publish that somebody watches", () => {
  it.each(["cancelled", "superseded", "failed"] as const)("a sync that was %s is not shown as done", (status) => {
    const reason = "Someone cancelled the sync.";
    const [, step] = publishSteps(publish({ sync: sync(status), stage: "failed", reason }));
    expect(step).toMatchObject({ state: "bad", text: reason });
  });

  it("a publish waits for a build only while one may come", () => {
    const sites = [{ name: "Shop", build: null }];
    expect(stateOf(publishSteps(publish({ sites })), "Build of Shop")).toBe("active");
    const deleted = publishSteps(publish({ sites, stage: "asked" }));
    expect(stateOf(deleted, "Build of Shop")).toBe("bad");
    expect(isOver(deleted)).toBe(true);
    const cancelled = publishSteps(publish({ sites, sync: sync("cancelled"), stage: "failed" }));
    expect(stateOf(cancelled, "Build of Shop")).toBe("open");
  });

  it("a superseded build is not waited for", () => {
    const steps = publishSteps(publish({ stage: "superseded", sites: [{ name: "Shop", build: build("superseded") }] }));
    expect(isOver(steps)).toBe(true);
    const moving = publishSteps(publish({ sites: [{ name: "Shop", build: build("building") }] }));
    expect(isOver(moving)).toBe(false);
  });
});
