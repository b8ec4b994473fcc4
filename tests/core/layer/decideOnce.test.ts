import { describe, expect, test } from "vitest";
import { utf8Bytes } from "../../../src/core/bytes.ts";
import type { Decision } from "../../../src/core/document.ts";
import { tombstone } from "../../../src/core/layer/configureLayer.ts";
import {
  type Deciding,
  DocumentTooLarge,
  decideLayerChange,
  decideSiteChange,
  NO_ROOM,
  refuseIfFull,
} from "../../../src/core/layer/decideOnce.ts";
import { type Layer, type LayerDocument, oweAct } from "../../../src/core/layer/layer.ts";
import { DOCUMENT_BYTES, OWED } from "../../../src/core/limits.ts";
import { type Owed, oweAudit } from "../../../src/core/owed.ts";
import { oweSiteAct, type Site, type SiteDocument, siteTombstone } from "../../../src/core/site/site.ts";
import { aChange, ada, aLayer, aSite, START } from "../../support/builders.ts";

const { ids } = aChange({ requestId: "change" });
const MARK = "change.changed";
const person = { actor: ada, ids };
const attempt = (rev = 2) => ({ now: START + rev, rev, firstRev: 1 });
const entry: Owed = oweAudit({
  ...{ id: "audit", at: START, actor: ada, action: "data_layer.updated", dataLayerId: null, detail: {} },
  target: { type: "t", id: "t", name: "t" },
});
const full = Array.from({ length: OWED }, () => entry);

/** A change of a name, and what each of its attempts was told. */
const renaming = (name = "New") => {
  const attempts: Deciding[] = [];
  const layer = (owner: Layer, deciding: Deciding): Decision<LayerDocument, string> => {
    attempts.push(deciding);
    const audit = { action: "data_layer.updated", target: { type: "t", id: "t", name: "t" }, detail: {} } as const;
    return { kind: "write", document: oweAct({ ...owner, name }, deciding.by, audit), result: owner.name };
  };
  const site = (owner: Site, deciding: Deciding): Decision<SiteDocument, string> => {
    attempts.push(deciding);
    return {
      kind: "write",
      document: oweSiteAct({ ...owner, name }, deciding.by, "site.updated", {}),
      result: owner.name,
    };
  };
  return { attempts, layer, site };
};
const whenMissing = (tried: boolean) => (tried ? "gone" : "missing");
const writtenTo = <D>(decision: Decision<D, unknown>): D => {
  if (decision.kind !== "write") throw new Error("nothing was written");
  return decision.document;
};
const marks = ({ slot }: { readonly slot: Layer["slot"] }) => slot.recent.filter(({ id }) => id === MARK);
const layerOf = (document: LayerDocument): Layer => {
  if (document.kind !== "layer") throw new Error("no layer");
  return document;
};
const siteOf = (document: SiteDocument): Site => {
  if (document.kind !== "site") throw new Error("no site");
  return document;
};

