import { afterEach, describe, expect, test, vi } from "vitest";
import { layerCodec } from "../../../src/app/stored/documents.ts";
import { placeOf, sealedParts } from "../../../src/app/stored/sealing.ts";
import { configurationSchema } from "../../../src/contract/resources/configurationSchemas.ts";
import { layerCreateSchema } from "../../../src/contract/resources/layerSchemas.ts";
import { siteCreateSchema } from "../../../src/contract/resources/siteSchemas.ts";
import { teamOf } from "../../../src/core/access/team.ts";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { apply } from "../../../src/core/layer/apply.ts";
import { configure } from "../../../src/core/layer/configureLayer.ts";
import { type Layer, layerParts } from "../../../src/core/layer/layer.ts";
import { valuesOf } from "../../../src/core/layer/settings.ts";
import type { Source } from "../../../src/core/layer/source.ts";
import {
  AUDIT_DETAIL_BYTES,
  BODY_BYTES,
  DELETED_WEBHOOKS,
  DOCUMENT_BYTES,
  DOCUMENT_CEILING_BYTES,
  FORMER_IDS,
  FRAME_ANCESTORS,
  LOCATION_CHARS,
  MESSAGES,
  NOTE_BYTES,
  NOTIFICATIONS,
  ORIGIN_BYTES,
  RESTORABLE_WEBHOOKS,
  SITES,
  SOURCES,
  STATUS_LINKS,
  USAGE_MONTHS,
  WEBHOOKS,
} from "../../../src/core/limits.ts";
import { hasRoom } from "../../../src/core/owed.ts";
import { LIVE_BOUNDS } from "../../../src/core/usage/liveTimes.ts";
import { monthName } from "../../../src/core/usage/usage.ts";
import { alarmEvents } from "../../../src/core/watch/alarmSchema.ts";
import { watchSettings } from "../../../src/core/watch/watchSettings.ts";
import { AccountMemory } from "../../../src/edge/access/accountMemory.ts";
import { netlifyAccounts } from "../../../src/edge/access/netlifyAccounts.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { Bench } from "../../support/bench.ts";
import { aChange, counter, must, ok } from "../../support/builders.ts";
import { widestInput } from "../../support/widest.ts";
import { readAnswer } from "../answer.ts";
import { ApiWorld, done } from "../world.ts";

const LAYER = "a-layer-".padEnd(128, "x");
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const slugs = Array.from({ length: SOURCES }, (_, index) => `s${String(index).padStart(2, "0")}`.padEnd(64, "x"));
/** A URL whose host is as long as a name may be: a masked URL shows it. */
const longHost = (seed: number): string =>
  `https://${"a.".repeat(118)}${String(seed).padStart(3, "0")}.example.com/`.padEnd(1024, "x");
/** Another one: a build hook is a secret, and the address of a page is none. */
const longPage = (seed: number): string => longHost(seed).replace("https://a.", "https://w.").replaceAll("x", "y");

afterEach(() => {
  vi.unstubAllGlobals();
});

let filled: { readonly now: number; readonly texts: readonly (readonly [key: string, text: string])[] } | null = null;

/** A world in which somebody with the widest Netlify account there can be does everything, through the API. */
class WidestWorld extends ApiWorld {
  readonly token = "nfp_".padEnd(40, "x");

  constructor() {
    super();
    const user = {
      id: "6a".padEnd(4000, "語"),
      full_name: "語".repeat(4000),
      email: `${"語".repeat(4000)}@example.com`,
    };
    const team = { id: "5f0c1a2b3c4d5e6f70818283", slug: "team", owner_ids: [user.id] };
    vi.stubGlobal("fetch", async (url: string) => Response.json(url.endsWith("/user") ? user : [team]));
    this.accounts = netlifyAccounts("https://netlify.test", teamOf(team.id), new AccountMemory(), this.deps);
  }

