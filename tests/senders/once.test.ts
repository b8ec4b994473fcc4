import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import { LAYER, SenderWorld, type Sent } from "./senderWorld.ts";

const NOW = Date.UTC(2026, 5, 1);
const SECRET = "a secret that the CMS shows";
const KEY = `whsec_${Buffer.from("standard secret one").toString("base64")}`;
const BODY = '{"id":1}';

const opened = async (scheme: string, secret = SECRET): Promise<SenderWorld> => {
  const world = new SenderWorld();
  await world.open({ verification: { scheme, secret } });
  world.now = NOW;
  return world;
};

const standard = (id: string, at: number, body = BODY): Sent => ({
  body,
  headers: {
    "webhook-id": id,
    "webhook-timestamp": String(at / 1000),
    "webhook-signature": new Webhook(KEY).sign(id, new Date(at), body),
  },
});

const hex = (algorithm: string, text: string): string => createHmac(algorithm, SECRET).update(text).digest("hex");

const ghost = (at: number): Sent => ({
  body: BODY,
  headers: { "x-ghost-signature": `sha256=${hex("sha256", `${BODY}${at}`)}, t=${at}` },
});

const github = (delivery: string): Sent => ({
  body: BODY,
  headers: { "x-hub-signature-256": `sha256=${hex("sha256", BODY)}`, "x-github-delivery": delivery },
});

const syncs = async (world: SenderWorld): Promise<number> =>
  (await world.get(`/data-layers/${LAYER}/syncs`)).listAt("items").length;

const json = async (world: SenderWorld, sent: Sent) => {
  const response = await world.send(sent);
  expect(response.status).toBe(200);
  return response.json();
};

const sentTwice: [string, string, string, Sent, Sent][] = [
  [
    "an id of Standard Webhooks, signed anew",
    "standard-webhooks",
    KEY,
    standard("msg_1", NOW),
    standard("msg_1", NOW + MINUTE),
  ],
  ["Ghost's signature of body and time", "ghost", SECRET, ghost(NOW), ghost(NOW)],
  ["GitHub's id of a delivery", "github", SECRET, github("a18179eb"), github("a18179eb")],
];

describe("a delivery that its sender sends again", () => {
  test.each(sentTwice)(
    "a delivery sent again by %s is answered as the first time, and has no second effect",
    async (_name, scheme, secret, first, second) => {
      const world = await opened(scheme, secret);
      const answered = await json(world, first);
      expect(answered.outcome).toBe("queued");
      await world.work({ kind: "layer", id: LAYER });
      world.now = NOW + MINUTE;
      const before = (await world.store.memory.read(`layers/${LAYER}`))?.etag;
      expect(await json(world, second)).toEqual(answered);
      expect((await world.store.memory.read(`layers/${LAYER}`))?.etag).toBe(before);
      expect(await syncs(world)).toBe(1);
    },
  );

  test("a delivery sent again is in the log under an id of its own, which names the first one", async () => {
    const world = await opened("github");
    const answered = await json(world, github("one"));
    world.now += 5 * SECOND;
    await world.send(github("one"));
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect([page.listAt("items").length, page.at("items.0.code"), page.at("items.0.syncId")]).toEqual([
      2,
      "REPEATED",
      answered.syncId,
    ]);
    expect(page.textAt("items.0.cause")).toContain(answered.deliveryId);
    expect(page.at("items.1.id")).toBe(answered.deliveryId);
    expect(page.at("items.1.code")).toBe(null);
  });
});

const distinct: [string, string, string, Sent, Sent][] = [
  [
    "the same id with another body",
    "standard-webhooks",
    KEY,
    standard("entry_1", NOW),
    standard("entry_1", NOW, '{"id":2}'),
  ],
  ["another id", "standard-webhooks", KEY, standard("msg_1", NOW), standard("msg_2", NOW)],
  ["another time in the signature", "ghost", SECRET, ghost(NOW), ghost(NOW + 1)],
  ["another id of GitHub's over the same body", "github", SECRET, github("one"), github("two")],
  [
    "GitHub's body without an id",
    "github",
    SECRET,
    { ...github("one"), headers: headersWithoutId() },
    { ...github("one"), headers: headersWithoutId() },
  ],
  ["Storyblok's body, equal to the byte", "storyblok", SECRET, storyblok(), storyblok()],
  [
    "a secret in a header",
    "header-secret",
    SECRET,
    { headers: { authorization: SECRET } },
    { headers: { authorization: SECRET } },
  ],
  ["Ghost's former signature, which covers no time", "ghost", SECRET, formerGhost(), formerGhost()],
];

function headersWithoutId(): Record<string, string> {
  return { "x-hub-signature-256": `sha256=${hex("sha256", BODY)}` };
}
function storyblok(): Sent {
  return { body: BODY, headers: { "webhook-signature": hex("sha1", BODY) } };
}
function formerGhost(): Sent {
  return { body: BODY, headers: { "x-ghost-signature": `sha256=${hex("sha256", BODY)}, t=${NOW}` } };
}

describe("two deliveries that only look alike", () => {
  test.each(distinct)(
    "a delivery that only looks alike, %s, is synced as well",
    async (_name, scheme, secret, first, second) => {
      const world = await opened(scheme, secret);
      const one = await json(world, first);
      await world.work({ kind: "layer", id: LAYER });
      world.now = NOW + MINUTE;
      const two = await json(world, second);
      expect([two.outcome, two.syncId === one.syncId, two.deliveryId === one.deliveryId]).toEqual([
        "queued",
        false,
        false,
      ]);
      expect(await syncs(world)).toBe(2);
    },
  );

  test("one id at two webhooks is two deliveries", async () => {
    const world = await opened("github");
    const verification = { scheme: "github", secret: SECRET };
    const other = await world.post(`/data-layers/${LAYER}/webhooks`, { name: "Other", verification });
    const one = await json(world, github("one"));
    const path = new URL(other.textAt("url")).pathname;
    const two = await json(world, { ...github("one"), path });
    expect(two.deliveryId).not.toBe(one.deliveryId);
  });
});
