import { describe, expect, test } from "vitest";
import { LAYER, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const signed = {
  verification: { scheme: "hmac", header: "x-wc-webhook-signature", encoding: "base64", secret: "a-secret-of-a-shop" },
};

const pings: [string, Sent][] = [
  ["WooCommerce", { headers: { ...FORM, "user-agent": "WooCommerce/9.4.1 Hookshot" }, body: "webhook_id=15" }],
  ["Discourse", { headers: { "x-discourse-event-type": "ping", "x-discourse-event": "ping" }, body: '{"ping":"OK"}' }],
  ["Bitbucket", { headers: { "x-event-key": "diagnostics:ping" }, body: '{"test": true}' }],
];

describe("pings that their senders never sign", () => {
  test.each(pings)("a ping of %s at a webhook that verifies is a test and changes nothing", async (name, sent) => {
    for (const settings of [signed, {}]) {
      const world = await opened(settings);
      const before = (await world.store.memory.read(`layers/${LAYER}`))?.etag;
      const answer = await world.send(sent);
      const { outcome, code, syncId } = await answer.json();
      expect([answer.status, outcome, code, syncId]).toEqual([200, "ignored", "TEST", null]);
      expect((await world.store.memory.read(`layers/${LAYER}`))?.etag).toBe(before);
      const page = await world.get(`/data-layers/${LAYER}/deliveries`);
      expect([page.textAt("items.0.cause").includes(name), page.at("items.0.secret")]).toEqual([true, null]);
    }
  });

  test.each([
    ["a form with more fields", { headers: FORM, body: "webhook_id=15&id=7" }],
    ["an id that is no number", { headers: FORM, body: "webhook_id=a" }],
    ["a header of Discourse over an entry", { headers: { "x-discourse-event-type": "ping" }, body: '{"post":{}}' }],
    [
      "a header of Bitbucket over a push",
      { headers: { "x-event-key": "diagnostics:ping" }, body: '{"test":true,"push":{}}' },
    ],
    ["a ping of GitHub, which signs it", { headers: { "x-github-event": "ping" }, body: "{}" }],
  ])("an unsigned request that is no known ping is refused: %s", async (_name, sent) => {
    const world = await opened(signed);
    expect(await world.outcome(sent)).toEqual([401, "SIGNATURE_MISSING"]);
  });

  test("a flood of unsigned pings writes ten lines a minute", async () => {
    const world = await opened(signed);
    for (let i = 0; i < 30; i += 1) await world.send({ headers: FORM, body: `webhook_id=${i}` });
    expect((await world.get(`/data-layers/${LAYER}/deliveries?limit=100`)).listAt("items")).toHaveLength(10);
  });
});