  async does(method: string, path: string, body?: unknown) {
    const answer = await this.call(method, path, { token: this.token, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    this.now += 1000;
    return answer;
  }

  async publish(path: string, headers: Record<string, string> = {}, body: string | null = null) {
    const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${path}`;
    const agent = { "user-agent": "ÿ".repeat(1000) };
    const after: Promise<unknown>[] = [];
    const request = new Request(url, { method: "POST", headers: { ...agent, ...headers }, body });
    const answer = await readAnswer(await answerPublish(request, this.deps, (work) => after.push(work)));
    await Promise.all(after);
    return answer;
  }

  async storedLayer(): Promise<Layer> {
    const text = must(await this.store.memory.read(layerKey(LAYER)), "the layer").text;
    const document = layerCodec.decode(text, LAYER);
    if (document.kind !== "layer") throw new Error("the layer is gone");
    return document;
  }

  async bytes(): Promise<number> {
    return Buffer.byteLength(must(await this.store.memory.read(layerKey(LAYER))).text);
  }

  /** A layer as large as the schemas of the API let it become; made once, for all worlds. */
  async fill(): Promise<void> {
    if (filled === null) {
      await this.#make();
      const keys = (await this.store.memory.list("")).map(({ key }) => key);
      const texts = keys.map(async (key) => [key, must(await this.store.memory.read(key)).text] as const);
      filled = { now: this.now, texts: await Promise.all(texts) };
      return;
    }
    this.now = filled.now;
    for (const [key, text] of filled.texts) await this.store.memory.write(key, text, null);
  }

  async #make(): Promise<void> {
    const sites: string[] = [];
    for (let index = 0; index < SITES; index += 1) {
      sites.push(
        (
          await this.does(
            "POST",
            "/sites",
            widestInput(siteCreateSchema, { buildHook: longHost, publicUrl: longPage, kind: () => "other" }, index),
          )
        ).textAt("id"),
      );
    }
    const instead = {
      id: (seed: number) => `n-${seed}`.padEnd(64, "x"),
      url: longHost,
      slug: (seed: number) => must(slugs[seed % SOURCES]),
      connectedSites: () => sites.map((siteId) => ({ siteId })),
      defaultWebhook: () => "on",
      paused: () => false,
      live: (seed: number) => ({ url: longPage(seed), expect: { text: "語".repeat(66) }, settleSeconds: 900 }),
    };
    const layer = Object(widestInput(layerCreateSchema, instead));
    await this.does("POST", "/data-layers?sync=false", { ...layer, id: LAYER });
    for (const { id } of layer.notifications) {
      await this.does("POST", `/data-layers/${LAYER}/notifications/${id}/secret`);
    }
    await this.#webhooks(Object(layer).name);
    for (let index = 0; index < STATUS_LINKS; index += 1) {
      const frameAncestors = Array.from({ length: FRAME_ANCESTORS }, (_, one) =>
        `https://${one}`.padEnd(ORIGIN_BYTES, "x"),
      );
      await this.does("POST", `/data-layers/${LAYER}/status-links`, { name: layer.name, frameAncestors });
    }
  }

