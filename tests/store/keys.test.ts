import { expect, test } from "vitest";
import * as keys from "../../src/store/keys.ts";

const ID = "019af3e5-6c00-7abc-8000-0123456789ab";

test("everything has the keys of every other release, or it would be lost to that release", () => {
  expect({
    layer: keys.layerKey("l"),
    site: keys.siteKey("s"),
    sync: keys.syncKey("l", ID),
    build: keys.buildKey("s", ID),
    delivery: keys.deliveryKey("l", ID),
    audit: keys.auditKey({ id: ID, dataLayerId: "layer-one", action: "webhook.created" }),
    auditOfNoLayer: keys.auditKey({ id: ID, dataLayerId: null, action: "site.created" }),
    layerOrder: keys.orderKey(keys.LAYER_ORDER, 1_800_000_000_000, "l"),
    siteOrder: keys.orderKey(keys.SITE_ORDER, 1_800_000_000_000, "s"),
    drain: keys.DRAIN_HINT,
    canary: keys.CANARY,
  }).toEqual({
    layer: "layers/l",
    site: "sites/s",
    sync: `syncs/l/2025-12-06/${ID}`,
    build: `builds/s/2025-12-06/${ID}`,
    delivery: `deliveries/l/2025-12-06/${ID}`,
    audit: `audit/2025-12-06/${ID}~layer-one~webhook.created`,
    auditOfNoLayer: `audit/2025-12-06/${ID}~-~site.created`,
    layerOrder: "order/layers/001800000000000.l",
    siteOrder: "order/sites/001800000000000.s",
    drain: "hints/drain",
    canary: "hints/canary",
  });
});

test("keys that are listed together have one prefix, and nothing else has it", () => {
  expect(keys.layerKey("l").startsWith(keys.LAYERS)).toBe(true);
  expect(keys.siteKey("s").startsWith(keys.SITES)).toBe(true);
  expect(keys.auditKey({ id: ID, dataLayerId: null, action: "a.b" }).startsWith(keys.AUDIT)).toBe(true);
  expect(keys.syncKey("l", "y").startsWith(keys.syncsPrefix("l"))).toBe(true);
  expect(keys.syncKey("l2", "y").startsWith(keys.syncsPrefix("l"))).toBe(false);
  expect(keys.buildKey("s", "b").startsWith(keys.buildsPrefix("s"))).toBe(true);
});

test("layers and sites are listed in the order of their creation, and a marker says whose it is", () => {
  const made = [
    [999, "b"],
    [1000, "a"],
    [1_800_000_000_000, "with-dash"],
  ] as const;
  const markers = made.map(([at, id]) => keys.orderKey(keys.LAYER_ORDER, at, id));
  expect([...markers].sort()).toEqual(markers);
  expect(markers.map(keys.orderedId)).toEqual(made.map(([, id]) => id));
});

test("an id that tells no time, or one beyond the year 9999, stands directly below the prefix, as all did before", () => {
  for (const id of ["y", "ffffffff-ffff-7abc-8000-0123456789ab"]) {
    expect(keys.syncKey("l", id)).toBe(keys.undatedKey(keys.syncsPrefix("l"), id));
  }
});

test("a key says the id of its record, and the key of an audit entry its layer and action or that it does not", () => {
  for (const dataLayerId of [null, "layer-one", "x".repeat(128)]) {
    const key = keys.auditKey({ id: ID, dataLayerId, action: "webhook.created" });
    expect([keys.recordId(key), keys.auditKeyParts(key)]).toEqual([ID, { dataLayerId, action: "webhook.created" }]);
  }
  const strange = keys.auditKey({ id: ID, dataLayerId: "a/b", action: "é ~" });
  expect(strange.split("/")).toHaveLength(3);
  for (const key of [strange, keys.undatedKey(keys.AUDIT, ID)]) {
    expect([keys.recordId(key), keys.auditKeyParts(key)]).toEqual([ID, { dataLayerId: undefined, action: undefined }]);
  }
  expect(keys.recordId(keys.syncKey("l", ID))).toBe(ID);
});
