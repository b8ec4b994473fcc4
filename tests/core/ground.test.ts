import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stamp, VERSION } from "../../src/core/document.ts";
import { tombstone } from "../../src/core/layer/configureLayer.ts";
import { layerParts } from "../../src/core/layer/layer.ts";
import { CHECK_EVERY } from "../../src/core/layer/source.ts";
import { OWED, OWED_BYTES } from "../../src/core/limits.ts";
import { lowestIdAt, madeAt } from "../../src/core/madeAt.ts";
import {
  dropAppended,
  flush,
  hasRoom,
  type NewAuditEntry,
  type Owed,
  oweAudit,
  owesAnything,
} from "../../src/core/owed.ts";
import { KEEP_ALL, RETENTION } from "../../src/core/retention.ts";
import { siteParts } from "../../src/core/site/pacing.ts";
import { siteTombstone } from "../../src/core/site/site.ts";
import type { Sync } from "../../src/core/slot/sync.ts";
import { decideSlot, partsOf, slotOwnerOf } from "../../src/core/slotOwner.ts";
import { spread } from "../../src/core/spread.ts";
import { isWebUrl } from "../../src/core/webUrl.ts";
import { aChange, ada, aLayer, aSite, aSource, START } from "../support/builders.ts";

const entryOf = (id: string): NewAuditEntry => ({
  ...{ id, at: START, actor: ada, action: "site.updated", dataLayerId: null, detail: {} },
  target: { type: "site", id: "s", name: "S" },
});
const audit = (id: string): Owed => ({ kind: "audit", id, entry: entryOf(id) });
const event = (id: string) => ({ id, event: "build.live", buildId: "b", at: START, causes: [] });

describe("an id with a time", () => {
  test("an id tells the time at which it was created, and the lowest id of a time sorts before every later one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), (ms) => {
        expect(madeAt(lowestIdAt(ms))).toBe(ms);
        expect(lowestIdAt(ms) < lowestIdAt(ms + 1)).toBe(true);
      }),
    );
    expect(madeAt("019af3e5-6c00-7abc-8000-0123456789ab")).toBe(0x019af3e56c00);
    expect(lowestIdAt(-5)).toBe(lowestIdAt(0));
    expect(lowestIdAt(0x0123456789ab)).toBe("01234567-89ab-7000-8000-000000000000");
  });

  test("an id of another form tells no time", () => {
    for (const id of [
      "",
      "sync-1",
      "x019af3e5-6c00-7abc",
      "019af3e5-6c00-4abc-8000-0123456789ab",
      "19af3e5-6c00-7abc",
      "019af3e5-c00-7abc",
      "019af3eg-6c00-7abc",
      "019af3e5-6c0g-7abc",
    ]) {
      expect([id, madeAt(id)]).toEqual([id, null]);
    }
  });
});

describe("the stamp of a write", () => {
  const document = { v: 0, rev: 7, by: "former", at: 5, name: "The blog" };

  test("a first write has revision one, and each further write one more than the document that it replaces", () => {
    expect(stamp(document, null, "writer", START)).toEqual({
      ...document,
      v: VERSION,
      rev: 1,
      by: "writer",
      at: START,
    });
    expect(stamp(document, { rev: 41, at: 5 }, "writer", START).rev).toBe(42);
  });

  test("a write's time never falls, even if the writer's clock is behind", () => {
    expect(stamp(document, { rev: 1, at: START }, "writer", START - 1).at).toBe(START);
    expect(stamp(document, { rev: 1, at: START }, "writer", START + 1).at).toBe(START + 1);
  });
});

describe("an outbox", () => {
  test("an audit entry is owed under its own id", () => {
    expect(oweAudit(entryOf("a"))).toEqual({ kind: "audit", id: "a", entry: entryOf("a") });
  });

  test("an outbox has room for as many entries as it may hold, and for none more", () => {
    const owed = (count: number) => ({ owed: Array.from({ length: count }, (_, i) => audit(`a${i}`)) });
    expect([OWED - 1, OWED].map((count) => hasRoom(owed(count)))).toEqual([true, false]);
    expect([OWED - 3, OWED - 2].map((count) => hasRoom(owed(count), 3))).toEqual([true, false]);
    expect(hasRoom(owed(OWED), 0)).toBe(true);
  });

  test("an outbox whose entries are long has room until they take all its bytes", () => {
    const named = (name: string): Owed[] => [
      { kind: "audit", id: "a", entry: { ...entryOf("a"), target: { type: "site", id: "s", name } } },
    ];
    const rest = OWED_BYTES - Buffer.byteLength(JSON.stringify(named("é")));
    expect(hasRoom({ owed: named(`é${"x".repeat(rest)}`) })).toBe(true);
    expect(hasRoom({ owed: named(`é${"x".repeat(rest + 1)}`) })).toBe(false);
  });

  test("an outbox owes entries and events until they are appended or told", () => {
    expect(owesAnything({ owed: [] })).toBe(false);
    expect(owesAnything({ owed: [], untold: [] })).toBe(false);
    expect(owesAnything({ owed: [audit("a")] })).toBe(true);
    expect(owesAnything({ owed: [], untold: [event("e")] })).toBe(true);
    expect(owesAnything({ owed: [audit("a")], untold: [event("e")] })).toBe(true);
  });

  test("what was appended or told leaves the outbox, and a document that held none of it is not written", () => {
    const site = aSite({ owed: [audit("a"), audit("b")], untold: [event("e"), event("f")] });
    expect(dropAppended(site, ["a", "f", "x"])).toEqual({
      kind: "write",
      document: { ...site, owed: [audit("b")], untold: [event("e")] },
      result: null,
    });
    const nothing = { kind: "keep", result: null };
    expect(dropAppended(site, ["x"])).toEqual(nothing);
    expect(dropAppended(site, [])).toEqual(nothing);
    expect(dropAppended(null, ["a"])).toEqual(nothing);
    const layer = aLayer({}, { owed: [audit("a"), audit("b")] });
    expect(dropAppended(layer, ["b"])).toMatchObject({ kind: "write", document: { owed: [audit("a")] } });
    expect(flush(layer, ["a"])).toEqual({ ...layer, owed: [audit("b")] });
    expect(dropAppended(layer, ["x"])).toEqual(nothing);
  });
});