  async #webhooks(name: string): Promise<void> {
    const path = `/data-layers/${LAYER}/webhooks`;
    const { webhooks } = configurationSchema.shape.dataLayers.element.shape;
    const webhook = Object(widestInput(webhooks.unwrap().element));
    const add = (from: number, count: number, settings: object) => {
      const webhooks = Array.from({ length: count }, (_, index) => ({
        ...{
          name: webhook.name,
          ref: `ref-${from + index}-`.padEnd(64, "x"),
          id: `id-${from + index}-`.padEnd(128, "x"),
        },
        ...(index < 12 ? settings : {}),
      }));
      const layer = { id: LAYER, name, webhooks };
      return this.does("PUT", "/import", { schemaVersion: 1, sites: [], dataLayers: [layer] });
    };
    const keepDefaultUntil = new Date(this.now + 7 * DAY).toISOString().replace(/\.\d+/, "");
    const first = await this.does("POST", path, { name: "First", keepDefaultUntil });
    await add(0, DELETED_WEBHOOKS, {});
    for (let index = 0; index < DELETED_WEBHOOKS; index += 1) {
      await this.does("DELETE", `${path}/${`ref-${index}-`.padEnd(64, "x")}`);
    }
    // As many settings as fit beside those of the others.
    await add(50, WEBHOOKS - 1, {
      only: [{ header: "x".repeat(64), in: Array.from({ length: 4 }, () => "語".repeat(75)) }],
    });
    await this.does("PATCH", `${path}/${first.textAt("ref")}`, { name: webhook.name });
    for (let index = 0; index < FORMER_IDS; index += 1) {
      await this.does("POST", `${path}/${`ref-${50 + index}-`.padEnd(64, "x")}/rotate`, { keepOldForSeconds: 604_800 });
    }
    for (let index = 0; index < DELETED_WEBHOOKS; index += 1) {
      await this.publish(`${LAYER}/${`id-${index}-`.padEnd(128, "x")}`);
    }
  }
}

/** Each sync names one source less than the one before and leaves one failing: all of them stay open. */
const busiest = (layer: Layer): Bench => {
  const uuid = counter("01234567-89ab-7def-8123-");
  const bench = new Bench({ sources: slugs, slot: layer.slot });
  bench.parts = layerParts(layer);
  bench.now = layer.at;
  const said = ok({ message: "語".repeat(500), version: "\u0001".repeat(500), records: 123456 });
  const error = { kind: "failed", error: "語".repeat(500), unanswered: true, durationMs: 123456 } as const;
  const { ref, name, createdBy: actor } = must(layer.webhooks.at(-1));
  for (const [index, failing] of slugs.entries()) {
    const id = uuid();
    const named = slugs.slice(index);
    const trigger = { type: "webhook", id, at: bench.now, webhook: { ref, name } } as const;
    bench.accept({ id: `${ref}.${id}`, deliveryId: uuid(), slugs: named, body: '"'.repeat(2300), trigger });
    bench.claimGathered();
    const outcomes = Object.fromEntries(named.map((slug) => [slug, slug === failing ? error : said]));
    bench.settle({ outcomes });
    if (bench.slot.running?.phase === "sites") {
      const asked = layer.connectedSites.map(
        ({ siteId }) => ({ siteId, name, buildId: uuid(), outcome: "coalesced" }) as const,
      );
      bench.built(null, bench.run.fence, asked);
    }
  }
  // Every retry rides in one run and is being polled; another sync waits for everything.
  for (const id of Object.keys(bench.slot.open)) bench.retryNow(id);
  bench.claim();
  const location = "https://jobs.example.com/".padEnd(LOCATION_CHARS, "x");
  const polled = Object.fromEntries(slugs.map((slug) => [slug, { location, deadline: bench.now + 900_000 }]));
  bench.settle({ polled });
  bench.accept({ slugs, trigger: { type: "manual", id: uuid(), at: bench.now, actor } });
  return bench;
};

test("a delivery's body is kept up to 16 KB, as the contract with its senders says", () => {
  expect(BODY_BYTES).toBe(16_384);
});

