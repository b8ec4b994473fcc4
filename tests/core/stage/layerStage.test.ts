import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { emptySlot, type Pending, type Retry, type Slot } from "../../../src/core/slot/slot.ts";
import { CANNOT_READ, type ConnectedSite, layerStage, ownStage } from "../../../src/core/stage/layerStage.ts";
import { ownerStatus, slotStatus } from "../../../src/core/stage/shownStatus.ts";
import { aLayer, START } from "../../support/builders.ts";

const trigger = { type: "webhook", id: "d", at: START } as const;
const pending: Pending = {
  ...{ syncId: "s2", filledAt: START + 1, at: START + 2, notBefore: START + 3, trigger },
  ...{ all: true, asks: {}, deliveries: 1, build: true },
};
const retry = (due: number, error: string): Retry => ({
  ...{ syncId: "s1", tries: 1, lost: 0, since: START + 4, ask: { full: true }, build: true, callFence: 1 },
  ...{ due, error },
});
const running: Slot["running"] = {
  ...{ fence: 1, by: "w", lead: "s1", phase: "sources", startRev: 1, startedAt: START + 5, leaseUntil: START },
  parts: {},
};
const build: Slot["build"] = { id: "b", syncIds: ["s1"], changed: [], versions: {}, since: START + 6 };
const ended = (fields: object = {}): Partial<Layer> => ({
  lastEnded: {
    ...{ fence: 0, open: 0 },
    sync: { id: "s0", status: "succeeded", queuedAt: START, finishedAt: START + MINUTE, ...fields },
  },
});
const layer = (slot: Partial<Slot>, fields: Partial<Layer> = {}): Layer =>
  aLayer({}, { slot: { ...emptySlot(), ...slot }, updatedAt: START + HOUR, ...fields });
const stageOf = (owner: Layer, ...sites: ConnectedSite[]) => layerStage(ownStage(owner), sites);

describe("where a layer's own slot stands", () => {
  test("a layer whose sync runs, or owes builds, is syncing since then", () => {
    expect(stageOf(layer({ running }))).toEqual({ stage: "syncing", since: START + 5 });
    expect(stageOf(layer({ build }))).toEqual({ stage: "syncing", since: START + 6 });
    expect(stageOf(layer({ running, build }))).toEqual({ stage: "syncing", since: START + 5 });
  });

  test("a layer whose sync is pending stands there since its first publish", () => {
    expect(stageOf(layer({ pending }))).toEqual({ stage: "pending", since: START + 1 });
  });

  test("a layer with several retries tells of the one that is due first", () => {
    const retries = { posts: retry(START + HOUR, "later"), authors: retry(START + MINUTE, "no answer") };
    expect(stageOf(layer({ retry: retries, running, pending }))).toEqual({
      ...{ stage: "retrying", since: START + 4, until: START + MINUTE, reason: "No answer." },
    });
  });

  test("a layer whose last sync failed says why, and since when", () => {
    const failed = (fields: object) => stageOf(layer({ pending }, ended({ status: "failed", ...fields })));
    expect(failed({ error: "no answer" })).toEqual({ stage: "failed", since: START + MINUTE, reason: "No answer." });
    expect(failed({ finishedAt: null })).toEqual({ stage: "failed", since: START, reason: "The last sync failed." });
  });
});

describe("where a layer's sites stand", () => {
  const known = (stage: "live" | "waiting" | "failed"): ConnectedSite => ({
    ...{ kind: "known", siteId: "site-1", standing: { stage, since: START + 7, siteId: "site-1" } },
  });

  test("a deleted site fails its layer, and one that cannot be read leaves the layer asked for", () => {
    expect(stageOf(layer({}, ended()), { kind: "deleted", siteId: "gone" })).toEqual({
      ...{ stage: "failed", since: START + MINUTE, siteId: "gone" },
      reason: "Site gone was deleted. Remove it from the layer's connected sites.",
    });
    expect(stageOf(layer({}, ended()), { kind: "unreadable", siteId: "bad" })).toEqual({
      ...{ stage: "asked", since: START + MINUTE, siteId: "bad", reason: CANNOT_READ },
    });
  });

  test("a site on which nothing was built does not count, and a layer without any site says so", () => {
    const nothing: ConnectedSite = { kind: "known", siteId: "site-1", standing: null };
    const none = { stage: "asked", since: START + MINUTE, reason: "No site is connected." };
    expect(stageOf(layer({}, ended()), nothing)).toEqual(none);
    expect(stageOf(layer({}, ended()))).toEqual(none);
    expect(stageOf(layer({}, ended({ finishedAt: null })))?.since).toBe(START);
    expect(stageOf(layer({}, ended()), nothing, known("live"))?.stage).toBe("live");
  });

  test("a layer that was never published to shows only trouble of its sites, and its own work", () => {
    expect(stageOf(layer({}))).toBeNull();
    expect(stageOf(layer({}), known("waiting"))).toBeNull();
    expect(stageOf(layer({}), known("failed"))?.stage).toBe("failed");
    expect(stageOf(layer({ pending }), known("waiting"))?.stage).toBe("waiting");
    const { lastEnded: _ended, ...unknown } = layer({});
    expect([stageOf(unknown), stageOf(unknown, known("live"))]).toEqual([null, null]);
  });

  test("a paused layer waits since its first publish or its last change, and shows only trouble besides", () => {
    const paused = { stage: "pending", reason: "The data layer is paused." };
    expect(stageOf(layer({ paused: true, pending }))).toEqual({ ...paused, since: START + 1 });
    expect(stageOf(layer({ paused: true }, ended()), known("waiting"))).toEqual({ ...paused, since: START + HOUR });
    expect(stageOf(layer({ paused: true }), known("failed"))?.stage).toBe("failed");
  });
});

describe("the state of a slot in one word", () => {
  const slot = (fields: Partial<Slot>): Slot => ({ ...emptySlot(), ...fields });

  test("a slot's state is that of its fullest register", () => {
    const retries = { posts: retry(START, "no") };
    expect(slotStatus(slot({}))).toBe("idle");
    expect(slotStatus(slot({ retry: retries }))).toBe("retrying");
    expect(slotStatus(slot({ retry: retries, pending }))).toBe("pending");
    expect(slotStatus(slot({ pending, build }))).toBe("running");
    expect(slotStatus(slot({ pending, running }))).toBe("running");
    expect(slotStatus(slot({ pending, running, paused: true }))).toBe("paused");
  });

  test("a slot that is tried again shows the trouble of its sites, if there is some", () => {
    const retrying = slot({ retry: { posts: retry(START, "no") } });
    expect(ownerStatus(slotStatus(retrying), "failed")).toBe("failed");
    expect(ownerStatus(slotStatus(retrying), "live")).toBe("retrying");
    expect(ownerStatus(slotStatus(slot({ running })), "failed")).toBe("running");
    expect(ownerStatus(slotStatus(slot({ pending })), "failed")).toBe("pending");
    expect(ownerStatus(slotStatus(slot({ pending })), "held")).toBe("held");
    expect(ownerStatus(slotStatus(slot({ paused: true })), "failed")).toBe("paused");
  });
});
