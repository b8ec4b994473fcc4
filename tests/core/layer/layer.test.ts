import { describe, expect, test } from "vitest";
import { stamp } from "../../../src/core/document.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import { configure, createLayer, tombstone } from "../../../src/core/layer/configureLayer.ts";
import { hasChanged, type Layer, layerParts, oweAct, requestSync, uidOf } from "../../../src/core/layer/layer.ts";
import { OWED, OWED_BYTES } from "../../../src/core/limits.ts";
import { flush, hasRoom, oweAudit } from "../../../src/core/owed.ts";
import { BUILD, siteParts } from "../../../src/core/site/pacing.ts";
import { configureSite, createSite, siteTombstone } from "../../../src/core/site/site.ts";
import { PRESETS } from "../../../src/core/slot/pace.ts";
import {
  aChange,
  ada,
  aLayer,
  aManualRequest,
  aSite,
  aSource,
  must,
  START,
  someSettings,
} from "../../support/builders.ts";

const actions = (document: Pick<Layer, "owed">) =>
  document.owed.map((owed) => (owed.kind === "audit" ? owed.entry.action : `record ${owed.id}`));
const entry = (id: string, padding = "") =>
  oweAudit({
    id,
    at: START,
    actor: ada,
    action: "data_layer.updated",
    target: { type: "data_layer", id: "layer-1", name: "The blog" },
    dataLayerId: "layer-1",
    detail: { padding },
  });

describe("a new layer", () => {
  test("a new layer owes its audit entry and syncs its sources once, without building sites for that", () => {
    const layer = createLayer("layer-1", false, someSettings(), aChange(), true, null);
    expect(actions(layer)).toEqual(["data_layer.created"]);
    expect(layer.slot.pending).toMatchObject({ all: true, build: false, trigger: { type: "configuration" } });
  });

  test("a new layer builds sites after that sync if the request says so", () => {
    const layer = createLayer("layer-1", false, someSettings({ buildAfterConfiguration: true }), aChange(), true, null);
    expect(layer.slot.pending?.build).toBe(true);
  });

  test("a new layer starts nothing if the request says so, or if it has no sources", () => {
    expect(createLayer("layer-1", false, someSettings(), aChange(), false, null).slot.pending).toBeNull();
    expect(createLayer("l", false, someSettings({ sources: [] }), aChange(), true, null).slot.pending).toBeNull();
  });

  test("a new layer under the id of a deleted one goes on with its tokens and its outbox", () => {
    const gone = tombstone(aLayer({}, { slot: { ...aLayer().slot, fence: 7 } }), aChange());
    const layer = createLayer("layer-1", true, someSettings(), aChange(), true, gone);
    expect(layer.slot.fence).toBeGreaterThan(8);
    expect(actions(layer)).toEqual(["data_layer.deleted", "data_layer.created"]);
  });

  test("a new layer is told from others of its id by its request, and in older documents by its time", () => {
    const { uid, ...old } = createLayer("layer-1", false, someSettings(), aChange({ requestId: "r" }), true, null);
    expect(uidOf({ ...old, uid })).toBe("r");
    expect(uidOf(old)).toBe(String(old.createdAt));
    expect(tombstone(old, aChange()).uid).toBe(String(old.createdAt));
  });
});

describe("changing settings", () => {
  const change = (settings: Parameters<typeof someSettings>[0], layer = aLayer(), sync = true) =>
    configure(
      layer,
      someSettings(settings),
      Object.keys(settings ?? {}),
      aChange({ requestId: "change", rev: 9 }),
      sync,
    );

  test("a change of settings syncs new and changed sources, and no others", () => {
    const sources = [aSource("posts", { url: "https://elsewhere.example" }), aSource("authors"), aSource("tags")];
    const layer = change({ sources });
    expect(Object.keys(layer.slot.pending?.asks ?? {}).sort()).toEqual(["posts", "tags"]);
    expect(layer.slot.pending).toMatchObject({ all: false, build: false });
  });

  test("a change of a name syncs nothing, is in the audit log, and changes the layer's ETag", () => {
    const layer = change({ name: "New" });
    expect(layer.slot.pending).toBeNull();
    expect(actions(layer)).toEqual(["data_layer.updated"]);
    expect(layer.settingsRev).toBe(9);
    expect(hasChanged(layer, "change.changed")).toBe(true);
  });

  test("a change of settings syncs nothing if the request says so", () => {
    expect(change({ sources: [aSource("tags")] }, aLayer(), false).slot.pending).toBeNull();
  });

  test("a change of settings removes sources from the slot; syncs that end by it are owed as records", () => {
    const { layer } = requestSync(
      aLayer(),
      aManualRequest({ slugs: ["posts"] }),
      { now: START, rev: 2, firstRev: 1 },
      "sync-1",
    );
    const changed = change({ sources: [aSource("authors")] }, layer);
    expect(changed.slot.pending).toBeNull();
    expect(actions(changed)).toEqual(["data_layer.updated", "record sync-1"]);
  });

  test("a change that forbids or allows the default webhook is in the audit log as such", () => {
    const off = change({ defaultWebhook: "off" });
    expect(actions(off)).toEqual(["data_layer.updated", "default_webhook.disabled"]);
    const on = change({ defaultWebhook: "on" }, { ...off, owed: [] });
    expect(actions(on)).toEqual(["data_layer.updated", "default_webhook.enabled"]);
  });

  test("a layer says what its slot works on", () => {
    expect(layerParts(aLayer())).toEqual({ known: ["posts", "authors"], buildOnly: false, sites: true });
    expect(layerParts(aLayer({ sources: [], connectedSites: [] }))).toEqual({
      known: [],
      buildOnly: true,
      sites: false,
    });
  });
});

