import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../src/core/durations.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { layerKey } from "../../src/store/keys.ts";
import type { Archive } from "../../src/store/store.ts";
import { aRound } from "../support/round.ts";
import { recording } from "./recordings.ts";
import { LAYER, PATH, SenderWorld, WEBHOOK } from "./senderWorld.ts";

const SECRET = "a secret of the CMS";
const header = { scheme: "header-secret", secret: SECRET, header: "x-secret" };
const log = `/data-layers/${LAYER}/deliveries`;

const opened = async (settings: Record<string, unknown> = {}): Promise<SenderWorld> => {
  const world = new SenderWorld();
  await world.open(settings);
  return world;
};

const stored = async (world: SenderWorld): Promise<number> =>
  (await world.store.memory.list(`deliveries/${LAYER}/`)).length;

describe("the log of deliveries", () => {
  test("the log of deliveries says of each delivery what came of it, newest first", async () => {
    const world = await opened({ verification: header });
    const ref = (await world.get(`/data-layers/${LAYER}/webhooks`)).textAt("items.0.ref");
    const headers = { "x-secret": SECRET, "user-agent": "Ghost/6.65", "x-connect-data-source": "posts" };
    const first = await (await world.send({ headers, body: "12345" })).json();
    world.now += 2000;
    await world.send({ headers: { "x-secret": SECRET } });
    world.now += 2000;
    await world.send({ body: "1234567" });
    const page = await world.get(log, { as: "Reviewer" });
    expect(page.listAt("items").map((_, i) => page.at(`items.${i}.outcome`))).toEqual([
      "refused",
      "coalesced",
      "queued",
    ]);
    expect(page.at("items.2")).toEqual({
      id: first.deliveryId,
      formerUrl: false,
      handshake: null,
      hint: null,
      otherHost: null,
      receivedAt: "2026-01-01T00:00:01.000Z",
      webhook: { ref, name: "CMS" },
      dataSource: "posts",
      outcome: "queued",
      code: null,
      cause: null,
      warnings: [],
      syncId: first.syncId,
      bytes: 5,
      userAgent: "Ghost/6.65",
      subject: null,
      secret: "current",
      unlogged: 0,
      stage: "pending",
      since: "2026-01-01T00:00:01.000Z",
      until: "2026-01-01T00:00:02.000Z",
      reason: null,
      buildId: null,
      deployId: null,
    });
    expect(page.at("items.1.syncId")).toBe(first.syncId);
    const refusal = [page.at("items.0.code"), page.at("items.0.syncId"), page.at("items.0.secret")];
    expect(refusal).toEqual(["SIGNATURE_MISSING", null, null]);
    expect(page.textAt("items.0.cause")).toContain("x-secret is missing");
  });

  test("the log of deliveries names the secret that proved a sender, so that unused former ones show", async () => {
    const world = await opened({ verification: { ...header, previousSecret: "the former secret" } });
    await world.send({ headers: { "x-secret": "the former secret" } });
    expect((await world.get(log)).at("items.0.secret")).toBe("previous");
    world.now += 2000;
    await world.send({ headers: { "x-secret": "nobody's secret" }, body: "twelve bytes" });
    const cause = (await world.get(log)).textAt("items.0.cause");
    expect(cause).toContain("12 bytes");
    expect(cause).toContain("Layerhook tried both secrets");
  });

  test("the log of deliveries holds the warnings, and the unknown names that a sender used", async () => {
    const world = new SenderWorld();
    const id = await world.layer();
    const path = `/hooks/data_layer/data_source/publish/${id}`;
    await world.send({ path: `${path}?source=nobody`, body: "x" });
    const page = await world.get(`/data-layers/${id}/deliveries`);
    expect([page.at("items.0.webhook"), page.at("items.0.dataSource"), page.at("items.0.warnings")]).toEqual([
      "default",
      "nobody",
      ["UNKNOWN_DATA_SOURCE"],
    ]);
  });

  test.each([
    ["strapi/04-entry.publish", "entry.publish", "article"],
    ["contentful/contentful", "ContentManagement.Entry.publish", "article"],
    ["sanity/sanity", "update", "article"],
    ["github/github", "push", "refs/heads/main"],
    ["svix/svix", "content.published", null],
  ])("the log of deliveries finds the subject of %s without its content", async (name, event, type) => {
    const world = await opened();
    await world.send(recording(name).sent);
    const page = await world.get(log);
    expect([page.at("items.0.subject.event"), page.at("items.0.subject.type")]).toEqual([event, type]);
    expect(page.textAt("items.0.subject.id")).not.toBe("");
    const text = await world.dump();
    expect(text).not.toContain("漢");
  });

  test("a subject has at most 200 bytes, whatever a body says", async () => {
    const world = await opened();
    const long = '語\u0001\u202e"'.repeat(5000);
    await world.send({ body: JSON.stringify({ event: long, collection: long, key: long }) });
    const page = await world.get(log);
    const names = ["event", "type", "id"].map((name) => [name, page.at(`items.0.subject.${name}`)]);
    expect(Buffer.byteLength(JSON.stringify(Object.fromEntries(names)))).toBeLessThanOrEqual(200);
    expect(page.textAt("items.0.subject.id")).toMatch(/^[語"]+$/);
  });

  test.each(["[]", "null", "7", '"text"', '{"data":null,"type":{}}', "{", '{"notifications":[]}'])(
    "a body of %s has no subject and is accepted",
    async (body) => {
      const world = await opened();
      expect((await world.send({ body })).status).toBe(200);
      expect((await world.get(log)).at("items.0.subject")).toBe(null);
    },
  );

  test("an answer does not wait for the log, and a log that cannot be written loses no delivery", async () => {
    const world = await opened();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const after: Promise<unknown>[] = [];
    const write: Archive["write"] = async () => {
      await held;
      throw new Error("the archive is gone");
    };
    const { memory } = world.store;
    const archive: Archive = {
      read: (key) => memory.read(key),
      list: (prefix) => memory.list(prefix),
      children: (prefix) => memory.children(prefix),
      remove: (key) => memory.remove(key),
      write,
    };
    const request = new Request(`https://hooks.example.com${PATH}`, { method: "POST" });
    const answered = await answerPublish(request, { ...world.deps, archive }, (work) => after.push(work));
    expect(answered.status).toBe(200);
    release();
    await Promise.all(after);
    expect(world.facts.filter(({ kind }) => kind === "trouble")).toHaveLength(1);
  });

  test("a flood of refusals is logged ten times a minute, and the next entry says how many were not", async () => {
    const world = await opened({ verification: header });
    world.now += DAY;
    for (let i = 0; i < 200; i += 1) expect((await world.send({})).status).toBe(401);
    expect(await stored(world)).toBe(10);
    world.now += MINUTE;
    await world.send({});
    expect((await world.get(log)).at("items.0.unlogged")).toBe(190);
  });

  test("the log of deliveries keeps the newest thousand of a layer", async () => {
    const world = await opened();
    for (let i = 0; i < RETENTION.deliveries.count + 150; i += 1) await world.send({});
    expect(await stored(world)).toBe(RETENTION.deliveries.count);
    const newest = await (await world.send({})).json();
    expect((await world.get(log)).at("items.0.id")).toBe(newest.deliveryId);
  });

  test("the log of deliveries keeps nothing for longer than thirty days, also where nobody calls any more", async () => {
    const world = await opened();
    const kept = RETENTION.deliveries.days * DAY;
    await world.send({});
    world.now += kept - DAY;
    await world.send({});
    await aRound(world.deps);
    expect(await stored(world)).toBe(2);
    world.now += 2 * DAY;
    expect((await world.get(log)).listAt("items")).toHaveLength(1);
    await aRound(world.deps);
    expect(await stored(world)).toBe(1);
    world.now += kept;
    await world.delete(`/data-layers/${LAYER}`);
    await aRound(world.deps);
    expect(await stored(world)).toBe(0);
  });

  test("the log of deliveries is read page by page, and one damaged entry hides no other", async () => {
    const world = await opened();
    for (let i = 0; i < 5; i += 1) {
      await world.send({});
      world.now += 1000;
    }
    const [first] = (await world.store.memory.list(`deliveries/${LAYER}/`)).map(({ key }) => key).sort();
    const found = await world.store.memory.read(first ?? "");
    await world.store.memory.write(first ?? "", "{", found?.etag ?? null);
    const page = await world.get(`${log}?limit=3`);
    const rest = await world.get(`${log}?limit=3&cursor=${page.textAt("nextCursor")}`);
    expect([page.listAt("items").length, rest.listAt("items").length, rest.at("nextCursor")]).toEqual([3, 1, null]);
  });
});

describe("who still calls what is not accepted", () => {
  test("a deleted webhook's and the default's callers are named, with since when", async () => {
    const world = await opened();
    const webhooks = `/data-layers/${LAYER}/webhooks`;
    await world.post(webhooks, { name: "Another" });
    const ref = (await world.get(`${webhooks}/${WEBHOOK}`)).textAt("ref");
    await world.delete(`${webhooks}/${WEBHOOK}`);
    expect((await world.get(webhooks)).at("calledInVain")).toEqual([]);
    world.now = Date.UTC(2026, 0, 2);
    const byDefault = PATH.slice(0, PATH.lastIndexOf("/"));
    await world.send({ headers: { "user-agent": "Ghost/6.65" } });
    await world.send({ path: byDefault, headers: { "user-agent": `WordPress/6.1.9; ${"x".repeat(500)}` } });
    world.now += 20 * MINUTE;
    await world.send({});
    const listed = await world.get(webhooks);
    expect(listed.at("calledInVain.1")).toEqual({
      webhook: { ref, name: "CMS" },
      deletedAt: "2026-01-01T00:00:01.000Z",
      since: "2026-01-02T00:00:00.000Z",
      lastAt: "2026-01-02T00:20:00.000Z",
      userAgent: null,
    });
    expect([listed.at("calledInVain.0.webhook"), listed.at("calledInVain.0.lastAt")]).toEqual([
      "default",
      "2026-01-02T00:00:00.000Z",
    ]);
    expect(listed.textAt("calledInVain.0.userAgent")).toMatch(/^WordPress\/6\.1\.9; x{10,60}$/);
    expect(await stored(world)).toBe(0);
  });

  test("a caller in vain is known after a single call, also if the layer changes just then or the store fails once", async () => {
    const world = await opened();
    const webhooks = `/data-layers/${LAYER}/webhooks`;
    const byDefault = PATH.slice(0, PATH.lastIndexOf("/"));
    let ahead = true;
    world.store.before = async (op) => {
      if (op !== "write" || !ahead) return;
      ahead = false;
      await world.patch(`/data-layers/${LAYER}`, { name: "Renamed" });
    };
    await world.send({ path: byDefault });
    expect([ahead, (await world.get(webhooks)).at("calledInVain.0.webhook")]).toEqual([false, "default"]);
    await world.delete(`${webhooks}/${WEBHOOK}`);
    let lost = false;
    world.store.fault = (op) => {
      if (lost || op !== "write") return "none";
      lost = true;
      return "down";
    };
    await world.send({});
    const { length } = (await world.get(webhooks)).listAt("calledInVain");
    expect([lost, length]).toEqual([true, 1]);
  });

  test("a caller in vain costs one write in ten minutes, however many call at once", async () => {
    const world = await opened();
    const byDefault = PATH.slice(0, PATH.lastIndexOf("/"));
    const { writes } = world.store.counts;
    const before = (await world.store.memory.read(layerKey(LAYER)))?.text ?? "";
    await Promise.all(Array.from({ length: 20 }, () => world.send({ path: byDefault })));
    const after = (await world.store.memory.read(layerKey(LAYER)))?.text ?? "";
    expect(JSON.parse(after).rev).toBe(JSON.parse(before).rev + 1);
    expect(world.store.counts.writes - writes).toBeLessThanOrEqual(20);
  });
});
