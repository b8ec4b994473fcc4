import { describe, expect, test } from "vitest";
import { HOUR } from "../../../src/core/durations.ts";
import { configure, createLayer, tombstone } from "../../../src/core/layer/configureLayer.ts";
import { oweAct } from "../../../src/core/layer/layer.ts";
import { rotateNotificationSecret, rotateSecret, SECRET_OVERLAP } from "../../../src/core/layer/rotateSecret.ts";
import { oweAudit } from "../../../src/core/owed.ts";
import { configureSite, createSite, type Site, siteTombstone } from "../../../src/core/site/site.ts";
import { addWebhook, deleteWebhook, renameWebhook } from "../../../src/core/webhook/webhooks.ts";
import { aChange, ada, aLayer, aSite, aSource, aWebhook, START, someSettings } from "../../support/builders.ts";

const LATER = START + HOUR;
const by = aChange({ now: LATER, rev: 9, requestId: "r" });

/** An entry as it is owed: under an id made for it, by whom, when, about what. */
const owedEntry = (which: 1 | 2, fields: object) => ({
  kind: "audit",
  id: `r-audit-${which}`,
  entry: { id: `r-audit-${which}`, at: LATER, actor: ada, dataLayerId: "layer-1", ...fields },
});
const layerTarget = { type: "data_layer", id: "layer-1", name: "The blog" };
const webhookTarget = { type: "webhook", id: "ref-one", name: "Webhook one" };
const siteTarget = { type: "site", id: "site-1", name: "The site" };
const kept = oweAudit({
  id: "kept",
  at: START,
  actor: ada,
  action: "site.created",
  target: { type: "site", id: "other", name: "Other" },
  dataLayerId: null,
  detail: {},
});

describe("the audit log says who did what to which layer, in the write that did it:", () => {
  const withHook = { ...addWebhook(aLayer(), aWebhook("one"), by), owed: [kept] };

  test("the audit entry of a new layer is part of the write that creates it", () => {
    expect(createLayer("layer-1", false, someSettings(), by, false, null).owed).toEqual([
      owedEntry(1, { action: "data_layer.created", target: layerTarget, detail: {} }),
    ]);
  });

  test("the audit entry of changed settings names them, and the default webhook that they enable or disable", () => {
    const settings = someSettings({ name: "News", defaultWebhook: "off" });
    const changed = configure({ ...aLayer(), owed: [kept] }, settings, ["name", "defaultWebhook"], by, true);
    const target = { ...layerTarget, name: "News" };
    expect(changed.owed).toEqual([
      kept,
      owedEntry(1, { action: "data_layer.updated", target, detail: { fields: ["name", "defaultWebhook"] } }),
      owedEntry(2, { action: "default_webhook.disabled", target, detail: {} }),
    ]);
  });

  test("the audit entry of a first webhook says that it disabled the default one", () => {
    expect(addWebhook({ ...aLayer(), owed: [kept] }, aWebhook("one"), by).owed).toEqual([
      kept,
      owedEntry(1, { action: "webhook.created", target: webhookTarget, detail: {} }),
      owedEntry(2, { action: "default_webhook.disabled", target: layerTarget, detail: { webhook: "ref-one" } }),
    ]);
  });

  test("the audit entry of a renamed webhook says the former name and the new one", () => {
    expect(renameWebhook(withHook, "ref-one", "New", by).owed).toEqual([
      kept,
      owedEntry(1, {
        action: "webhook.updated",
        target: { ...webhookTarget, name: "New" },
        detail: { before: { name: "Webhook one" }, after: { name: "New" } },
      }),
    ]);
  });

  test("the audit entry of the last webhook's deletion says that it enabled the default one", () => {
    expect(deleteWebhook(withHook, "ref-one", by, 50).owed).toEqual([
      kept,
      owedEntry(1, { action: "webhook.deleted", target: webhookTarget, detail: {} }),
      owedEntry(2, { action: "default_webhook.enabled", target: layerTarget, detail: { webhook: "ref-one" } }),
    ]);
  });

  test("the audit entry of a source's new secret is part of the write that rotates it", () => {
    expect(rotateSecret({ ...aLayer(), owed: [kept] }, "posts", "new", by)?.owed).toEqual([
      kept,
      owedEntry(1, {
        action: "data_source.secret_rotated",
        target: { type: "data_source", id: "posts", name: "The posts source" },
        detail: {},
      }),
    ]);
  });

  test("the audit entry of a notification's new secret says that the former one stays valid for a day", () => {
    const chat = {
      ...{ id: "n1", name: "Chat", url: "sealed", urlHint: "example.com/…abcd", events: [], secret: "old" },
    };
    const layer = { ...aLayer(), notifications: [{ ...chat, id: "n0" }, chat], owed: [kept] };
    const rotated = rotateNotificationSecret(layer, "n1", "new", by);
    const target = { type: "notification", id: "n1", name: "Chat" };
    expect(rotated).toMatchObject({ updatedAt: LATER, settingsRev: 9 });
    expect(rotated?.owed).toEqual([kept, owedEntry(1, { action: "notification.secret_rotated", target, detail: {} })]);
    expect(rotated?.notifications).toEqual([
      { ...chat, id: "n0" },
      { ...chat, secret: "new", previousSecret: { secret: "old", until: LATER + SECRET_OVERLAP } },
    ]);
    expect(rotateNotificationSecret(layer, "n1", "old", by)).toBe(layer);
    expect(rotateNotificationSecret(layer, "n2", "new", by)).toBeNull();
  });

  test("the audit entry of a command to a sync is part of the write that carries it out", () => {
    const target = { type: "sync", id: "sync-1", name: "sync-1" };
    const acted = oweAct({ ...aLayer(), owed: [kept] }, by, { action: "sync.cancelled", target, detail: { a: 1 } });
    expect(acted.owed).toEqual([kept, owedEntry(1, { action: "sync.cancelled", target, detail: { a: 1 } })]);
  });

  test("the audit entry of a deletion is part of the write that deletes the layer", () => {
    const gone = tombstone({ ...aLayer(), owed: [kept] }, by);
    expect(gone.owed).toEqual([kept, owedEntry(1, { action: "data_layer.deleted", target: layerTarget, detail: {} })]);
  });
});

