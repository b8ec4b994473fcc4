import { describe, expect, test } from "vitest";
import { DAY, HOUR, SECOND } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { DELETED_WEBHOOKS } from "../../../src/core/limits.ts";
import { isRestorable, restoreWebhook, webhookBefore } from "../../../src/core/webhook/restorable.ts";
import { addWebhook, deleteWebhook, formerUrl, rotateWebhook } from "../../../src/core/webhook/webhooks.ts";
import { aChange, aLayer, aWebhook, must, START } from "../../support/builders.ts";

const entries = (layer: Layer) => layer.owed.flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []));
const one = aWebhook("one");
const two = aWebhook("two");
const standing = aLayer({}, { webhooks: [one, two] });
const rotate = (layer: Layer, id: string, seconds: number, now = START) =>
  must(rotateWebhook(layer, one.ref, id, seconds, aChange({ now })));

describe("a webhook with a new URL", () => {
  test("a new URL is on record with how long the former one is kept, and leaves other webhooks alone", () => {
    const rotated = rotate(standing, "new", 60);
    expect(rotated.webhooks).toEqual([{ ...one, id: "new" }, two]);
    expect(rotated.formerIds).toEqual([{ id: "one", ref: one.ref, until: START + 60 * SECOND }]);
    expect(entries(rotated).at(-1)).toMatchObject({
      action: "webhook.rotated",
      target: { type: "webhook", id: one.ref, name: one.name },
      detail: { keepOldForSeconds: 60 },
    });
  });

  test("a new URL under the webhook's own id, or for an unknown webhook, changes nothing", () => {
    expect(rotate(standing, "one", 60)).toBe(standing);
    expect(rotateWebhook(standing, "ref-nobody", "new", 60, aChange())).toBe(standing);
  });

  test("a new URL without a grace period drops the webhook's own former ones and no other webhook's", () => {
    const both = must(rotateWebhook(rotate(standing, "new", 60), two.ref, "newer", 60, aChange({ now: START })));
    expect(rotate(both, "newest", 0).formerIds?.map(({ id }) => id)).toEqual(["two"]);
    expect(rotate(both, "newest", 0, START + 60 * SECOND).formerIds?.map(({ id }) => id)).toEqual(["two"]);
    expect(rotate(both, "newest", 0, START + 60 * SECOND + 1).formerIds).toEqual([]);
  });

  test("a webhook with several former URLs shows the last end and the last use, to the very end", () => {
    expect(formerUrl(standing, one.ref, START)).toBeNull();
    const twice = rotate(rotate(standing, "new", 60), "newer", 120);
    expect(formerUrl(twice, one.ref, START)).toEqual({ until: START + 120 * SECOND, lastDeliveryAt: null });
    expect(formerUrl(twice, two.ref, START)).toBeNull();
    const [first, second] = must(twice.formerIds);
    const used = {
      ...twice,
      formerIds: [
        { ...must(first), seenAt: START + 5 },
        { ...must(second), seenAt: START + 2 },
      ],
    };
    expect(formerUrl(used, one.ref, START)?.lastDeliveryAt).toBe(START + 5);
    expect(formerUrl(used, one.ref, START + 120 * SECOND)?.lastDeliveryAt).toBe(START + 2);
    expect(formerUrl(used, one.ref, START + 120 * SECOND + 1)).toBeNull();
  });
});

describe("a deleted webhook", () => {
  const gone = deleteWebhook(deleteWebhook(standing, one.ref, aChange(), DELETED_WEBHOOKS), two.ref, aChange(), 50);

  test("a deleted webhook is restored as it was, and the default is disabled again with the same write", () => {
    const [first] = gone.deletedWebhooks;
    const webhook = must(webhookBefore(must(first)));
    expect(webhook).toEqual(one);
    const back = restoreWebhook(gone, webhook, aChange());
    expect([back.webhooks, back.deletedWebhooks.map(({ ref }) => ref)]).toEqual([[one], [two.ref]]);
    expect(entries(back).slice(-2)).toMatchObject([
      { action: "webhook.restored", target: { type: "webhook", id: one.ref, name: one.name }, detail: {} },
      { action: "default_webhook.disabled", target: { type: "data_layer" }, detail: { webhook: one.ref } },
    ]);
  });

  test("a webhook restored beside others switches nothing", () => {
    const left = deleteWebhook(standing, one.ref, aChange(), DELETED_WEBHOOKS);
    const back = restoreWebhook(left, one, aChange());
    expect(entries(back).filter(({ action }) => action.startsWith("default"))).toEqual([]);
    expect(entries(back).at(-1)?.action).toBe("webhook.restored");
  });

  test("a deleted webhook cannot be restored after a day, nor where its settings are not kept", () => {
    const [kept] = gone.deletedWebhooks;
    const { restorable: _restorable, ...bare } = must(kept);
    expect([isRestorable(must(kept), START + DAY), isRestorable(must(kept), START + DAY + HOUR)]).toEqual([
      true,
      false,
    ]);
    expect([isRestorable(bare, START), webhookBefore(bare)]).toEqual([false, null]);
  });

  test("a webhook deleted beside others leaves the default as it is", () => {
    const keptDefault = { ...standing, defaultKept: { until: START + DAY } };
    const left = deleteWebhook(keptDefault, one.ref, aChange(), DELETED_WEBHOOKS);
    expect(left.defaultKept).toEqual({ until: START + DAY });
    expect(deleteWebhook(left, two.ref, aChange(), DELETED_WEBHOOKS).defaultKept).toBeUndefined();
  });
});

test("a webhook added under a former id, or the name of one, takes it over; other former ids stay", () => {
  const formerIds = [
    { id: "a", ref: "ref-a", until: START + DAY },
    { id: "b", ref: "ref-b", until: START + DAY },
    { id: "c", ref: "ref-c", until: START + DAY },
  ];
  const layer = { ...standing, formerIds };
  expect(addWebhook(layer, aWebhook("a", { ref: "ref-new" }), aChange()).formerIds).toEqual(formerIds.slice(1));
  expect(addWebhook(layer, aWebhook("new", { ref: "ref-b" }), aChange()).formerIds?.map(({ id }) => id)).toEqual([
    "a",
    "c",
  ]);
  expect("formerIds" in addWebhook(standing, aWebhook("new"), aChange())).toBe(false);
});
