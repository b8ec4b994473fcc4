import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { layerKey } from "../../src/store/keys.ts";
import { World } from "../app/world.ts";

const LAYER = "layer-one";
const url = (rest: string) => `https://hook.test/hooks/data_layer/data_source/publish/${rest}`;

let world: World;
const after: Promise<unknown>[] = [];

const send = async (rest: string, init: RequestInit = { method: "POST" }): Promise<Response> => {
  const answering = answerPublish(new Request(url(rest), init), world.deps(), (work) => after.push(work));
  await world.clock.pass(0);
  return answering;
};

const stored = async () =>
  createHash("sha256")
    .update((await world.memory.read(layerKey(LAYER)))?.text ?? "")
    .digest("hex");

beforeEach(async () => {
  world = new World();
  world.wakesArrive = false;
  await world.layer(LAYER, ["a", "b"]);
});

describe("what any CMS may send is accepted", () => {
  const bodies: [string, RequestInit][] = [
    ["nothing at all", {}],
    ["a form", { body: new URLSearchParams({ "{}": "" }) }],
    ["broken JSON", { body: '{"a":', headers: { "content-type": "application/json" } }],
    ["bytes that are no text", { body: new Uint8Array([0xff, 0xfe, 0x00, 0x80]) }],
    ["ten megabytes", { body: "x".repeat(10_000_000) }],
    ["deeply nested JSON", { body: "[".repeat(8000) + "]".repeat(8000) }],
    ["a number beyond all bounds", { body: '{"n":1e400}' }],
  ];
  test.each(bodies)("a CMS may send %s, for all sources and for one", async (_name, init) => {
    const all = await send(LAYER, { method: "POST", ...init });
    expect(all.status).toBe(200);
    expect(await all.json()).toMatchObject({ dataLayerId: LAYER, outcome: "queued", scope: "all", warnings: [] });
    const headers = new Headers(init.headers);
    headers.set("x-connect-data-source", "a");
    const one = await send(LAYER, { method: "POST", ...init, headers });
    expect(one.status).toBe(200);
    expect(await one.json()).toMatchObject({ outcome: "coalesced", scope: "all" });
  });

  test("a trailing slash and a query are tolerated", async () => {
    expect((await send(`${LAYER}/?utm=1&x=%00`)).status).toBe(200);
  });

  test("a body of more than 16 KB is not kept, its source is synced in full and the answer says so", async () => {
    const headers = { "x-connect-data-source": "a" };
    const answered = await send(LAYER, { method: "POST", headers, body: "x".repeat(16_385) });
    expect(await answered.json()).toMatchObject({ scope: ["a"], warnings: ["BODY_NOT_KEPT"] });
    expect((await world.readLayer(LAYER)).slot.pending?.asks["a"]).toEqual({
      full: true,
      deliveredAt: world.clock.now,
    });
    const exact = await send(LAYER, {
      method: "POST",
      headers: { "x-connect-data-source": "b" },
      body: "x".repeat(16_384),
    });
    expect(await exact.json()).toMatchObject({ scope: ["a", "b"], warnings: [] });
  });

  test("a body is what was sent, whatever its words, and one that breaks off counts as far as it came", async () => {
    const headers = { "x-connect-data-source": "a" };
    const kept = async () => (await world.readLayer(LAYER)).slot.pending?.asks["a"]?.body;
    const worded = await send(LAYER, { method: "POST", headers, body: "too-long" });
    expect((await worded.json()).warnings).toEqual([]);
    expect(await kept()).toBe("too-long");
    await world.clock.pass(2000);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"half":')),
      pull: (controller) => controller.error(new TypeError("the sender is gone")),
    });
    const init = { method: "POST", headers, body, duplex: "half" as const };
    expect((await send(LAYER, init)).status).toBe(200);
    expect(await kept()).toBe('{"half":');
  });

  test("an unknown source widens the sync to all and warns", async () => {
    for (const slug of ["nobody", "../a", "%2e%2e", "a b", "x".repeat(10_000), "a,,nobody"]) {
      const answered = await send(LAYER, { method: "POST", headers: { "x-connect-data-source": slug } });
      expect(answered.status).toBe(200);
      expect(await answered.json()).toMatchObject({ scope: "all", warnings: ["UNKNOWN_DATA_SOURCE"] });
    }
  });

  test("the header wins over the query, the query over the alias, whose prefix is optional", async () => {
    const scope = async (rest: string, headers: Record<string, string>) => {
      await world.clock.pass(2000);
      const fresh = new World();
      await fresh.layer(LAYER, ["a", "b"]);
      world = fresh;
      return (await (await send(rest, { method: "POST", headers })).json()).scope;
    };
    expect(await scope(`${LAYER}?source=b`, { "x-connect-data-source": "a" })).toEqual(["a"]);
    expect(await scope(`${LAYER}?source=b`, { "x-gatsby-cloud-data-source": "a" })).toEqual(["b"]);
    expect(await scope(LAYER, { "x-gatsby-cloud-data-source": "gatsby-source-a" })).toEqual(["a"]);
    expect(await scope(LAYER, { "x-connect-data-source": "a, b" })).toEqual(["a", "b"]);
  });

  test("a delivery is answered at once with an id under which its sync runs", async () => {
    const body = await (await send(LAYER)).json();
    expect(body).toMatchObject({
      syncId: (await world.readLayer(LAYER)).slot.pending?.syncId,
      message: expect.any(String),
    });
    expect(Object.keys(body).sort()).toEqual(
      ["dataLayerId", "deliveryId", "message", "outcome", "revision", "scope", "syncId", "warnings"].sort(),
    );
  });
});