test("an audit entry names the API request that asked for the change, if one did", () => {
  const target = { type: "sync", id: "sync-1", name: "sync-1" };
  const entryOf = (change: typeof by) => {
    const owed = oweAct(aLayer(), change, { action: "sync.cancelled", target, detail: {} }).owed.at(-1);
    return owed?.kind === "audit" ? owed.entry : {};
  };
  expect(entryOf({ ...by, ids: { ...by.ids, asked: "request-7" } })).toMatchObject({ requestId: "request-7" });
  expect("requestId" in entryOf(by)).toBe(false);
});

const hook = { name: "The site", buildHook: "sealed", buildHookHint: "api.netlify.com …k123" };

describe("the audit log says who did what to which site, which belongs to no one layer:", () => {
  const entry = (fields: object) => owedEntry(1, { dataLayerId: null, ...fields });
  const site: Site = { ...aSite(), owed: [kept] };

  test("the audit entry of a new site is part of the write that creates it", () => {
    expect(createSite("site-1", hook, by).owed).toEqual([
      entry({ action: "site.created", target: siteTarget, detail: {} }),
    ]);
  });

  test("the audit entry of a changed site names the settings", () => {
    const changed = configureSite(site, { ...hook, name: "New" }, ["name"], by);
    const target = { ...siteTarget, name: "New" };
    expect(changed.owed).toEqual([kept, entry({ action: "site.updated", target, detail: { fields: ["name"] } })]);
  });

  test("a deleted site leaves its audit entries and no records of its builds", () => {
    const record = { kind: "sync" as const, id: "s", record: { ...aRecord(), id: "s" } };
    expect(siteTombstone({ ...site, owed: [record, kept] }, by)).toEqual({
      v: site.v,
      rev: site.rev,
      by: site.by,
      at: site.at,
      kind: "site-tombstone",
      id: "site-1",
      createdAt: site.createdAt,
      deletedAt: LATER,
      owed: [kept, entry({ action: "site.deleted", target: siteTarget, detail: {} })],
    });
  });
});

const aRecord = () => ({
  id: "sync-1",
  scope: "all" as const,
  trigger: { type: "build" as const, id: "r", at: START },
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START,
  finishedAt: START,
  claimRev: 1,
  parts: {},
  sites: [],
});

