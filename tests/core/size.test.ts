import { describe, expect, test } from "vitest";
import { apply } from "../../src/core/apply.ts";
import { authenticate } from "../../src/core/authenticate.ts";
import { configure } from "../../src/core/configureLayer.ts";
import { type Layer, layerParts } from "../../src/core/layer.ts";
import {
  AUDIT_DETAIL_BYTES,
  BODY_BYTES,
  DELETED_WEBHOOKS,
  DOCUMENT_BYTES,
  FORMER_IDS,
  LOCATION_CHARS,
  MESSAGES,
  NAME_CHARS,
  NOTE_BYTES,
  NOTIFICATIONS,
  PURGE_TAGS,
  RESTORABLE_WEBHOOKS,
  SITES,
  SOURCES,
  USAGE_MONTHS,
  WEBHOOKS,
} from "../../src/core/limits.ts";
import { flush, hasRoom } from "../../src/core/owed.ts";
import { rotateWebhook } from "../../src/core/rotateWebhook.ts";
import { monthName } from "../../src/core/usage.ts";
import { settingsFit } from "../../src/core/webhookSettings.ts";
import { addWebhook, deleteWebhook } from "../../src/core/webhooks.ts";
import { Bench } from "../support/bench.ts";
import { aChange, ada, aLayer, aWebhook, counter, ok, someSettings } from "../support/builders.ts";

/** The bounds of the API on what people write, and what is widest within them. */
const name = "語".repeat(NAME_CHARS);
const url = `https://example.com/${"x".repeat(1000)}`;
const sealed = "x".repeat(1500);
const actor = { ...ada, name, email: `${"x".repeat(240)}@example.com` };
const slugs = Array.from({ length: SOURCES }, (_, i) => `s${String(i).padStart(2, "0")}`.padEnd(64, "x"));
const uuid = counter("01234567-89ab-7def-8123-");

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const fullSettings = someSettings({
  name,
  description: "語".repeat(500),
  // A probe is wider than a job: five headers with twelve hundred characters of values, sealed: 62 and a third more each.
  sources: slugs.map((slug) => ({
    slug,
    name,
    type: "probe" as const,
    url,
    headers: Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`x-${i}`.padEnd(40, "x"), "x".repeat(382)])),
    pick: `/${"語".repeat(127)}`,
    checkEvery: "15m" as const,
  })),
  connectedSites: Array.from({ length: SITES }, () => ({ siteId: uuid() })),
  cachePurge: { tags: Array.from({ length: PURGE_TAGS }, () => "x".repeat(1024)), siteId: "x".repeat(64) },
  notifications: Array.from({ length: NOTIFICATIONS }, () => ({
    id: uuid(),
    name,
    url: sealed,
    urlHint: "example.com …abcd",
    events: ["sync.succeeded", "sync.failed", "sync.cancelled"],
    secret: "x".repeat(188),
  })),
});

const by = () => ({ ...aChange({ requestId: uuid() }), actor });

/** With 12 of these, the settings of webhooks are as long as they may be. */
const fullVerification = {
  scheme: "hmac",
  secrets: ["x".repeat(470), "x".repeat(470)],
  secretSetAt: 1_790_000_000_000,
};

const marked = (layer: Layer, webhookId: string | null): Layer => {
  const { marked: after } = authenticate(layer, webhookId, 1_790_000_000_000, "語".repeat(100));
  if (after === undefined || after === null) throw new Error("no mark");
  return after;
};

const withWebhooks = (layer: Layer): Layer => {
  let next = layer;
  const add = (standing = true) => {
    const id = uuid().padEnd(128, "x");
    // Those that stand have all the room there is for settings; of the deleted ones only those without any are then kept whole.
    const settings = standing && next.webhooks.length < 12 ? { verification: fullVerification } : {};
    const webhook = aWebhook(id, { ref: `ref-${id.slice(28, 36)}`, name, createdBy: actor, id, ...settings });
    expect(settingsFit(next, webhook)).toBe(true);
    next = addWebhook(next, webhook, by());
    next = flush(
      next,
      next.owed.map((owed) => owed.id),
    );
  };
  for (let i = 0; i < DELETED_WEBHOOKS; i += 1) {
    add(false);
    const last = next.webhooks.at(-1);
    if (last === undefined) throw new Error("no webhook");
    next = deleteWebhook({ ...next, webhooks: [last] }, last.ref, by(), DELETED_WEBHOOKS);
    next = flush(
      next,
      next.owed.map((owed) => owed.id),
    );
  }
  for (let i = 0; i < WEBHOOKS; i += 1) add();
  // Every one of them is still called.
  for (const { id } of next.deletedWebhooks) next = marked(next, id);
  next = marked(next, null);
  // As many as can be have a former URL, and the default webhook is on its way out; all of these are still used.
  const until = 1_890_000_000_000;
  next = { ...next, defaultKept: { until } };
  for (const { ref } of next.webhooks.slice(0, FORMER_IDS)) {
    const rotated = rotateWebhook(next, ref, uuid().padEnd(128, "x"), 604_800, { ...by(), now: until });
    if (rotated === null) throw new Error("not rotated");
    next = flush(
      rotated,
      rotated.owed.map((owed) => owed.id),
    );
  }
  for (const { id } of next.formerIds ?? []) next = marked(next, id);
  return marked(next, null);
};