describe("a deleted layer", () => {
  test("a deleted layer leaves a tombstone with a token above all before it, its audit entries and nothing else", () => {
    const layer = aLayer({}, { owed: [entry("one"), { kind: "sync", id: "s", record: must(anyRecord()) }] });
    const stone = tombstone(layer, aChange({ now: START + 5 }));
    expect(stone.fence).toBe(layer.slot.fence + 1);
    expect(stone.deletedAt).toBe(START + 5);
    expect(actions(stone)).toEqual(["data_layer.updated", "data_layer.deleted"]);
    expect(JSON.stringify(stone)).not.toContain("sealed-");
  });
});

const anyRecord = () => {
  const { layer } = requestSync(
    aLayer(),
    aManualRequest({ slugs: ["posts"] }),
    { now: START, rev: 2, firstRev: 1 },
    "s",
  );
  const owed = configure(layer, someSettings({ sources: [] }), [], aChange(), false).owed.at(-1);
  const other = configure(layer, someSettings({ sources: [aSource("authors")] }), [], aChange(), false).owed.at(-1);
  return [owed, other].flatMap((o) => (o?.kind === "sync" ? [o.record] : []))[0];
};

describe("what a document owes", () => {
  test("an outbox entry leaves only by its name", () => {
    const document = { owed: [entry("one"), entry("two")] };
    expect(flush(document, ["two", "three"]).owed.map(({ id }) => id)).toEqual(["one"]);
  });

  test("an outbox has room for sixty-four entries", () => {
    const owed = Array.from({ length: OWED - 1 }, (_, i) => entry(String(i)));
    expect(hasRoom({ owed })).toBe(true);
    expect(hasRoom({ owed }, 2)).toBe(false);
    expect(hasRoom({ owed: [...owed, entry("last")] })).toBe(false);
  });

  test("an outbox has room for sixty-four kilobytes, whatever alphabet they are written in", () => {
    expect(hasRoom({ owed: [entry("one", "x".repeat(OWED_BYTES / 2))] })).toBe(true);
    expect(hasRoom({ owed: [entry("one", "x".repeat(OWED_BYTES))] })).toBe(false);
    expect(hasRoom({ owed: [entry("one", "語".repeat(OWED_BYTES / 2))] })).toBe(false);
  });

  test("an outbox includes the record of every sync that ended in a command", () => {
    const record = must(anyRecord());
    const layer = aLayer();
    expect(actions(apply(layer, { slot: layer.slot, ended: [record] }))).toEqual(["record s"]);
  });

  test("an outbox includes what a person did to the slot", () => {
    const target = { type: "sync", id: "sync-1", name: "sync-1" };
    const layer = oweAct(aLayer(), aChange(), { action: "sync.requested", target, detail: {} });
    expect(actions(layer)).toEqual(["sync.requested"]);
  });
});

test("every write has the next revision, a stamp of its own and a time that never falls", () => {
  const document = { v: 0, rev: 99, by: "", at: 0 };
  expect(stamp(document, null, "me", START)).toEqual({ v: 1, rev: 1, by: "me", at: START });
  expect(stamp(document, { rev: 4, at: START + 10 }, "you", START)).toMatchObject({
    rev: 5,
    by: "you",
    at: START + 10,
  });
});

describe("a site", () => {
  test("a site is in the audit log when it is created, changed and deleted, and keeps no hook afterwards", () => {
    const settings = { name: "The site", buildHook: "sealed-hook", buildHookHint: "…" };
    expect(actions(createSite("site-1", settings, aChange()))).toEqual(["site.created"]);
    const changed = configureSite(aSite(), { ...settings, name: "New" }, ["name"], aChange({ rev: 7 }));
    expect(actions(changed)).toEqual(["site.updated"]);
    expect(changed.settingsRev).toBe(7);
    const stone = siteTombstone(aSite(), aChange());
    expect(actions(stone)).toEqual(["site.deleted"]);
    expect(JSON.stringify(stone)).not.toContain("sealed-hook");
  });

  test("a site has a slot of one part, under the name found in every stored document", () => {
    const { pace, ...parts } = siteParts(aSite());
    expect(parts).toEqual({ known: [BUILD], buildOnly: false, sites: false, acceptedIsOver: true });
    expect(pace).toEqual({ ...PRESETS.standard, monthly: 18, brakes: true });
    expect(BUILD).toBe("build");
  });
});