describe("a document stays under 512 KB", () => {
  test("a document with as much of everything as the API takes, its slot and archive full, stays under 512 KB", async () => {
    const world = new WidestWorld();
    await world.fill();
    let layer = await world.storedLayer();
    const whole = layer.deletedWebhooks.filter(({ restorable }) => restorable !== undefined);
    const counts = [layer.sources, layer.connectedSites, layer.notifications, layer.webhooks, layer.deletedWebhooks];
    expect([...counts, layer.formerIds ?? [], whole].map(({ length }) => length)).toEqual([
      ...[SOURCES, SITES, NOTIFICATIONS, WEBHOOKS, DELETED_WEBHOOKS, FORMER_IDS, RESTORABLE_WEBHOOKS],
    ]);
    const at = 1_890_000_000_000;
    // Each receiver has failed, and the most is left to be told. The default webhook is called after its time.
    const last = {
      at,
      event: "sync.superseded",
      syncId: layer.id,
      outcome: "failed" as const,
      error: "x".repeat(NOTE_BYTES),
    };
    const unsent = Array.from({ length: MESSAGES }, (_, index) => ({
      ...{ to: must(layer.notifications[index % NOTIFICATIONS]).id, syncId: "x".repeat(36), event: "sync.superseded" },
      ...{ since: at, tries: 5, due: at },
    }));
    const called = { defaultSeenAt: at, defaultSeenSince: at, defaultSeenBy: "x".repeat(62) };
    const notifications = layer.notifications.map((one) => ({ ...one, last }));
    const alarms = alarmEvents.map((event) => ({ event, id: `${event}/${at}`, since: at }));
    const failures = Object.fromEntries(
      ["sync.failed", "build.failed", "build.held", "build.locked", "build.stale"].map((event) => [
        event,
        { times: 1e6, last: "x".repeat(64) },
      ]),
    );
    const live = Array.from({ length: LIVE_BOUNDS.length + 1 }, () => 1e6);
    const builds = Object.fromEntries(layer.connectedSites.map(({ siteId }) => [siteId, 1e6]));
    const week = {
      since: at,
      counts: { deliveries: 1e9, started: 1e9, worked: 1e12, live },
      builds,
      failures,
    };
    layer = { ...layer, ...called, unsent, notifications, alarms, week };
    const settings = bytesOf({ ...layer, slot: null, owed: null });
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
    const slot = bytesOf(layer.slot);
    const record = must(bench.ended[0] ?? Object.values(bench.slot.open)[0]);
    const uuid = counter("01234567-89ab-7def-8123-");
    while (hasRoom(layer)) layer = apply(layer, { slot: layer.slot, ended: [{ ...record, id: uuid() }] });
    // The last change that finds room, told as widely as can be.
    const by = { ...aChange({ requestId: uuid() }), actor: layer.createdBy };
    const given = {
      ...layer,
      ...valuesOf(watchSettings, layer),
      keepTitles: true,
      live: layer.live ?? null,
      cachePurge: layer.cachePurge ?? null,
    };
    layer = configure(layer, given, ["dataSources", "notifications"], by, false, {
      before: "x".repeat(AUDIT_DETAIL_BYTES),
    });
    const sizes = { settings, slot, open: bytesOf(bench.slot.open), owed: bytesOf(layer.owed), whole: bytesOf(layer) };
    expect(sizes.whole, JSON.stringify(sizes)).toBeLessThanOrEqual(DOCUMENT_BYTES);
  });
});

/** A document in which a probe finds what it picks. */
const answerFor = (source: Source, value: number): string =>
  JSON.stringify({ [source.type === "probe" ? (source.pick ?? "/").slice(1) : ""]: value });

/** Publishes name one source less each time, and one of them fails each time; then all is well, until nothing is left to do. */
const publishInto = async (world: WidestWorld): Promise<{ answers: unknown[]; most: number; left: unknown }> => {
  const { webhooks } = await world.storedLayer();
  const hook = must(webhooks.at(-1)).id;
  const target = { kind: "layer", id: LAYER } as const;
  const answers: unknown[] = [];
  let most = 0;
  const body = '"'.repeat(8000);
  for (const [index, failing] of slugs.entries()) {
    const headers = { "x-connect-data-source": slugs.slice(index).join(",") };
    const answer = await world.publish(`${LAYER}/${hook}`, headers, body);
    answers.push(answer.status);

    const { sources } = await world.storedLayer();
    world.answering = async ({ url }) => {
      const asked = must(sources.find((source) => source.url === url));
      if (asked.slug === failing) return { ...done("語".repeat(9000)), status: 500 };
      return done(answerFor(asked, world.now));
    };
    await world.work(target);
    most = Math.max(most, await world.bytes());
  }
  const { sources } = await world.storedLayer();
  world.answering = async ({ url }) => done(answerFor(must(sources.find((source) => source.url === url)), world.now));
  for (let round = 0; round < 10; round += 1) {
    world.now += 10 * MINUTE;
    await world.work(target);
  }
  const { open, retry, pending, running } = (await world.storedLayer()).slot;
  return { answers, most, left: [open, retry, pending, running] };
};