/** Each sync names one source less than the one before and leaves one failing: all of them stay open. */
const busiest = (layer: Layer): Bench => {
  const bench = new Bench({ sources: slugs, slot: layer.slot });
  bench.parts = layerParts(layer);
  const said = ok({ message: "語".repeat(500), version: "\u0001".repeat(500), records: 123456 });
  const error = { kind: "failed", error: "語".repeat(500), unanswered: true, durationMs: 123456 } as const;
  const body = "x".repeat(Math.min(BODY_BYTES, 4800));
  for (const [index, failing] of slugs.entries()) {
    const id = uuid();
    const named = slugs.slice(index);
    const webhook = { ref: "ref-12345678", name };
    bench.accept({
      id,
      deliveryId: uuid(),
      slugs: named,
      body,
      trigger: { type: "webhook", id, at: bench.now, webhook },
    });
    bench.claimGathered();
    const outcomes = Object.fromEntries(named.map((slug) => [slug, slug === failing ? error : said]));
    bench.settle({ outcomes });
    if (bench.slot.running?.phase === "sites") {
      const asked = fullSettings.connectedSites.map(
        ({ siteId }) => ({ siteId, name, buildId: uuid(), outcome: "coalesced" }) as const,
      );
      bench.built(null, bench.run.fence, asked);
    }
  }
  // Every retry rides in one run and is being polled; another sync waits for everything.
  for (const id of Object.keys(bench.slot.open)) bench.retryNow(id);
  bench.claim();
  const location = "https://jobs.example.com/".padEnd(LOCATION_CHARS, "x");
  bench.settle({
    polled: Object.fromEntries(slugs.map((slug) => [slug, { location, deadline: bench.now + 900_000 }])),
  });
  bench.accept({ slugs });
  return bench;
};

test("a delivery's body is kept up to 16 KB, as the contract with its senders says", () => {
  expect(BODY_BYTES).toBe(16_384);
});

describe("a document stays under 512 KB", () => {
  test("with as much of everything as the limits allow, in bytes and not in characters", () => {
    let layer = withWebhooks(configure(aLayer(), fullSettings, ["dataSources"], by(), false));
    const { notifications } = layer;
    // Each receiver has failed, and the most is left to be told.
    const error = "語".repeat(NOTE_BYTES / 3);
    const last = { at: 1_890_000_000_000, event: "sync.superseded", syncId: uuid(), outcome: "failed" as const, error };
    const unsent = Array.from({ length: MESSAGES }, (_, i) => ({
      ...{ to: notifications[i % NOTIFICATIONS]?.id ?? "", syncId: uuid(), event: "sync.superseded" },
      ...{ since: 1_890_000_000_000, tries: 5, due: 1_890_000_000_000 },
    }));
    layer = { ...layer, unsent, notifications: notifications.map((one) => ({ ...one, last })) };
    layer = flush(
      layer,
      layer.owed.map(({ id }) => id),
    );
    const whole = layer.deletedWebhooks.filter(({ restorable }) => restorable !== undefined);
    expect([whole.length, layer.formerIds?.length]).toEqual([RESTORABLE_WEBHOOKS, FORMER_IDS]);
    const settings = bytes({ ...layer, slot: null });
    const bench = busiest(layer);
    const counted = {
      asked: 1e9,
      deliveries: 1e9,
      coalesced: 1e9,
      started: 1e9,
      unchanged: 1e9,
      builds: 1e9,
      worked: 1e12,
    };
    const usage = Object.fromEntries(Array.from({ length: USAGE_MONTHS }, (_, month) => [monthName(month), counted]));
    layer = { ...layer, slot: { ...bench.slot, usage } };
    const slot = bytes(layer.slot);
    const record = bench.ended[0] ?? Object.values(bench.slot.open)[0];
    if (record === undefined) throw new Error("no record");
    while (hasRoom(layer)) layer = apply(layer, { slot: layer.slot, ended: [{ ...record, id: uuid() }] });
    // The last change that finds room, told as widely as can be.
    const detail = { before: "x".repeat(AUDIT_DETAIL_BYTES) };
    layer = configure(layer, fullSettings, ["dataSources", "notifications"], by(), false, detail);
    const owed = bytes(layer.owed);
    const sizes = { settings, slot, open: bytes(bench.slot.open), owed, whole: bytes(layer) };
    expect(sizes.whole, JSON.stringify(sizes)).toBeLessThanOrEqual(DOCUMENT_BYTES);
  });

  test("while a run that carries jobs that report by themselves loses one worker after the other", () => {
    const bench = new Bench({ sources: ["slow", "a", "b"] });
    bench.accept();
    bench.claimGathered();
    bench.settle({ parked: { slow: bench.now + 24 * 3_600_000 } });
    for (let i = 0; i < 100; i += 1) {
      bench.accept({ slugs: ["a", "b"] });
      bench.settle({ outcomes: { a: ok() } });
      bench.pass(36_000).claim();
    }
    expect(Object.keys(bench.slot.open).length).toBeLessThanOrEqual(2 * SOURCES);
  });
});