describe("a document with a slot", () => {
  const attempt = { now: START, rev: 2, firstRev: 1 };
  const documents = [tombstone(aLayer(), aChange()), siteTombstone(aSite(), aChange()), null];

  test("a layer and a site have a slot, and what they leave behind has none", () => {
    for (const owner of [aLayer(), aSite()]) expect(slotOwnerOf(owner)).toBe(owner);
    for (const document of documents) expect(slotOwnerOf(document)).toBeNull();
    const command = () => ({ change: null, result: "decided" });
    for (const document of documents) {
      expect(decideSlot(document, command, attempt, [])).toEqual({ kind: "keep", result: null });
    }
  });

  test("a layer's slot works on its sources, and a site's on its build", () => {
    const layer = aLayer();
    expect(partsOf(layer)).toEqual(layerParts(layer));
    expect(partsOf(aSite())).toEqual(siteParts(aSite()));
  });

  test("a decision about a slot is written with what it ended, without what is in the archive", () => {
    const site = aSite({ owed: [audit("a"), audit("b")] });
    expect(decideSlot(site, () => ({ change: null, result: 7 }), attempt, ["a"])).toEqual({ kind: "keep", result: 7 });
    const ended: Sync = {
      ...{ id: "b1", scope: "all", deliveries: 1, attempts: 1, queuedAt: START, startedAt: START, finishedAt: START },
      ...{ claimRev: 2, parts: {}, sites: [], trigger: { type: "build", id: "x", at: START } },
    };
    const slot = { ...site.slot, fence: 9 };
    const decision = decideSlot(site, () => ({ change: { slot, ended: [ended] }, result: 7 }), attempt, ["a"]);
    expect(decision).toMatchObject({ kind: "write", result: 7, document: { slot: { fence: 9 } } });
    expect(decision.kind === "write" && decision.document.owed.map(({ id }) => id)).toEqual(["b", "b1"]);
  });
});

describe("the parts of a layer", () => {
  const probe = (slug: string, fields: object = {}) =>
    ({ slug, name: slug, type: "probe", url: "https://x.example", ...fields }) as const;

  test("a layer without sources builds only, and a layer with sites or a cache to purge has something to do after a change", () => {
    const bare = { sources: [], connectedSites: [] };
    expect(layerParts(aLayer(bare))).toEqual({ known: [], buildOnly: true, sites: false });
    expect(layerParts(aLayer({ ...bare, sources: [aSource("posts")] }))).toEqual({
      ...{ known: ["posts"], buildOnly: false, sites: false },
    });
    expect(layerParts(aLayer(bare, { connectedSites: [{ siteId: "s" }] })).sites).toBe(true);
    expect(layerParts(aLayer(bare, { cachePurge: { tags: ["a"] } })).sites).toBe(true);
    expect(layerParts(aLayer(bare, { cachePurge: null })).sites).toBe(false);
  });

  test("a layer's probes are checked as often as they say, or never without a delivery", () => {
    const sources = [aSource("posts"), probe("a", { checkEvery: "1h" }), probe("b")];
    const { probes } = layerParts(aLayer({ sources }));
    expect(Object.keys(probes ?? {})).toEqual(["a", "b"]);
    expect([probes?.["a"]?.every, probes?.["b"]?.every]).toEqual([CHECK_EVERY["1h"], null]);
  });
});

describe("a spread of ids", () => {
  test("an id always has the same place in a range, and many ids fill the range evenly", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 2000; i += 1) {
      const at = spread(`layer-${i}`, 10);
      expect(at).toBe(spread(`layer-${i}`, 10));
      counts[at] = (counts[at] ?? -1) + 1;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2000);
    for (const count of counts) expect([count > 140, count < 260]).toEqual([true, true]);
    // Another release must find the same place, or every check of every layer would move.
    expect([spread("layer-1", 3_600_000), spread("", 1000)]).toEqual([3_109_502, 668]);
  });
});

describe("a URL from outside", () => {
  test("a URL may be linked if it is HTTPS and shows its host", () => {
    for (const url of [
      "https://a.example",
      "HTTPS://a.example/",
      "https://a.example?x",
      "https://a.example#x",
      "https://a.example/@b",
    ]) {
      expect([url, isWebUrl(url)]).toEqual([url, true]);
    }
    for (const url of [
      "http://a.example",
      "javascript:alert(1)",
      "https://",
      "https:///x",
      "https://u@a.example",
      "https://a b",
      " https://a.example",
    ]) {
      expect([url, isWebUrl(url)]).toEqual([url, false]);
    }
  });
});

describe("how long records are kept", () => {
  test("records are kept for more than a year, deliveries for a month, and everything if the setting is wrong", () => {
    expect(RETENTION).toEqual({
      syncs: { days: 400, count: 10_000 },
      deliveries: { days: 30, count: 1000 },
      auditDays: 400,
    });
    const { syncs, deliveries, auditDays } = KEEP_ALL;
    expect([syncs.days, syncs.count, deliveries.days, deliveries.count, auditDays]).toEqual(
      Array.from({ length: 5 }, () => Number.POSITIVE_INFINITY),
    );
  });
});
