import { describe, expect, test } from "vitest";
import { jsonBytes, likenessOf, utf8Bytes } from "../../../src/core/bytes.ts";
import { DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { tombstone } from "../../../src/core/layer/configureLayer.ts";
import type { Layer, Webhook } from "../../../src/core/layer/layer.ts";
import { BODY_BYTES, DOCUMENT_BYTES } from "../../../src/core/limits.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import type { Inspection } from "../../../src/core/webhook/inspection.ts";
import {
  type Delivery,
  markDelivery,
  type Published,
  TOO_LONG,
  takeDelivery,
} from "../../../src/core/webhook/takeDelivery.ts";
import { aChange, aLayer, aWebhook, must, START } from "../../support/builders.ts";

const ids = { deliveryId: "delivery-1", newSyncId: "sync-1" };
const attempt = (now = START, rev = 2) => ({ now, rev, firstRev: rev - 1 });
const none = { header: null, query: null, alias: null };
const delivery = (fields: Partial<Delivery> = {}): Delivery => ({
  ...{ layerId: "layer-1", webhookId: null, selectors: none, body: null, receivedAt: START },
  ...fields,
});
const unverified: Inspection = { kind: "unverified" };
const verification = { scheme: "github", secrets: ["sealed"], secretSetAt: START };
const withWebhook = (fields: Partial<Webhook> = {}, more: Partial<Layer> = {}): Layer =>
  aLayer({}, { webhooks: [aWebhook("one", fields)], ...more });
/** A delivery to the webhook `one`, whose request was inspected. */
const toOne = (inspection: Inspection = unverified, fields: Partial<Delivery> = {}): Delivery =>
  delivery({ webhookId: "one", inspect: () => inspection, ...fields });
const byWebhook = { webhook: { ref: "ref-one", name: "Webhook one" }, dataSource: null, secret: null };

const take = (layer: Layer, received: Delivery = delivery(), now = START) =>
  takeDelivery(layer, received, ids, attempt(now));
const accepted = (layer: Layer, received?: Delivery, now?: number) => {
  const { result } = take(layer, received, now);
  if (result.kind !== "accepted") throw new Error(`the delivery was ${result.kind}`);
  return result;
};
const written = (layer: Layer, received?: Delivery, now?: number): Layer => {
  const decision = take(layer, received, now);
  if (decision.kind !== "write" || decision.document.kind !== "layer") throw new Error("nothing was written");
  return decision.document;
};
const kept = (layer: Layer, received: Delivery, now?: number): Published => {
  const { kind, result } = take(layer, received, now);
  expect(kind).toBe("keep");
  return result;
};

describe("a delivery's URL", () => {
  test("a delivery to a layer that does not exist, or was deleted, reaches no layer", () => {
    for (const document of [null, tombstone(aLayer(), aChange())]) {
      expect(takeDelivery(document, delivery(), ids, attempt())).toEqual({
        kind: "keep",
        result: { kind: "unknown-layer" },
      });
    }
  });

  test("a delivery to a URL that works no more is refused, and marked if a mark is due", () => {
    const unknown = kept(withWebhook(), delivery({ webhookId: "two" }));
    expect(unknown).toEqual({ kind: "refused", status: 401, code: "WEBHOOK_UNKNOWN", mark: false });
    const off = kept(withWebhook(), delivery());
    expect(off).toEqual({ kind: "refused", status: 401, code: "DEFAULT_WEBHOOK_OFF", mark: true });
    const again = kept(withWebhook({}, { defaultSeenAt: START }), delivery());
    expect(again).toMatchObject({ mark: false });
    const deletedWebhooks = [{ id: "two", ref: "r", name: "n", deletedAt: START - 2 * DAY }];
    expect(kept(withWebhook({}, { deletedWebhooks }), delivery({ webhookId: "two" }))).toMatchObject({ status: 410 });
  });

  test("a call of a refused URL is marked with its caller's name by a write of its own, if a mark is due", () => {
    const layer = withWebhook();
    expect(markDelivery(layer, delivery(), "Sanity", attempt())).toEqual({
      kind: "write",
      document: { ...layer, defaultSeenAt: START, defaultSeenSince: START, defaultSeenBy: "Sanity" },
      result: null,
    });
    const nothing = { kind: "keep", result: null };
    expect(markDelivery({ ...layer, defaultSeenAt: START }, delivery(), null, attempt())).toEqual(nothing);
    expect(markDelivery(layer, { webhookId: "one" }, null, attempt())).toEqual(nothing);
    expect(markDelivery(null, delivery(), null, attempt())).toEqual(nothing);
    expect(markDelivery(tombstone(layer, aChange()), delivery(), null, attempt())).toEqual(nothing);
  });
});

describe("a delivery's sender", () => {
  test("a webhook that verifies accepts nothing where nobody can verify, and the others accept everything", () => {
    const refused = kept(withWebhook({ verification }), delivery({ webhookId: "one" }));
    expect(refused).toEqual({
      ...{ kind: "refused", status: 401, code: "VERIFIER_FAILED", mark: false },
      cause: "This webhook requires verification, and Layerhook cannot verify senders here.",
      deliveryId: "delivery-1",
      origin: byWebhook,
    });
    expect(accepted(withWebhook(), delivery({ webhookId: "one" })).origin).toEqual(byWebhook);
    expect(accepted(aLayer()).origin).toEqual({ webhook: "default", dataSource: null, secret: null });
  });

  test("a delivery is inspected by the settings of its own webhook", () => {
    const inspected: unknown[] = [];
    const inspect = (webhook: Webhook | "default") => {
      inspected.push(webhook === "default" ? webhook : webhook.ref);
      return unverified;
    };
    const layer = aLayer({}, { webhooks: [aWebhook("zero"), aWebhook("one"), aWebhook("two")] });
    take(layer, delivery({ webhookId: "one", inspect }));
    take(aLayer(), delivery({ inspect }));
    expect(inspected).toEqual(["ref-one", "default"]);
  });

  test("a delivery says which secret proved its sender, and that it used a former URL", () => {
    for (const secret of ["current", "previous"] as const) {
      const { origin } = accepted(withWebhook({ verification }), toOne({ kind: "verified", secret }));
      expect(origin).toEqual({ ...byWebhook, secret });
    }
    const formerIds = [{ id: "old", ref: "ref-one", until: START }];
    const { origin } = accepted(withWebhook({}, { formerIds }), toOne(unverified, { webhookId: "old" }));
    expect(origin).toEqual({ ...byWebhook, formerUrl: true });
  });

  test("a delivery that the sender cannot prove is refused with the reason, and leaves no mark", () => {
    const refusal = { kind: "refused", status: 503, code: "KEYS_UNAVAILABLE", cause: "c", keySet: "k" } as const;
    const formerIds = [{ id: "old", ref: "ref-one", until: START }];
    expect(kept(withWebhook({}, { formerIds }), toOne(refusal, { webhookId: "old" }))).toEqual({
      ...refusal,
      deliveryId: "delivery-1",
      origin: { ...byWebhook, formerUrl: true },
      mark: false,
    });
  });

  test("a delivery that needs no sync is ignored, and marks a former URL only if its sender was verified", () => {
    const ignored = { kind: "ignored", code: "FILTERED", cause: "c", sender: unverified } as const;
    const { sender: _sender, ...shown } = ignored;
    expect(kept(withWebhook(), toOne(ignored))).toEqual({
      ...shown,
      deliveryId: "delivery-1",
      origin: byWebhook,
      mark: false,
    });
    const formerIds = [{ id: "old", ref: "ref-one", until: START }];
    const former = withWebhook({}, { formerIds });
    expect(kept(former, toOne(ignored, { webhookId: "old" }))).toMatchObject({ mark: true });
    const unproven = { ...ignored, unproven: true } as const;
    expect(kept(former, toOne(unproven, { webhookId: "old" }))).toMatchObject({ mark: false });
    const test = { ...ignored, sender: { kind: "verified", secret: "previous" } } as const;
    expect(kept(withWebhook(), toOne(test))).toMatchObject({ origin: { secret: "previous" } });
  });

  test("a sender that sends the same delivery again gets the first answer, at a webhook of its own alone", () => {
    const once: Inspection = { kind: "verified", secret: "current", once: "event-7" };
    const layer = written(withWebhook(), toOne(once));
    expect(layer.slot.recent[0]).toMatchObject({ id: "ref-one.event-7", deliveryId: "delivery-1" });
    const repeat = takeDelivery(layer, toOne(once), { deliveryId: "delivery-2", newSyncId: "sync-2" }, attempt());
    expect(repeat).toMatchObject({
      kind: "keep",
      result: { kind: "accepted", deliveryId: "delivery-1", ownDeliveryId: "delivery-2", syncId: "sync-1" },
    });
    const byDefault = written(aLayer(), delivery({ inspect: () => once }));
    expect(byDefault.slot.recent[0]).toMatchObject({ id: "delivery-1" });
    expect(byDefault.slot.recent[0]).not.toHaveProperty("deliveryId");
    const plain = written(withWebhook(), toOne({ kind: "verified", secret: "current" }));
    expect(plain.slot.recent[0]).toMatchObject({ id: "delivery-1" });
  });
});

describe("what a delivery names", () => {
  test("a delivery's log names what the sender named: in a header before the query, and in the query before the alias", () => {
    const named = (header: string | null, query: string | null, alias: string | null) =>
      accepted(aLayer(), delivery({ selectors: { header, query, alias } })).origin.dataSource;
    expect(named(" posts ", "authors", "x")).toBe("posts");
    expect(named(" ", "authors", "x")).toBe("authors");
    expect(named(null, "", "x")).toBe("x");
    expect(named(null, "", " ")).toBeNull();
    const long = must(named("é".repeat(300), null, null));
    expect([jsonBytes(long), long]).toEqual([400, "é".repeat(199)]);
  });

  test("a body belongs to the sources that the delivery names, and is not stored without one", () => {
    const named = { selectors: { ...none, header: "posts" }, body: "the body" };
    const asks = (layer: Layer, received: Partial<Delivery>) => written(layer, delivery(received)).slot.pending;
    expect(asks(aLayer(), named)).toMatchObject({
      all: false,
      asks: { posts: { body: "the body", full: false } },
      likeness: likenessOf("the body"),
    });
    expect(asks(aLayer(), { body: "the body" })).toMatchObject({ all: true, asks: {} });
    expect(asks(aLayer(), { ...named, body: null })?.asks["posts"]).not.toHaveProperty("body");
    const build = asks(aLayer({ sources: [] }), named);
    expect(build?.asks["posts"]).toMatchObject({ full: false });
    expect(build?.asks["posts"]).not.toHaveProperty("body");
    expect(asks(aLayer(), { body: null })).not.toHaveProperty("likeness");
  });

  test("a body that is too long to store makes its sources sync in full, which the answer says", () => {
    const tooLong = { selectors: { ...none, header: "posts" }, body: TOO_LONG };
    const layer = written(aLayer(), delivery(tooLong));
    expect(layer.slot.pending?.asks["posts"]).toMatchObject({ full: true });
    expect(layer.slot.pending?.asks["posts"]).not.toHaveProperty("body");
    expect(accepted(aLayer(), delivery(tooLong)).warnings).toEqual(["BODY_NOT_KEPT"]);
    expect(accepted(aLayer(), delivery({ body: TOO_LONG })).warnings).toEqual([]);
    expect(accepted(aLayer({ sources: [] }), delivery(tooLong)).warnings).toEqual([]);
  });

  test("a strict webhook refuses what any other webhook warns of", () => {
    const unknown = { selectors: { ...none, header: "typo" } };
    const tooLong = { selectors: { ...none, header: "posts" }, body: TOO_LONG };
    const strict = withWebhook({ strict: true });
    expect(kept(strict, toOne(unverified, unknown))).toEqual({
      ...{ kind: "refused", status: 422, code: "UNKNOWN_DATA_SOURCE" },
      cause: "The delivery names a data source that this data layer does not have.",
      deliveryId: "delivery-1",
      origin: { ...byWebhook, dataSource: "typo" },
      mark: false,
    });
    expect(kept(strict, toOne(unverified, tooLong))).toMatchObject({
      ...{ kind: "refused", status: 413, code: "BODY_NOT_KEPT" },
      cause: expect.stringContaining(`${BODY_BYTES} bytes`),
    });
    expect(accepted(strict, toOne()).warnings).toEqual([]);
    for (const layer of [withWebhook(), withWebhook({ strict: false })]) {
      const answer = accepted(layer, toOne(unverified, unknown));
      expect([answer.scope, answer.warnings]).toEqual(["all", ["UNKNOWN_DATA_SOURCE"]]);
    }
    expect(accepted(aLayer(), delivery(unknown)).warnings).toEqual(["UNKNOWN_DATA_SOURCE"]);
  });

  test("a body that could not be read against the webhook's conditions counts, and the answer says so", () => {
    const unread = toOne({ kind: "unverified", bodyUnread: true }, { selectors: { ...none, header: "typo" } });
    expect(accepted(withWebhook(), unread).warnings).toEqual(["UNKNOWN_DATA_SOURCE", "BODY_NOT_READABLE"]);
    expect(accepted(withWebhook(), toOne({ kind: "verified", secret: "current" })).warnings).toEqual([]);
  });

  test("a body that would make the document too large is dropped, and its sources are synced in full", () => {
    const received = delivery({ selectors: { ...none, header: "posts,authors" }, body: '"quoted"' });
    const empty = { ...aLayer(), padding: "" };
    const room = DOCUMENT_BYTES - 8 * 1024 - utf8Bytes(JSON.stringify(empty)) - 2 * jsonBytes('"quoted"');
    const padded = (more: number): Layer => ({ ...empty, padding: "x".repeat(room + more) });
    expect(written(padded(0), received).slot.pending?.asks["posts"]).toMatchObject({ full: false, body: '"quoted"' });
    expect(accepted(padded(0), received).warnings).toEqual([]);
    const dropped = written(padded(1), received).slot.pending?.asks["posts"];
    expect(dropped).toMatchObject({ full: true });
    expect(dropped).not.toHaveProperty("body");
    expect(accepted(padded(1), received).warnings).toEqual(["BODY_NOT_KEPT"]);
    expect(accepted(padded(1), delivery()).warnings).toEqual([]);
  });
});

describe("an accepted delivery", () => {
  test("a delivery that fills an idle slot is queued, wakes a worker, and dates the layer's last publish", () => {
    const decision = take(aLayer());
    expect(decision).toMatchObject({ kind: "write", document: { lastDeliveryAt: START } });
    expect(decision).not.toHaveProperty("contention");
    expect(decision.result).toEqual({
      ...{ kind: "accepted", deliveryId: "delivery-1", ownDeliveryId: "delivery-1", dataLayerId: "layer-1" },
      ...{ outcome: "queued", syncId: "sync-1", revision: 2, scope: "all", warnings: [], wake: true, mark: false },
      origin: { webhook: "default", dataSource: null, secret: null },
    });
    expect(written(aLayer()).slot.pending).toMatchObject({
      ...{ build: true, deliveries: 1 },
      trigger: { type: "webhook", id: "delivery-1", at: START, webhook: "default" },
    });
  });

  test("a layer's last publish is never dated back", () => {
    expect(written(aLayer({}, { lastDeliveryAt: START + 1 })).lastDeliveryAt).toBe(START + 1);
    expect(written(aLayer({}, { lastDeliveryAt: START - 1 })).lastDeliveryAt).toBe(START);
    expect(written(aLayer({}, { lastDeliveryAt: null })).lastDeliveryAt).toBe(START);
  });

  test("a delivery to a braked webhook takes the flag away once the webhook has paused, and moves its time until then", () => {
    const mark = (ref: string) => ({ ref, siteId: "site-1", since: START, lastAt: START });
    const flagged = withWebhook({}, { braked: [mark("ref-one"), mark("default")] });
    expect(written(flagged, toOne(), START + MINUTE).braked).toEqual([
      mark("default"),
      { ...mark("ref-one"), lastAt: START + MINUTE },
    ]);
    expect(written(flagged, toOne(), START + DAY).braked).toEqual([mark("default")]);
    const layer = aLayer({}, { braked: [mark("default")] });
    expect(written(layer, delivery(), START + DAY)).not.toHaveProperty("braked");
  });

  test("a delivery that joins a pending sync is coalesced: from the read alone within a second, by a write after that", () => {
    const filled = written(aLayer());
    const second = { deliveryId: "delivery-2", newSyncId: "sync-2" };
    const at = (ms: number) => takeDelivery(filled, delivery({ receivedAt: ms }), second, attempt(ms, 5));
    expect(at(START + SECOND)).toMatchObject({
      kind: "keep",
      result: {
        outcome: "coalesced",
        syncId: "sync-1",
        deliveryId: "delivery-2",
        revision: 4,
        wake: false,
        mark: false,
      },
    });
    const later = at(START + SECOND + 1);
    expect(later).toMatchObject({
      kind: "write",
      result: { outcome: "coalesced", syncId: "sync-1", wake: false },
      contention: { since: SECOND + 1 },
    });
    expect(at(START + MINUTE)).toMatchObject({ result: { wake: true } });
  });

  test("the use of a former URL is recorded by the delivery's own write, or after the answer if nothing is written", () => {
    const formerIds = [{ id: "old", ref: "ref-one", until: START + MINUTE }];
    const former = toOne(unverified, { webhookId: "old" });
    const layer = written(withWebhook({}, { formerIds }), former);
    expect(layer.formerIds?.[0]).toMatchObject({ seenAt: START });
    expect(accepted(withWebhook({}, { formerIds }), former).mark).toBe(false);
    expect(kept({ ...layer, formerIds }, former)).toMatchObject({ kind: "accepted", mark: true });
    expect(kept(layer, former)).toMatchObject({ kind: "accepted", mark: false });
  });

  test("an answer says that titles are kept only where the layer keeps them", () => {
    expect(accepted(aLayer({}, { keepTitles: true }))).toMatchObject({ keepTitles: true });
    for (const layer of [aLayer(), aLayer({}, { keepTitles: false })]) {
      expect(accepted(layer)).not.toHaveProperty("keepTitles");
    }
    const filled = { ...written(aLayer()), keepTitles: true };
    expect(kept(filled, delivery({ receivedAt: START + 1 }))).toMatchObject({ keepTitles: true });
  });

  test("a body that the slot has no room for is not kept, and the answer says so", () => {
    const body = "x".repeat(73 * 1024);
    const received = delivery({ selectors: { ...none, header: "posts" }, body });
    expect(accepted(aLayer(), received).warnings).toEqual(["BODY_NOT_KEPT"]);
    const paused = aLayer({}, { slot: { ...emptySlot(), paused: true } });
    expect(accepted(paused).wake).toBe(false);
  });
});
