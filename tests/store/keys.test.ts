import { expect, test } from "vitest";
import { lowestIdAt } from "../../src/core/madeAt.ts";
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

test("a record of several deliveries is found by its newest id, and says how many it holds and which is the oldest", () => {
  const oldest = "019af3e5-6b00-7abc-8000-0123456789ab";
  const key = keys.gatheredKey("l", ID, 7, oldest);
  expect(key).toBe(`deliveries/l/2025-12-06/${ID}~7~${oldest}`);
  expect([keys.recordId(key), keys.gatheredIn(key)]).toEqual([ID, { count: 7, oldestId: oldest }]);
  expect(keys.gatheredIn(keys.deliveryKey("l", ID))).toEqual({ count: 1, oldestId: ID });
  // A layer's id may hold the mark of a number.
  expect(keys.gatheredIn(`deliveries/l~9~x/${ID}`)).toEqual({ count: 1, oldestId: ID });
});

test("a build's proof and the checks of its pages are beside one another, and count as one record", () => {
  expect(keys.proofKey("s", "b")).toBe("proofs/s/b");
  expect(keys.checksKey("s", ID)).toBe(`proofs/s/2025-12-06/${ID}~1~checks`);
  expect(keys.recordId(keys.checksKey("s", ID))).toBe(keys.recordId(keys.proofKey("s", ID)));
  expect(keys.seenKey("s", ID)).toBe(`proofs/s/2025-12-06/${ID}~1~seen`);
  expect(keys.proofKey("s", ID).startsWith(keys.PROOFS)).toBe(true);
});

test("a slice of deliveries holds those of 17 minutes, and no others", () => {
  const at = Date.UTC(2025, 11, 6, 12);
  const slice = keys.deliverySlice("l", at);
  expect(slice).toMatch(/^deliveries\/l\/2025-12-06\/[0-9a-f]{7}$/);
  const length = 2 ** 20;
  const begin = at - (at % length);
  const isIn = (ms: number) => keys.deliveryKey("l", lowestIdAt(ms)).startsWith(slice);
  expect([begin - 1, begin, at, begin + length - 1, begin + length].map(isIn)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

test("a time's first digits are those of every id that was created then, with the dash behind the eighth", () => {
  const ms = 0x0123456789ab;
  expect(keys.idPrefix(ms, 7)).toBe("0123456");
  expect(keys.idPrefix(ms, 8)).toBe("01234567");
  expect(keys.idPrefix(ms, 9)).toBe("01234567-8");
  expect(keys.idPrefix(ms, 12)).toBe("01234567-89ab");
});

test("an id of the last millisecond of the year 9999 is kept by its day, and one after that is not", () => {
  const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  expect(keys.syncKey("l", lowestIdAt(last))).toContain("/9999-12-31/");
  expect(keys.syncKey("l", lowestIdAt(last + 1))).toBe(`syncs/l/${lowestIdAt(last + 1)}`);
});

test("the settings, links and hints of the whole system have keys of their own", () => {
  expect([keys.TOKENS, keys.TEAM].map((key) => key.startsWith(keys.SETTINGS))).toEqual([true, true]);
  expect({
    ...{ tokens: keys.TOKENS, team: keys.TEAM, link: keys.statusLinkKey("hash"), reach: keys.REACH },
    ...{ shard: keys.drainShardKey(7), later: keys.drainShardKey(123) },
    ...{ overview: keys.summaryShardKey("overview", 16, 7), usage: keys.summaryShardKey("usage", 128, 123) },
  }).toEqual({
    ...{ tokens: "settings/tokens", team: "settings/team", link: "status-links/hash", reach: "hints/reach" },
    ...{ shard: "hints/seen/07", later: "hints/seen/123" },
    ...{ overview: "hints/summaries/overview/16/07", usage: "hints/summaries/usage/128/123" },
  });
});

test("an audit entry's key names a layer or an action only if all its characters can be part of a key", () => {
  const layerIn = (dataLayerId: string) =>
    keys.auditKeyParts(keys.auditKey({ id: ID, dataLayerId, action: "a.b" })).dataLayerId;
  for (const id of ["ab", "a-b_c.d", "x".repeat(128)]) expect(layerIn(id)).toBe(id);
  for (const id of ["", "a", "-", "_", "x".repeat(129), "a/b", "a~b", "ab/", "/ab"]) {
    expect([id, layerIn(id)]).toEqual([id, undefined]);
  }
});