describe("a new secret of a source", () => {
  test("a source's new secret leaves the former one valid for a day, and changes the layer's ETag", () => {
    expect(rotateSecret(aLayer(), "posts", "new", by)).toMatchObject({
      updatedAt: LATER,
      settingsRev: 9,
      sources: [
        aSource("posts", { secret: "new", previousSecret: { secret: "sealed-posts", until: LATER + SECRET_OVERLAP } }),
        aSource("authors"),
      ],
    });
    expect(SECRET_OVERLAP).toBe(24 * HOUR);
  });

  test("a source's new secret given twice is stored once", () => {
    const rotated = rotateSecret(aLayer(), "posts", "new", by);
    expect(rotated !== null && rotateSecret(rotated, "posts", "new", by)).toBe(rotated);
  });

  test("a new secret is refused to a source that does not exist, and to a probe, which has none", () => {
    const layer = aLayer({ sources: [aSource("posts"), aSource("feed", { type: "probe" })] });
    expect(rotateSecret(layer, "nothing", "new", by)).toBeNull();
    expect(rotateSecret(layer, "feed", "new", by)).toBeNull();
  });
});

describe("a new document", () => {
  test("a new layer's document begins with its settings, idle, without webhooks", () => {
    const layer = createLayer("layer-2", true, someSettings(), by, false, null);
    const { owed: _owed, slot, ...rest } = layer;
    expect(rest).toEqual({
      v: 1,
      rev: 0,
      by: "",
      at: 0,
      kind: "layer",
      id: "layer-2",
      uid: "r",
      keptId: true,
      ...someSettings(),
      createdAt: LATER,
      createdBy: ada,
      updatedAt: LATER,
      settingsRev: 9,
      webhooks: [],
      deletedWebhooks: [],
      lastDeliveryAt: null,
      lastEnded: { fence: 0, open: 0, sync: null },
    });
    expect(slot).toEqual({
      fence: 0,
      paused: false,
      pending: null,
      running: null,
      retry: {},
      build: null,
      doubt: {},
      built: {},
      recent: [],
      open: {},
    });
  });

  test("a new site's document begins with its hook, idle", () => {
    const { owed: _owed, ...rest } = createSite("site-2", hook, by);
    expect(rest).toEqual({
      v: 1,
      rev: 0,
      by: "",
      at: 0,
      kind: "site",
      id: "site-2",
      ...hook,
      createdAt: LATER,
      createdBy: ada,
      updatedAt: LATER,
      settingsRev: 9,
      slot: aLayer().slot,
      lastEnded: { fence: 0, open: 0, sync: null },
    });
  });

  test("a deleted layer's document keeps what tells it apart from one that never was, and no more", () => {
    const layer = aLayer({}, { rev: 7, by: "me.1", at: LATER, keptId: true });
    const { owed: _owed, ...rest } = tombstone(layer, by);
    expect(rest).toEqual({
      v: 1,
      rev: 7,
      by: "me.1",
      at: LATER,
      kind: "layer-tombstone",
      id: "layer-1",
      uid: "creation",
      keptId: true,
      fence: layer.slot.fence + 1,
      createdAt: layer.createdAt,
      deletedAt: LATER,
    });
  });

  test("a deleted layer's document keeps the layer's counts, and a new layer of its id counts on", () => {
    const usage = { "2026-11": { deliveries: 7 } };
    const counted = tombstone(aLayer({}, { slot: { ...aLayer().slot, usage } }), by);
    expect(counted.usage).toEqual(usage);
    expect("usage" in tombstone(aLayer(), by)).toBe(false);
    const again = (former: typeof counted) => createLayer("layer-1", false, someSettings(), by, false, former).slot;
    expect(again(counted).usage).toEqual(usage);
    expect("usage" in again(tombstone(aLayer(), by))).toBe(false);
  });

  test("a changed layer's document remembers the change by its mark alone, which stands for no sync", () => {
    const changed = configure(aLayer(), someSettings({ name: "News" }), ["name"], by, false);
    expect(changed.slot.recent).toEqual([{ id: "r.changed", syncId: "", queued: false }]);
  });
});
