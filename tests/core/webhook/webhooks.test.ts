import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { defaultEnabled, keptDefault, type Layer } from "../../../src/core/layer/layer.ts";
import { DELETED_WEBHOOKS, FORMER_IDS, WEBHOOK_SETTINGS_BYTES } from "../../../src/core/limits.ts";
import { authenticate, equalSecrets, MARK_EVERY } from "../../../src/core/webhook/authenticate.ts";
import { deliveryScope } from "../../../src/core/webhook/deliveryScope.ts";
import { isRestorable, restoreWebhook, settingsBytes, webhookBefore } from "../../../src/core/webhook/restorable.ts";
import {
  addWebhook,
  deleteWebhook,
  formerUrl,
  renameWebhook,
  rotateWebhook,
} from "../../../src/core/webhook/webhooks.ts";
import { aChange, aLayer, aSource, aWebhook, must, START } from "../../support/builders.ts";

const actions = (layer: Layer) => layer.owed.map((owed) => (owed.kind === "audit" ? owed.entry.action : owed.kind));
const added = (id: string, layer = aLayer()) => addWebhook(layer, aWebhook(id), aChange());
const removed = (id: string, layer: Layer, now = START) =>
  deleteWebhook(layer, `ref-${id}`, aChange({ now }), DELETED_WEBHOOKS);

describe("the default webhook", () => {
  test("the default webhook is accepted while the layer has no webhooks of its own", () => {
    expect(authenticate(aLayer(), null, START)).toEqual({ kind: "accepted", webhook: "default" });
  });

  test("the default webhook is disabled by the first webhook and enabled by the loss of the last, in the same writes", () => {
    const one = added("one");
    expect(actions(one)).toEqual(["webhook.created", "default_webhook.disabled"]);
    expect(authenticate(one, null, START)).toMatchObject({ kind: "refused", status: 401, code: "DEFAULT_WEBHOOK_OFF" });
    const two = added("two", { ...one, owed: [] });
    expect(actions(two)).toEqual(["webhook.created"]);
    const left = removed("one", { ...two, owed: [] });
    expect(actions(left)).toEqual(["webhook.deleted"]);
    expect(defaultEnabled(left)).toBe(false);
    const none = removed("two", { ...left, owed: [] });
    expect(actions(none)).toEqual(["webhook.deleted", "default_webhook.enabled"]);
    expect(authenticate(none, null, START).kind).toBe("accepted");
  });

  test("the default webhook is enabled and disabled for the audit log with the webhook that caused it", () => {
    const layer = removed("one", added("one"));
    const details = layer.owed.flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []));
    expect(details.filter(({ action }) => action.startsWith("default")).map(({ detail }) => detail)).toEqual([
      { webhook: "ref-one" },
      { webhook: "ref-one" },
    ]);
  });

  test("the default webhook stays disabled for good where the layer forbids it", () => {
    const layer = aLayer({ defaultWebhook: "off" });
    expect(authenticate(layer, null, START).kind).toBe("refused");
    const none = removed("one", added("one", layer));
    expect(defaultEnabled(none)).toBe(false);
    expect(actions(none)).toEqual(["webhook.created", "webhook.deleted"]);
  });

  test("the default webhook leaves at most one mark in ten minutes while it is disabled", () => {
    const layer = added("one");
    const first = authenticate(layer, null, START);
    const marked = must(first.kind === "refused" ? first.withMark : null);
    expect(MARK_EVERY).toBe(10 * MINUTE);
    expect(authenticate(marked, null, START + MARK_EVERY - 1)).toMatchObject({ withMark: null });
    expect(authenticate(marked, null, START - MINUTE)).toMatchObject({ withMark: null });
    expect(authenticate(marked, null, START + MARK_EVERY)).toMatchObject({
      withMark: { defaultSeenAt: START + MARK_EVERY },
    });
  });
});