describe("a person's change of a layer", () => {
  test("a change is decided under its person, its ids and the time of the attempt, and leaves its mark once", () => {
    const { attempts, layer: rename } = renaming();
    const decision = decideLayerChange(person, rename, whenMissing)(aLayer(), attempt());
    expect(attempts).toEqual([{ by: { actor: ada, ids, now: START + 2, attempt: attempt() }, tried: false }]);
    const layer = layerOf(writtenTo(decision));
    expect([layer.name, layer.owed.length, decision.result]).toEqual(["New", 1, "The blog"]);
    expect(marks(layer)).toEqual([{ id: MARK, syncId: "", queued: false }]);
  });

  test("a change whose reply was lost is found by its mark, and made no second time", () => {
    const { attempts, layer: rename } = renaming();
    const decide = decideLayerChange(person, rename, whenMissing);
    const layer = layerOf(writtenTo(decide(aLayer(), attempt())));
    expect(decide(layer, attempt(3))).toEqual({ kind: "keep", result: "New" });
    expect(decideLayerChange(person, rename, whenMissing)(layer, attempt(3)).kind).toBe("keep");
    expect(attempts.map(({ tried }) => tried)).toEqual([false, true, true]);
    const other = { actor: ada, ids: aChange({ requestId: "other" }).ids };
    const next = layerOf(writtenTo(decideLayerChange(other, rename, whenMissing)(layer, attempt(3))));
    expect([attempts.at(-1)?.tried, marks(next).length, next.slot.recent.length]).toEqual([false, 1, 2]);
  });

  test("a change that was not written is made by the next attempt, which knows that it may have been", () => {
    const { attempts, layer: rename } = renaming();
    const decide = decideLayerChange(person, rename, whenMissing);
    decide(aLayer(), attempt());
    expect(marks(layerOf(writtenTo(decide(aLayer(), attempt(3)))))).toHaveLength(1);
    expect(attempts.map(({ tried }) => tried)).toEqual([false, true]);
  });

  test("a change that stores its own mark is not marked twice", () => {
    const marking = (layer: Layer): Decision<LayerDocument, null> => ({
      kind: "write",
      document: { ...layer, slot: { ...layer.slot, recent: [{ id: MARK, syncId: "own", queued: true }] } },
      result: null,
    });
    const layer = layerOf(writtenTo(decideLayerChange(person, marking, () => null)(aLayer(), attempt())));
    expect(marks(layer)).toEqual([{ id: MARK, syncId: "own", queued: true }]);
  });

  test("a change that finds nothing to do writes nothing, and counts as no attempt", () => {
    const tried: boolean[] = [];
    const nothing = (_layer: Layer, deciding: Deciding): Decision<LayerDocument, string> => {
      tried.push(deciding.tried);
      return { kind: "keep", result: "unchanged" };
    };
    const decide = decideLayerChange(person, nothing, whenMissing);
    expect(decide(aLayer(), attempt())).toEqual({ kind: "keep", result: "unchanged" });
    decide(aLayer({}, { uid: "another life" }), attempt(3));
    expect(tried).toEqual([false, false]);
  });

  test("a layer that does not exist, was deleted, or may not be seen by the person is missing", () => {
    const { attempts, layer: rename } = renaming();
    for (const document of [null, tombstone(aLayer(), aChange())]) {
      expect(decideLayerChange(person, rename, whenMissing)(document, attempt())).toEqual({
        kind: "keep",
        result: "missing",
      });
    }
    const isSeen = ({ id }: Layer) => id === "layer-2";
    expect(decideLayerChange(person, rename, whenMissing, isSeen)(aLayer(), attempt()).result).toBe("missing");
    expect(attempts).toEqual([]);
    const seen = decideLayerChange(person, rename, whenMissing, isSeen)({ ...aLayer(), id: "layer-2" }, attempt());
    expect(seen.kind).toBe("write");
  });

  test("a change is never made to another layer of the same id that an attempt finds later", () => {
    const { attempts, layer: rename } = renaming();
    const decide = decideLayerChange(person, rename, whenMissing);
    decide(aLayer(), attempt());
    expect(decide(aLayer({}, { uid: "another life" }), attempt(3))).toEqual({ kind: "keep", result: "gone" });
    expect(decide(null, attempt(4)).result).toBe("gone");
    expect(decide(aLayer(), attempt(5)).kind).toBe("write");
    expect(attempts).toHaveLength(2);
  });

  test("a deletion writes its tombstone without a mark", () => {
    const remove = (layer: Layer, { by }: Deciding): Decision<LayerDocument, null> => ({
      kind: "write",
      document: tombstone(layer, by),
      result: null,
    });
    const document = writtenTo(decideLayerChange(person, remove, () => null)(aLayer(), attempt()));
    expect([document.kind, "slot" in document]).toEqual(["layer-tombstone", false]);
  });
});

describe("a person's change of a site", () => {
  test("a change of a site is made once, as a change of a layer is", () => {
    const { attempts, site: rename } = renaming();
    const decide = decideSiteChange(person, rename, whenMissing);
    const site = siteOf(writtenTo(decide(aSite(), attempt())));
    expect([site.name, marks(site)]).toEqual(["New", [{ id: MARK, syncId: "", queued: false }]]);
    expect(decide(site, attempt(3))).toEqual({ kind: "keep", result: "New" });
    expect(decide(aSite(), attempt(4)).kind).toBe("write");
    expect(attempts.map(({ tried, by }) => [tried, by.now, by.actor])).toEqual([
      [false, START + 2, ada],
      [true, START + 3, ada],
      [true, START + 4, ada],
    ]);
  });

  test("a site that does not exist or was deleted is missing, and says whether an attempt was made", () => {
    const { site: rename } = renaming();
    const decide = decideSiteChange(person, rename, whenMissing);
    expect(decide(null, attempt())).toEqual({ kind: "keep", result: "missing" });
    expect(decide(siteTombstone(aSite(), aChange()), attempt()).result).toBe("missing");
    decide(aSite(), attempt());
    expect(decide(null, attempt()).result).toBe("gone");
  });

  test("a change of a site that finds nothing to do counts as no attempt, and a deletion has no mark", () => {
    const nothing = (): Decision<SiteDocument, string> => ({ kind: "keep", result: "unchanged" });
    const decide = decideSiteChange(person, nothing, whenMissing);
    decide(aSite(), attempt());
    expect(decide(null, attempt()).result).toBe("missing");
    const remove = (site: Site, { by }: Deciding): Decision<SiteDocument, null> => ({
      kind: "write",
      document: siteTombstone(site, by),
      result: null,
    });
    const document = writtenTo(decideSiteChange(person, remove, () => null)(aSite(), attempt()));
    expect([document.kind, "slot" in document]).toEqual(["site-tombstone", false]);
  });
});