const AT_REST = [{}, {}, null, null];
const ACCEPTED = slugs.map(() => 200);

test("every publish into a layer as large as the API lets it become is accepted, and every sync comes to its end", async () => {
  const world = new WidestWorld();
  await world.fill();
  const { answers, most, left } = await publishInto(world);
  expect(answers).toEqual(ACCEPTED);
  expect(left).toEqual(AT_REST);
  expect(most).toBeLessThanOrEqual(DOCUMENT_BYTES);
});

describe("a layer that an earlier release let grow beyond 512 KB", () => {
  /** URLs and names as the release before took them: bounded in characters. */
  const overgrown = async (more = 0): Promise<WidestWorld> => {
    const world = new WidestWorld();
    await world.fill();
    const layer = await world.storedLayer();
    const wide = "語".repeat(1000);
    const sealed = (id: string): string =>
      world.deps.sealer.seal(
        `https://example.com/${wide}`,
        placeOf({ kind: "layer", id: LAYER }, sealedParts.notificationUrl(id)),
      );
    const actor = { ...layer.createdBy, name: "語".repeat(120), email: "語".repeat(254) };
    const grown = {
      ...layer,
      ofALaterRelease: "x".repeat(more),
      sources: layer.sources.map((source, index) => ({ ...source, url: `https://example.com/${index}/${wide}` })),
      notifications: layer.notifications.map((one) => ({ ...one, url: sealed(one.id) })),
      webhooks: layer.webhooks.map((webhook) => ({ ...webhook, createdBy: actor })),
    };
    const found = must(await world.store.memory.read(layerKey(LAYER)));
    await world.store.memory.write(layerKey(LAYER), JSON.stringify(grown), found.etag);
    return world;
  };

  test("an oversized layer accepts every publish, with its sources in full where a body has no room, and ends every sync", async () => {
    const world = await overgrown(120_000);
    const hook = must((await world.storedLayer()).webhooks.at(-1)).id;
    const small = await world.publish(`${LAYER}/${hook}`, { "x-connect-data-source": must(slugs[0]) }, "{}");
    expect([small.status, small.at("warnings")]).toEqual([200, ["BODY_NOT_KEPT"]]);
    const { answers, most, left } = await publishInto(world);
    expect(answers).toEqual(ACCEPTED);
    expect(left).toEqual(AT_REST);
    expect(most).toBeGreaterThan(DOCUMENT_BYTES);
    expect(most).toBeLessThan(DOCUMENT_CEILING_BYTES * 0.75);
  });

  test("an oversized layer refuses settings that make it larger, and takes those that make it smaller", async () => {
    const world = await overgrown(120_000);
    await world.does("PATCH", `/data-layers/${LAYER}?sync=false`, { description: "short" });
    const longer = await world.call("PATCH", `/data-layers/${LAYER}`, {
      token: world.token,
      body: { description: "longer than it was" },
    });
    expect([longer.status, longer.at("code"), longer.at("limit")]).toEqual([409, "LIMIT_REACHED", DOCUMENT_BYTES]);
    await world.does("POST", `/data-layers/${LAYER}/syncs`);
    await world.does("PATCH", `/data-layers/${LAYER}?sync=false`, { dataSources: [] });
    await world.does("PATCH", `/data-layers/${LAYER}`, { description: "longer than it was" });
  });
});