describe("the default webhook, kept for a while beside the first webhook", () => {
  const keep = { until: START + MINUTE, shown: "a minute later" };
  const kept = () => addWebhook(aLayer(), aWebhook("one"), aChange(), keep);

  test("a kept default webhook is accepted until its time and not after, and its use is noted once in ten minutes", () => {
    const layer = kept();
    expect(defaultEnabled(layer)).toBe(false);
    const first = authenticate(layer, null, START + MINUTE);
    expect(first).toMatchObject({ kind: "accepted", webhook: "default" });
    const marked = must(first.kind === "accepted" ? first.withMark : null);
    expect(keptDefault(marked, START)).toEqual({ until: START + MINUTE, seenAt: START + MINUTE });
    expect(authenticate(marked, null, START + MINUTE)).not.toHaveProperty("withMark");
    expect(authenticate(layer, null, START + MINUTE + 1)).toMatchObject({ code: "DEFAULT_WEBHOOK_OFF" });
  });

  test("a kept default webhook is disabled for the audit log with the write that adds the webhook, which says until when", () => {
    const entry = kept().owed.flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []))[1];
    const detail = { webhook: "ref-one", keptUntil: "a minute later" };
    expect(entry).toMatchObject({ action: "default_webhook.disabled", detail });
  });

  test("a default webhook is not kept by a second webhook, nor where it is forbidden for good", () => {
    expect(addWebhook(added("one"), aWebhook("two"), aChange(), keep)).not.toHaveProperty("defaultKept");
    expect(addWebhook(kept(), aWebhook("two"), aChange()).defaultKept).toEqual({ until: START + MINUTE });
    const forbidden: Layer = { ...kept(), defaultWebhook: "off" };
    expect(authenticate(forbidden, null, START).kind).toBe("refused");
  });

  test("a default webhook is enabled again with the loss of the last webhook, and its grace period is dropped", () => {
    const none = removed("one", kept());
    expect(none).not.toHaveProperty("defaultKept");
    expect(authenticate(none, null, START + DAY).kind).toBe("accepted");
    expect(authenticate(added("two", none), null, START).kind).toBe("refused");
  });
});