describe("what is not a working webhook is refused and writes nothing", () => {
  const problemOf = async (response: Response, status: number) => {
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    return response.json();
  };

  test.each([
    ["an unknown layer", "nobody-here"],
    ["a short id", "abc"],
    ["dots", "..%2f..%2fetc"],
    ["encoded dots", "%2e%2e"],
    ["a NUL", "layer%00one"],
    ["ten thousand characters", "x".repeat(10_000)],
    ["a third segment", `${LAYER}/aaaaaaaaaa/more`],
    ["a malformed webhook id", `${LAYER}/%20`],
  ])("a URL that is no webhook is refused and writes nothing: %s: 404", async (_name, rest) => {
    const before = world.counts.writes;
    expect(await problemOf(await send(rest), 404)).toMatchObject({ code: "DATA_LAYER_NOT_FOUND" });
    expect(world.counts.writes).toBe(before);
  });

  test("an unknown webhook id: 401, and no write", async () => {
    const before = await stored();
    for (let i = 0; i < 20; i += 1) {
      expect(await problemOf(await send(`${LAYER}/unknown-webhook-${i}`), 401)).toMatchObject({
        code: "WEBHOOK_UNKNOWN",
      });
    }
    await Promise.all(after);
    expect(await stored()).toBe(before);
  });

  test("the default while it is off leaves one mark in ten minutes, however often it is called", async () => {
    const off = new World();
    await off.layer(LAYER, [], [], { defaultWebhook: "off" });
    world = off;
    const { rev } = await world.readLayer(LAYER);
    for (let i = 0; i < 30; i += 1) {
      expect(await problemOf(await send(LAYER), 401)).toMatchObject({ code: "DEFAULT_WEBHOOK_OFF" });
      await world.clock.pass(1000);
    }
    await Promise.all(after);
    expect((await world.readLayer(LAYER)).rev).toBe(rev + 1);
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "a method that no webhook takes is refused and starts nothing: %s: 405, with what is allowed",
    async (method) => {
      const response = await send(LAYER, { method });
      expect(response.headers.get("allow")).toBe("POST");
      expect(await problemOf(response, 405)).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
      expect((await world.readLayer(LAYER)).slot.pending).toBeNull();
    },
  );

  test("a store that does not confirm: 503 that says when to come again", async () => {
    world.storeFails = () => true;
    const answering = answerPublish(new Request(url(LAYER), { method: "POST" }), world.deps(), () => undefined);
    await world.clock.pass(30_000);
    const response = await answering;
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await problemOf(response, 503)).toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("what a delivery costs", () => {
  test("a burst costs one read and one write for its first delivery, one read for each other, and a log line for each", async () => {
    const cost = async (rest: string, init?: RequestInit) => {
      const { reads, writes, logs } = world.counts;
      await send(rest, init);
      return [world.counts.reads - reads, world.counts.writes - writes, world.counts.logs - logs];
    };
    expect(await cost(LAYER)).toEqual([1, 1, 1]);
    for (let i = 0; i < 10; i += 1) expect(await cost(LAYER)).toEqual([1, 0, 1]);
    await world.clock.pass(1500);
    expect(await cost(LAYER)).toEqual([1, 1, 1]);
  });
});