describe("a change without room", () => {
  test("a change that owes more than the outbox has room for is refused, and counts as no attempt", () => {
    const { attempts, layer: rename } = renaming();
    const decide = decideLayerChange(person, rename, whenMissing);
    expect(decide(aLayer({}, { owed: full }), attempt())).toEqual({ kind: "keep", result: NO_ROOM });
    expect(NO_ROOM).toEqual({ kind: "no-room" });
    expect(decide(aLayer({}, { owed: full.slice(1) }), attempt()).kind).toBe("write");
    expect(attempts.map(({ tried }) => tried)).toEqual([false, false]);
  });

  test("a change has room by the number of entries that it adds", () => {
    const decision = (more: number) =>
      ({ kind: "write", document: { owed: [...full.slice(2), ...full.slice(0, more)] }, result: "done" }) as const;
    const before = { owed: full.slice(2) };
    expect(refuseIfFull(before, decision(2))).toEqual(decision(2));
    expect(refuseIfFull(before, decision(3))).toEqual({ kind: "keep", result: NO_ROOM });
    expect(refuseIfFull({ owed: full }, { kind: "keep", result: "kept" })).toEqual({ kind: "keep", result: "kept" });
  });

  const sizeOf = (document: object): number => utf8Bytes(JSON.stringify(document));
  /** A change that pads a layer's settings, its slot or its messages with so many characters. */
  const padding = (where: "settings" | "slot" | "unsent" | "owed", count: number) => (layer: Layer) => {
    const text = "x".repeat(count);
    const message = { to: text, syncId: "s", event: "e", since: 0, tries: 0, due: 0 };
    const padded: Record<typeof where, Partial<Layer>> = {
      settings: { description: text },
      slot: { slot: { ...layer.slot, padding: text } },
      unsent: { unsent: [message] },
      owed: { owed: [{ ...entry, padding: text }] },
    };
    return { kind: "write", document: { ...layer, ...padded[where] }, result: null } as const;
  };
  const change = (layer: Layer, where: "settings" | "slot" | "unsent" | "owed", count: number) =>
    decideLayerChange(person, padding(where, count), () => null)(layer, attempt());

  test("settings that make a document larger than a document may be are refused, with its size", () => {
    const largest = writtenTo(change(aLayer(), "settings", 0));
    const room = DOCUMENT_BYTES - sizeOf(largest);
    expect(sizeOf(writtenTo(change(aLayer(), "settings", room)))).toBe(DOCUMENT_BYTES);
    const tooLarge = new DocumentTooLarge(DOCUMENT_BYTES + 1);
    expect(() => change(aLayer(), "settings", room + 1)).toThrow(tooLarge);
    expect([tooLarge.name, tooLarge.bytes, tooLarge.message]).toEqual([
      "DocumentTooLarge",
      DOCUMENT_BYTES + 1,
      `a document of ${DOCUMENT_BYTES + 1} bytes was not written`,
    ]);
  });

  test("a document that is too large already may change, unless its settings grow", () => {
    const long = aLayer({ description: "x".repeat(DOCUMENT_BYTES) });
    expect(change(long, "settings", DOCUMENT_BYTES).kind).toBe("write");
    expect(change(long, "settings", DOCUMENT_BYTES - 1).kind).toBe("write");
    expect(() => change(long, "settings", DOCUMENT_BYTES + 1)).toThrow(DocumentTooLarge);
    for (const where of ["slot", "unsent", "owed"] as const) {
      expect([where, change({ ...aLayer(), unsent: [] }, where, DOCUMENT_BYTES).kind]).toEqual([where, "write"]);
    }
  });
});