describe("a webhook", () => {
  test("a webhook is accepted under its id and named by its public name", () => {
    const webhook = { ref: "ref-one", name: "Webhook one" };
    expect(authenticate(added("one"), "one", START)).toEqual({ kind: "accepted", webhook });
  });

  test("an unknown webhook is refused and causes no write", () => {
    for (const id of ["", "on", "one ", "onee", "constructor"]) {
      expect(authenticate(added("one"), id, START)).toEqual({
        kind: "refused",
        status: 401,
        code: "WEBHOOK_UNKNOWN",
        withMark: null,
      });
    }
  });

  test("a deleted webhook is refused for a day, gone until the ninetieth, then unknown", () => {
    const layer = removed("one", added("one"));
    const at = (ms: number) => authenticate(layer, "one", START + ms);
    expect(at(0)).toMatchObject({ status: 401, code: "WEBHOOK_DELETED" });
    expect(at(DAY)).toMatchObject({ status: 401 });
    expect(at(DAY + 1)).toMatchObject({ status: 410, code: "WEBHOOK_DELETED" });
    expect(at(90 * DAY)).toMatchObject({ status: 410 });
    expect(at(90 * DAY + 1)).toMatchObject({ status: 401, code: "WEBHOOK_UNKNOWN", withMark: null });
  });

  test("a deleted webhook's mark says since when it is called, when it was called last, and who called last", () => {
    const callAt = (layer: Layer, now: number, caller: string | null) => {
      const call = authenticate(layer, "one", now, caller);
      return must(call.kind === "refused" ? call.withMark : null);
    };
    const first = callAt(removed("one", added("one")), START + 5, "The CMS");
    expect(first.deletedWebhooks).toMatchObject([{ seenSince: START + 5, seenAt: START + 5, seenBy: "The CMS" }]);
    const later = callAt(first, START + DAY, "x".repeat(100)).deletedWebhooks[0];
    expect(later).toMatchObject({ seenSince: START + 5, seenAt: START + DAY, seenBy: "x".repeat(62) });
    expect(callAt(first, START + DAY, null).deletedWebhooks[0]).not.toHaveProperty("seenBy");
  });

  test("a deleted webhook leaves at most one mark in ten minutes, and each its own", () => {
    const layer = removed("two", removed("one", added("two", added("one"))));
    const first = authenticate(layer, "one", START);
    const marked = must(first.kind === "refused" ? first.withMark : null);
    expect(authenticate(marked, "one", START + MARK_EVERY - 1)).toMatchObject({ withMark: null });
    expect(authenticate(marked, "two", START)).not.toMatchObject({ withMark: null });
    expect(marked.slot).toBe(layer.slot);
    expect(authenticate(marked, "one", START + MARK_EVERY)).not.toMatchObject({ withMark: null });
  });

  test("a webhook is deleted alone, with its own settings, and an unknown one not at all", () => {
    const layer = added("two", added("one"));
    const left = removed("two", layer);
    expect(left.webhooks.map(({ id }) => id)).toEqual(["one"]);
    expect(left.deletedWebhooks).toMatchObject([{ id: "two", ref: "ref-two", name: "Webhook two" }]);
    expect(removed("nobody", layer)).toBe(layer);
  });

  test("a webhook added again under an id that was deleted works again", () => {
    const layer = added("one", removed("one", added("one")));
    expect(authenticate(layer, "one", START).kind).toBe("accepted");
    expect(layer.deletedWebhooks).toEqual([]);
  });

  test("a deleted webhook is remembered among the last fifty", () => {
    let layer = aLayer();
    for (let i = 0; i <= DELETED_WEBHOOKS; i += 1) layer = removed(`w${i}`, added(`w${i}`, layer));
    expect(layer.deletedWebhooks).toHaveLength(DELETED_WEBHOOKS);
    expect(authenticate(layer, "w0", START)).toMatchObject({ code: "WEBHOOK_UNKNOWN" });
    expect(authenticate(layer, "w1", START)).toMatchObject({ code: "WEBHOOK_DELETED" });
  });

  test("a webhook is restored as it was within a day, and its senders are accepted again", () => {
    const verification = { scheme: "github", secrets: ["sealed"], secretSetAt: START };
    const whole = aWebhook("one", { verification, strict: true, only: [{ header: "x-topic", in: ["publish"] }] });
    const gone = { ...removed("one", addWebhook(aLayer(), whole, aChange())), owed: [] };
    const [deleted] = gone.deletedWebhooks;
    expect(isRestorable(must(deleted), START + DAY)).toBe(true);
    expect(isRestorable(must(deleted), START + DAY + 1)).toBe(false);
    const back = restoreWebhook(gone, must(webhookBefore(must(deleted))), aChange({ now: START + DAY }));
    expect(back.webhooks).toEqual([whole]);
    expect(back.deletedWebhooks).toEqual([]);
    expect(actions(back)).toEqual(["webhook.restored", "default_webhook.disabled"]);
    expect(authenticate(back, "one", START + DAY).kind).toBe("accepted");
    expect(authenticate(back, null, START + DAY).kind).toBe("refused");
  });

  test("a deleted webhook can be restored among the last ten, as far as there is room for the settings of all", () => {
    const heavy = (id: string) => {
      const verification = { scheme: "hmac", secrets: ["x".repeat(2900)], secretSetAt: START };
      return aWebhook(id, { verification });
    };
    const ids = (layer: Layer) =>
      layer.deletedWebhooks.filter(({ restorable }) => restorable !== undefined).map(({ id }) => id);
    let light = aLayer();
    for (let i = 0; i < 12; i += 1) light = removed(`w${i}`, added(`w${i}`, light));
    expect(ids(light)).toEqual(Array.from({ length: 10 }, (_, i) => `w${i + 2}`));
    let layer = aLayer();
    for (const id of ["a", "b", "c"]) layer = removed(id, addWebhook(layer, heavy(id), aChange()));
    expect(ids(layer)).toEqual(["a", "b", "c"]);
    layer = addWebhook(layer, heavy("d"), aChange());
    expect(ids(layer)).toEqual(["a", "b", "c"]);
    layer = addWebhook(layer, heavy("e"), aChange());
    expect(ids(layer)).toEqual(["b", "c"]);
    expect(ids(addWebhook(layer, aWebhook("f"), aChange({ now: START + DAY + 1 })))).toEqual([]);
  });

  test("a deleted webhook can be restored if its settings just fit, and not if they take one byte more", () => {
    const sized = (bytes: number) => {
      const verification = (secret: string) => ({ scheme: "hmac", secrets: [secret], secretSetAt: START });
      const rest = bytes - settingsBytes({ verification: verification("") });
      return aWebhook("one", { verification: verification("x".repeat(rest)) });
    };
    const deleted = (bytes: number) => removed("one", addWebhook(aLayer(), sized(bytes), aChange())).deletedWebhooks[0];
    expect(deleted(WEBHOOK_SETTINGS_BYTES)).toHaveProperty("restorable");
    expect(deleted(WEBHOOK_SETTINGS_BYTES + 1)).not.toHaveProperty("restorable");
  });

  test("a webhook with a new URL accepts the former one until its time and not after, and notes its use", () => {
    const layer = must(rotateWebhook({ ...added("one"), owed: [] }, "ref-one", "two", 60, aChange()));
    expect(actions(layer)).toEqual(["webhook.rotated"]);
    const webhook = { ref: "ref-one", name: "Webhook one" };
    expect(authenticate(layer, "two", START)).toEqual({ kind: "accepted", webhook });
    const by = (id: string, now: number, of = layer) => authenticate(of, id, now);
    const first = by("one", START + MINUTE);
    expect(first).toMatchObject({ kind: "accepted", webhook, former: true });
    const marked = must(first.kind === "accepted" ? first.withMark : null);
    expect(formerUrl(layer, "ref-one", START)).toEqual({ until: START + MINUTE, lastDeliveryAt: null });
    expect(formerUrl(marked, "ref-one", START)).toEqual({ until: START + MINUTE, lastDeliveryAt: START + MINUTE });
    expect(by("one", START + MINUTE, marked)).not.toHaveProperty("withMark");
    expect(by("one", START + MINUTE + 1)).toEqual({
      kind: "refused",
      status: 401,
      code: "WEBHOOK_ROTATED",
      withMark: null,
    });
    expect(formerUrl(marked, "ref-one", START + MINUTE + 1)).toBeNull();
  });

  test("a former URL is that of its own webhook alone, and its use is noted at that URL alone", () => {
    const rotated = (ref: string, id: string, layer: Layer) => must(rotateWebhook(layer, ref, id, 600, aChange()));
    const layer = rotated("ref-two", "new-two", rotated("ref-one", "new-one", added("two", added("one"))));
    const call = authenticate(layer, "two", START);
    expect(call).toMatchObject({ kind: "accepted", webhook: { ref: "ref-two" }, former: true });
    const marked = must(call.kind === "accepted" ? call.withMark : null);
    expect(marked.formerIds?.map(({ id, seenAt }) => [id, seenAt])).toEqual([
      ["one", undefined],
      ["two", START],
    ]);
    expect(authenticate(layer, "nobody", START)).toMatchObject({ code: "WEBHOOK_UNKNOWN" });
    const gone = removed("two", removed("one", layer));
    const late = authenticate(gone, "two", START);
    const seen = must(late.kind === "refused" ? late.withMark : null).deletedWebhooks;
    expect(seen.map(({ ref, seenAt }) => [ref, seenAt])).toEqual([
      ["ref-one", undefined],
      ["ref-two", START],
    ]);
  });

  test("a webhook given a new URL twice keeps both former ones, unless it is to keep none", () => {
    const once = must(rotateWebhook(added("one"), "ref-one", "two", 60, aChange()));
    const twice = must(rotateWebhook(once, "ref-one", "three", 600, aChange()));
    for (const id of ["one", "two", "three"]) expect(authenticate(twice, id, START).kind, id).toBe("accepted");
    expect(formerUrl(twice, "ref-one", START)?.until).toBe(START + 10 * MINUTE);
    const leaked = must(rotateWebhook(twice, "ref-one", "four", 0, aChange()));
    const open = ["one", "two", "three", "four"].filter((id) => authenticate(leaked, id, START).kind === "accepted");
    expect(open).toEqual(["four"]);
    expect(rotateWebhook(leaked, "ref-none", "five", 60, aChange())).toBe(leaked);
  });

  test("a webhook is given no eleventh URL beside ten that are still accepted; one whose time is over makes room", () => {
    let layer: Layer = added("one");
    for (let i = 0; i < FORMER_IDS; i += 1) layer = must(rotateWebhook(layer, "ref-one", `id-${i}`, 60, aChange()));
    expect(rotateWebhook(layer, "ref-one", "more", 60, aChange())).toBeNull();
    expect(rotateWebhook(layer, "ref-one", "more", 0, aChange())?.formerIds).toEqual([]);
    const later = must(rotateWebhook(layer, "ref-one", "more", 60, aChange({ now: START + MINUTE + 1 })));
    expect(later.formerIds?.map(({ id }) => id)).toEqual(["id-9"]);
  });

  test("a deleted webhook accepts nobody at its former URL either, until it is restored", () => {
    const rotated = must(rotateWebhook(added("one"), "ref-one", "two", 600, aChange()));
    const gone = deleteWebhook(rotated, "ref-one", aChange(), DELETED_WEBHOOKS);
    expect(authenticate(gone, "one", START)).toMatchObject({ status: 401, code: "WEBHOOK_DELETED" });
    expect(authenticate(gone, "one", START + DAY + 1)).toMatchObject({ status: 410 });
    const back = restoreWebhook(gone, must(webhookBefore(must(gone.deletedWebhooks[0]))), aChange());
    expect(authenticate(back, "one", START).kind).toBe("accepted");
    // Another one under its public name is not let in for it.
    const other = addWebhook({ ...gone, deletedWebhooks: [] }, aWebhook("new", { ref: "ref-one" }), aChange());
    expect(authenticate(other, "one", START)).toMatchObject({ code: "WEBHOOK_UNKNOWN" });
  });

  test("a webhook is renamed once for the audit log, and not at all to its own name", () => {
    const layer = { ...added("one"), owed: [] };
    const renamed = renameWebhook(layer, "ref-one", "New", aChange());
    expect(actions(renamed)).toEqual(["webhook.updated"]);
    expect(renamed.webhooks[0]?.name).toBe("New");
    const second = renameWebhook(added("two", layer), "ref-two", "New", aChange());
    expect(second.webhooks).toEqual([...layer.webhooks, { ...aWebhook("two"), name: "New" }]);
    expect(renameWebhook(renamed, "ref-one", "New", aChange())).toBe(renamed);
    expect(renameWebhook(renamed, "ref-none", "New", aChange())).toBe(renamed);
  });

  test("a webhook never appears in the audit log by its secret", () => {
    const layer = removed("s3cret", renameWebhook(added("s3cret"), "ref-s3cret", "New", aChange()));
    expect(JSON.stringify(layer.owed).replaceAll("ref-s3cret", "").replaceAll("Webhook s3cret", "")).not.toContain(
      "s3cret",
    );
  });
});

