import { describe, expect, test } from "vitest";
import { configure, createLayer } from "../../../src/core/layer/configureLayer.ts";
import { type Layer, requestSync } from "../../../src/core/layer/layer.ts";
import { OWED_BYTES } from "../../../src/core/limits.ts";
import { hasRoom, oweAudit } from "../../../src/core/owed.ts";
import { addWebhook, deleteWebhook, renameWebhook } from "../../../src/core/webhook/webhooks.ts";
import {
  aChange,
  ada,
  aLayer,
  aRequest,
  aSource,
  aWebhook,
  must,
  START,
  someSettings,
} from "../../support/builders.ts";

const pending = (layer: Layer) => must(layer.slot.pending, "a pending sync");
const asked = (layer: Layer, slugs: string[]) =>
  requestSync(layer, aRequest({ slugs }), { now: START, rev: 2, firstRev: 1 }, "sync-1").layer;
const change = (layer: Layer, settings: Parameters<typeof someSettings>[0]) =>
  configure(layer, someSettings(settings), [], aChange({ requestId: "change", rev: 3 }), true);

describe("a sync that a change of the configuration asks for", () => {
  test("a new layer's sync is one of everything in full, in the name of its creator", () => {
    const layer = createLayer("layer-1", false, someSettings(), aChange({ requestId: "r" }), true, null);
    expect(pending(layer)).toMatchObject({ syncId: "r-sync", all: true, deliveries: 1 });
    expect(pending(layer).asks).toEqual({});
    expect(pending(layer).trigger).toEqual({ type: "configuration", id: "r", at: START, actor: ada });
  });

  test("a configuration's sync calls a new source in full", () => {
    const layer = change(aLayer(), { sources: [aSource("posts"), aSource("authors"), aSource("tags")] });
    expect(pending(layer).asks).toEqual({ tags: { full: true } });
  });

  test("a configuration's sync is written also where a pending sync would cover it, so that its record says why", () => {
    const layer = change(asked(aLayer(), []), { sources: [aSource("posts"), aSource("authors"), aSource("tags")] });
    expect(pending(layer)).toMatchObject({ syncId: "sync-1", deliveries: 2, trigger: { type: "configuration" } });
  });

  test("a configuration's sync calls a source again that is read in another way, and no other", () => {
    const url = "https://cms.example.com/posts";
    const layerOf = (fields: Parameters<typeof aSource>[1]) =>
      aLayer({ sources: [aSource("posts", { url, ...fields }), aSource("authors")] });
    const asks = (before: Parameters<typeof aSource>[1], after: Parameters<typeof aSource>[1]) =>
      change(layerOf(before), { sources: layerOf(after).sources }).slot.pending?.asks;
    const posts = { posts: { full: true } };
    expect(asks({ type: "http" }, { type: "probe" })).toEqual(posts);
    expect(asks({ type: "probe", pick: "/a" }, { type: "probe", pick: "/b" })).toEqual(posts);
    expect(asks({ type: "probe" }, { type: "probe", pick: "/b" })).toEqual(posts);
    expect(asks({}, { url: `${url}/new` })).toEqual(posts);
    expect(asks({ type: "probe", pick: "/a" }, { type: "probe", pick: "/a", checkEvery: "6h" })).toBeUndefined();
  });

  test("a change of only a source's name or time limit causes no sync", () => {
    const sources = [aSource("posts", { name: "New", timeoutSeconds: 60 }), aSource("authors")];
    expect(change(aLayer(), { sources }).slot.pending).toBeNull();
  });
});

describe("a request that a pending sync covers", () => {
  test("a request that a pending sync covers leaves the layer as it is", () => {
    const layer = asked(aLayer(), []);
    expect(asked(layer, [])).toBe(layer);
  });
});

describe("changing settings", () => {
  test("a change of settings leaves what a pending sync requests of the sources that stay", () => {
    const layer = asked(aLayer(), ["posts", "authors"]);
    expect(change(layer, { name: "New" }).slot).toMatchObject({ pending: layer.slot.pending });
    const fewer = change(layer, { sources: [aSource("authors")] });
    expect(Object.keys(pending(fewer).asks)).toEqual(["authors"]);
    expect(pending(fewer).all).toBe(false);
  });

  test("a build layer's first sources turn its pending sync of labels into one of everything", () => {
    const builds = asked(aLayer({ sources: [] }), ["label"]);
    expect(pending(builds).asks).toHaveProperty("label");
    const layer = configure(builds, someSettings(), [], aChange(), false);
    expect(pending(layer)).toMatchObject({ syncId: "sync-1", all: true });
    expect(pending(layer).asks).toEqual({});
  });

  test("a change of settings that leaves a build layer without sources leaves its labels", () => {
    const builds = asked(aLayer({ sources: [] }), ["label"]);
    const renamed = configure(builds, someSettings({ sources: [], name: "New" }), [], aChange(), false);
    expect(renamed.slot.pending).toEqual(builds.slot.pending);
  });

  test("a build layer's first sources start what the request says and no more if it is idle", () => {
    const layer = configure(aLayer({ sources: [] }), someSettings(), [], aChange(), false);
    expect(layer.slot.pending).toBeNull();
  });
});

describe("of several webhooks", () => {
  const by = aChange();
  const layer = ["one", "two", "three"].reduce((next, id) => addWebhook(next, aWebhook(id), by), aLayer());

  test("a renamed webhook has its new name, and the others keep their names", () => {
    const renamed = renameWebhook(layer, "ref-two", "New", by);
    expect(renamed.webhooks).toEqual([aWebhook("one"), aWebhook("two", { name: "New" }), aWebhook("three")]);
  });

  test("a deleted webhook is remembered, and the others stay", () => {
    const fewer = deleteWebhook(layer, "ref-two", by, 50);
    expect(fewer.webhooks).toEqual([aWebhook("one"), aWebhook("three")]);
    const restorable = { createdAt: START, createdBy: ada };
    const two = { id: "two", ref: "ref-two", name: "Webhook two", deletedAt: START, restorable };
    expect(fewer.deletedWebhooks).toEqual([two]);
  });

  test("a layer that does not exist is not deleted", () => {
    expect(deleteWebhook(layer, "ref-none", by, 50)).toBe(layer);
  });

  test("a webhook added again is forgotten as deleted, and no other", () => {
    const gone = ["ref-one", "ref-two"].reduce((next, ref) => deleteWebhook(next, ref, by, 50), layer);
    expect(addWebhook(gone, aWebhook("one"), by).deletedWebhooks.map(({ id }) => id)).toEqual(["two"]);
  });
});

test("an outbox of several webhooks may be filled to the last byte", () => {
  const entry = (padding: string) =>
    oweAudit({
      id: "entry",
      at: START,
      actor: ada,
      action: "data_layer.updated",
      target: { type: "data_layer", id: "layer-1", name: "The blog" },
      dataLayerId: "layer-1",
      detail: { padding },
    });
  const room = OWED_BYTES - JSON.stringify([entry("")]).length;
  expect(hasRoom({ owed: [entry("x".repeat(room))] }, 0)).toBe(true);
  expect(hasRoom({ owed: [entry("x".repeat(room + 1))] }, 0)).toBe(false);
});
