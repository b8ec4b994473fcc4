import { expect, test } from "vitest";
import * as keys from "../../src/store/keys.ts";

test("everything stands under the keys of every other release, or it would be lost to it", () => {
  expect({
    layer: keys.layerKey("l"),
    site: keys.siteKey("s"),
    sync: keys.syncKey("l", "y"),
    build: keys.buildKey("s", "b"),
    audit: keys.auditKey("a"),
    layerOrder: keys.orderKey(keys.LAYER_ORDER, 1_800_000_000_000, "l"),
    siteOrder: keys.orderKey(keys.SITE_ORDER, 1_800_000_000_000, "s"),
    drain: keys.DRAIN_HINT,
    canary: keys.CANARY,
  }).toEqual({
    layer: "layers/l",
    site: "sites/s",
    sync: "syncs/l/y",
    build: "builds/s/b",
    audit: "audit/a",
    layerOrder: "order/layers/001800000000000.l",
    siteOrder: "order/sites/001800000000000.s",
    drain: "hints/drain",
    canary: "hints/canary",
  });
});

test("what is listed together stands below one prefix, and nothing else does", () => {
  expect(keys.layerKey("l").startsWith(keys.LAYERS)).toBe(true);
  expect(keys.siteKey("s").startsWith(keys.SITES)).toBe(true);
  expect(keys.auditKey("a").startsWith(keys.AUDIT)).toBe(true);
  expect(keys.syncKey("l", "y").startsWith(keys.syncsPrefix("l"))).toBe(true);
  expect(keys.syncKey("l2", "y").startsWith(keys.syncsPrefix("l"))).toBe(false);
  expect(keys.buildKey("s", "b").startsWith(keys.buildsPrefix("s"))).toBe(true);
});

test("layers and sites are listed in the order of their making, and a marker tells whose it is", () => {
  const made = [
    [999, "b"],
    [1000, "a"],
    [1_800_000_000_000, "with-dash"],
  ] as const;
  const markers = made.map(([at, id]) => keys.orderKey(keys.LAYER_ORDER, at, id));
  expect([...markers].sort()).toEqual(markers);
  expect(markers.map(keys.orderedId)).toEqual(made.map(([, id]) => id));
});
