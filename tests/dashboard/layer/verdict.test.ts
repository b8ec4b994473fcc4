import { describe, expect, test } from "vitest";
import { needsAttention, verdictOf } from "../../../src/core/stage/verdict.ts";
import { byAttention } from "../../../src/dashboard/text/verdict.ts";

type Listed = Parameters<typeof byAttention>[0];

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

describe("the verdict on a layer", () => {
  const layer = (name: string, fields: Partial<Listed>): Listed => ({
    name,
    stage: "live",
    lastDeliveryAt: null,
    lastSync: null,
    ...fields,
  });

  test("a list of layers begins with what failed, is held or is tried again, and goes on by the last activity", () => {
    const layers = [
      layer("quiet", { stage: null }),
      layer("long ago", { lastDeliveryAt: at(0) }),
      layer("just now", { lastDeliveryAt: at(90), lastSync: { id: "s", status: "succeeded", at: at(10) } }),
      layer("synced", { lastSync: { id: "s", status: "succeeded", at: at(50) } }),
      layer("retrying", { stage: "retrying", lastDeliveryAt: at(99) }),
      layer("held", { stage: "held" }),
      layer("failed", { stage: "failed" }),
    ];
    const names = layers.sort(byAttention).map(({ name }) => name);
    expect(names).toEqual(["failed", "held", "retrying", "just now", "synced", "long ago", "quiet"]);
  });

  test.each([
    ["idle", "live", "live"],
    ["running", "building", "building"],
    ["idle", null, "idle"],
    ["paused", "pending", "paused"],
    ["paused", "failed", "failed"],
  ] as const)("a layer with status %s at stage %s has the verdict %s", (status, stage, verdict) => {
    expect(verdictOf({ status, stage })).toBe(verdict);
    expect(needsAttention({ stage })).toBe(stage === "failed");
  });
});
