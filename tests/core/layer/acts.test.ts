import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import {
  cancelSyncOf,
  configureAndPause,
  hasConfigured,
  hurrySyncOf,
  requestByPerson,
} from "../../../src/core/layer/acts.ts";
import { configure } from "../../../src/core/layer/configureLayer.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { emptySlot, type Retry, type Slot } from "../../../src/core/slot/slot.ts";
import { aChange, ada, aLayer, must, START, someSettings } from "../../support/builders.ts";

const by = aChange({ requestId: "act", now: START + MINUTE });
const target = { type: "data_layer", id: "layer-1", name: "The blog" };
const entries = (layer: Layer) =>
  layer.owed.flatMap((owed) =>
    owed.kind === "audit" ? [[owed.entry.action, owed.entry.target, owed.entry.detail]] : [],
  );
const retry = (syncId: string, due: number): Retry => ({
  ...{ syncId, tries: 1, lost: 0, since: START, ask: { full: true }, build: true, callFence: 1, due, error: "no" },
});
const withSlot = (slot: Partial<Slot>): Layer => aLayer({}, { slot: { ...emptySlot(), ...slot } });

describe("a person's request for a sync", () => {
  const request = (slugs: readonly string[], body?: string, layer = aLayer()) =>
    requestByPerson(layer, by, {
      ...{ receivedAt: START, slugs, detail: { dataSource: null } },
      ...(body === undefined ? {} : { body }),
    });

  test("a person's request asks for everything in full, and owes its audit entry by the same write", () => {
    const { accepted, next } = request([]);
    expect(accepted).toMatchObject({ syncId: "act-sync", queued: true, scope: "all" });
    expect(next?.slot.pending).toMatchObject({
      ...{ syncId: "act-sync", all: true, asks: {}, build: true },
      trigger: { type: "manual", id: "act", at: START, actor: ada },
    });
    expect(entries(must(next))).toEqual([["sync.requested", target, { syncId: "act-sync", dataSource: null }]]);
  });

  test("a person's request names sources, which are synced in full unless the request has a body", () => {
    const full = request(["posts"]).next?.slot.pending;
    expect(full).toMatchObject({ all: false, asks: { posts: { full: true } } });
    expect(full?.asks["posts"]).not.toHaveProperty("body");
    expect(request(["posts"], "").next?.slot.pending?.asks["posts"]).toMatchObject({ full: false, body: "" });
  });

  test("a person's request is always written, and a repeated one never", () => {
    const once = must(request([]).next);
    const other = requestByPerson(once, aChange({ requestId: "other" }), { receivedAt: START, slugs: [], detail: {} });
    expect([other.accepted.queued, other.next?.owed.length]).toEqual([false, 2]);
    const again = request([], undefined, once);
    expect([again.next, again.accepted.syncId]).toEqual([null, "act-sync"]);
  });
});

describe("a person's command to a sync", () => {
  test("a sync that is cancelled leaves the slot, with its record and the audit entry", () => {
    const layer = must(
      requestByPerson(aLayer(), aChange({ requestId: "first" }), { receivedAt: START, slugs: [], detail: {} }).next,
    );
    const cancelled = must(cancelSyncOf({ ...layer, owed: [] }, by, "first-sync"));
    expect(cancelled.slot.pending).toBeNull();
    expect(cancelled.owed.map(({ kind }) => kind)).toEqual(["sync", "audit"]);
    expect(entries(cancelled)).toEqual([["sync.cancelled", target, { syncId: "first-sync" }]]);
    const [record] = cancelled.owed;
    expect(record?.kind === "sync" && record.record.finishedAt).toBe(by.now);
  });

  test("a sync that is over cannot be cancelled", () => {
    expect(cancelSyncOf(aLayer(), by, "sync-1")).toBeNull();
  });

  test("a sync's waiting retries are made due now, with an audit entry", () => {
    const layer = withSlot({
      retry: { posts: retry("sync-1", by.now + SECOND), authors: retry("sync-2", by.now + SECOND) },
    });
    const hurried = must(hurrySyncOf(layer, by, "sync-1"));
    expect([hurried.slot.retry["posts"]?.due, hurried.slot.retry["authors"]?.due]).toEqual([by.now, by.now + SECOND]);
    expect(entries(hurried)).toEqual([
      ["sync.requested", target, { syncId: "sync-1", dataSource: null, retryOf: "sync-1" }],
    ]);
  });

  test("a sync whose retries are all due, or that has none, cannot be hurried", () => {
    const due = withSlot({ retry: { posts: retry("sync-1", by.now), authors: retry("sync-2", by.now + SECOND) } });
    expect(hurrySyncOf(due, by, "sync-1")).toBeNull();
    expect(hurrySyncOf(due, by, "sync-3")).toBeNull();
    const mixed = withSlot({ retry: { posts: retry("sync-1", by.now), authors: retry("sync-1", by.now + 1) } });
    expect(hurrySyncOf(mixed, by, "sync-1")?.slot.retry["authors"]?.due).toBe(by.now);
  });
});

describe("a person's change of settings and pause", () => {
  const settings = someSettings({ name: "New" });

  test("a change of settings pauses or resumes the layer in the same write, and is known by its mark", () => {
    const layer = aLayer();
    for (const paused of [true, false]) {
      const changed = configureAndPause(layer, { settings, paused }, ["name"], by, true, { before: "The blog" });
      const configured = configure(layer, settings, ["name"], by, true, { before: "The blog" });
      expect(changed).toEqual({ ...configured, slot: { ...configured.slot, paused } });
      expect([hasConfigured(changed, by), hasConfigured(changed, aChange()), hasConfigured(layer, by)]).toEqual([
        true,
        false,
        false,
      ]);
    }
    const plain = configureAndPause(layer, { settings, paused: true }, ["name"], by, false);
    expect(entries(plain)).toEqual([["data_layer.updated", { ...target, name: "New" }, { fields: ["name"] }]]);
  });
});