test("webhook secrets are equal exactly if they are the same text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(equalSecrets(a, b)).toBe(a === b);
      expect(equalSecrets(a, a)).toBe(true);
      expect(equalSecrets(a, `${a}${a}`)).toBe(a === "");
    }),
  );
});

describe("the sources a delivery asks for", () => {
  const layer = aLayer({ sources: [aSource("posts"), aSource("authors"), aSource("gatsby-source-odd")] });
  const scope = (selectors: Partial<Parameters<typeof deliveryScope>[1]>, of = layer) =>
    deliveryScope(of, { header: null, query: null, alias: null, ...selectors });

  test("a delivery's sources are all, if it names none", () => {
    expect(scope({})).toEqual({ all: true, slugs: [], warnings: [] });
    expect(scope({ header: " , ,", query: "", alias: "," })).toEqual({ all: true, slugs: [], warnings: [] });
  });

  test("a delivery's sources are those of the header, else of the query, else of the alias", () => {
    expect(scope({ header: "posts", query: "authors", alias: "authors" }).slugs).toEqual(["posts"]);
    expect(scope({ query: "authors", alias: "posts" }).slugs).toEqual(["authors"]);
    expect(scope({ alias: "posts" }).slugs).toEqual(["posts"]);
    expect(scope({ header: " ", query: "authors" }).slugs).toEqual(["authors"]);
  });

  test("a delivery's sources may be several, named once each in order", () => {
    expect(scope({ header: "posts, authors,posts" })).toEqual({
      all: false,
      slugs: ["authors", "posts"],
      warnings: [],
    });
  });

  test("a delivery's sources are found under the alias with and without its prefix", () => {
    expect(scope({ alias: "gatsby-source-posts" })).toEqual({ all: false, slugs: ["posts"], warnings: [] });
    expect(scope({ alias: "gatsby-source-odd" }).slugs).toEqual(["gatsby-source-odd"]);
    expect(scope({ header: "gatsby-source-posts" }).all).toBe(true);
  });

  test("a delivery's sources are widened to all by an unknown one, with a warning; the known ones keep their part", () => {
    expect(scope({ header: "posts,psots" })).toEqual({
      all: true,
      slugs: ["posts"],
      warnings: ["UNKNOWN_DATA_SOURCE"],
    });
    expect(scope({ query: "nothing" })).toEqual({ all: true, slugs: [], warnings: ["UNKNOWN_DATA_SOURCE"] });
  });

  test("a delivery's sources are kept as labels by a build layer, if they look like one", () => {
    const builds = aLayer({ sources: [] });
    expect(scope({ header: "anything" }, builds)).toEqual({ all: false, slugs: ["anything"], warnings: [] });
    expect(scope({ header: "__proto__" }, builds)).toEqual({ all: true, slugs: [], warnings: [] });
  });

  test("a delivery's sources never grow with what a sender writes, and only ever are sources of the layer", () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom("__proto__", "constructor", "posts", "gatsby-source-", "POSTS", "po\u0000sts", ",".repeat(500)),
      fc.array(fc.constantFrom("posts", "authors", "x", ""), { maxLength: 100 }).map((slugs) => slugs.join(",")),
    );
    fc.assert(
      fc.property(fc.option(hostile), fc.option(hostile), fc.option(hostile), (header, query, alias) => {
        const asked = scope({ header, query, alias });
        expect(asked.slugs.filter((slug) => !["posts", "authors", "gatsby-source-odd"].includes(slug))).toEqual([]);
        expect(asked.all || asked.slugs.length > 0).toBe(true);
        const labels = scope({ header, query, alias }, aLayer({ sources: [] }));
        expect(labels.slugs.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 500 },
    );
  });
});
