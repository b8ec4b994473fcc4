import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BODY_BYTES } from "../../../src/core/limits.ts";
import { openRequest } from "../../../src/edge/hooks/keptRequest.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { LAYER, PATH, type SenderWorld, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const log = `/data-layers/${LAYER}/deliveries`;
const newest = async (world: SenderWorld): Promise<string> => (await world.get(log)).textAt("items.0.id");
const resend = async (world: SenderWorld, id?: string, as: "Developer" | "Reviewer" = "Developer") =>
  world.post(`${log}/${id ?? (await newest(world))}/resend`, undefined, { as });

const source = (slug: string) => ({ slug, name: slug, type: "http", url: `https://jobs.example.com/${slug}` });

/** A webhook of a layer with two sources, and the calls of their jobs. */
const withSources = async (settings: Record<string, unknown> = {}) => {
  const world = await opened(settings);
  await world.patch(`/data-layers/${LAYER}?sync=false`, { dataSources: [source("posts"), source("pages")] });
  const calls: Record<string, unknown>[] = [];
  world.answering = async ({ body = "" }) => {
    calls.push(JSON.parse(body));
    return world.job();
  };
  const work = async () => {
    world.now += 2000;
    await world.work({ kind: "layer", id: LAYER });
    return calls
      .splice(0)
      .map(({ dataSource, full, webhookBody, trigger }) => ({ dataSource, full, webhookBody, trigger }));
  };
  return { world, work };
};
const named: Sent = { headers: { "x-connect-data-source": "posts" }, body: '{"id":7,"title":"A title"}' };

describe("a delivery that is sent again", () => {
  test("a delivery is sent again for its source with its body, in a sync of its own, on record", async () => {
    const { world, work } = await withSources();
    await world.send(named);
    const first = await work();
    const id = await newest(world);
    const answer = await resend(world);
    expect(answer.status).toBe(202);
    expect(answer.at("")).toMatchObject({ outcome: "queued", scope: ["posts"], warnings: [] });
    expect(answer.headers.get("location")).toBe(`/api/v1/data-layers/${LAYER}/syncs/${answer.textAt("syncId")}`);
    const line = await world.get(`${log}/${answer.textAt("deliveryId")}`);
    expect(line.at("")).toMatchObject({
      ...{ id: answer.at("deliveryId"), syncId: answer.at("syncId"), outcome: "queued", code: "RESENT" },
      ...{ webhook: (await world.get(`${log}/${id}`)).at("webhook"), dataSource: "posts", userAgent: null },
      cause: `A person sent the delivery ${id} again.`,
    });
    expect(await newest(world)).toBe(answer.at("deliveryId"));
    const again = await work();
    expect(again).toMatchObject([{ dataSource: "posts", full: false, webhookBody: { id: 7, title: "A title" } }]);
    expect(again[0]?.webhookBody).toEqual(first[0]?.webhookBody);
    expect((await world.get(`/data-layers/${LAYER}/syncs/${answer.textAt("syncId")}`)).at("trigger.type")).toBe(
      "manual",
    );
    const entry = (await world.audit()).find((one) => Reflect.get(Object(one), "action") === "sync.requested");
    expect(entry).toMatchObject({ detail: { syncId: answer.at("syncId"), dataSource: "posts", deliveryId: id } });
  });

  const unkept: [string, Sent, string | readonly string[]][] = [
    ["a body too long to keep", { ...named, body: `{"x":"${"x".repeat(BODY_BYTES)}"}` }, ["posts"]],
    ["no source named", { body: '{"id":7}' }, "all"],
    ["an unknown source", { headers: { "x-connect-data-source": "none" }, body: "{}" }, "all"],
    [
      "a source in the query",
      { path: `${PATH}?source=pages,posts`, body: "x".repeat(BODY_BYTES + 1) },
      ["pages", "posts"],
    ],
  ];
  test.each(unkept)("a delivery is sent again as a full sync of its scope: %s", async (_what, sent, scope) => {
    const { world, work } = await withSources();
    await world.send(sent);
    await work();
    const answer = await resend(world);
    expect(answer.at("scope")).toEqual(scope);
    const isLost = scope !== "all";
    expect(answer.listAt("warnings").includes("BODY_NOT_KEPT")).toBe(isLost);
    for (const call of await work()) expect(call).toMatchObject({ full: true, webhookBody: {} });
  });

  test("a delivery that the conditions left out is sent again, with its body", async () => {
    const { world, work } = await withSources({ only: [{ bodyPath: "id", in: ["8"] }] });
    expect((await (await world.send(named)).json()).code).toBe("FILTERED");
    expect((await resend(world)).status).toBe(202);
    expect(await work()).toMatchObject([{ dataSource: "posts", full: false, webhookBody: { id: 7 } }]);
  });

  test("a delivery that a strict webhook refused is sent again in full", async () => {
    const { world } = await withSources({ strict: true });
    expect(await world.outcome({ headers: { "x-connect-data-source": "none" } })).toEqual([422, "UNKNOWN_DATA_SOURCE"]);
    expect((await resend(world)).at("")).toMatchObject({ scope: "all", warnings: ["UNKNOWN_DATA_SOURCE"] });
  });

  const verification = { scheme: "header-secret", secret: "a secret of the CMS", header: "x-secret" };
  const noPublish: [string, Record<string, unknown>, Sent][] = [
    ["whose sender was refused", { verification }, named],
    ["that was a test call", {}, { headers: { "x-github-event": "ping" } }],
    ["that was a handshake", {}, { method: "GET", path: `${PATH}?challenge=token` }],
    ["by another method", {}, { method: "PUT" }],
  ];
  test.each(noPublish)("a delivery %s is not sent again", async (_what, settings, sent) => {
    const world = await opened(settings);
    await world.ask(sent);
    const answer = await resend(world);
    expect([answer.status, answer.at("code")]).toEqual([409, "DELIVERY_NOT_RESENDABLE"]);
    expect((await world.get(`/data-layers/${LAYER}/syncs`)).at("items")).toEqual([]);
  });

  test("a delivery that the log does not have is not found, and a reader may send none again", async () => {
    const world = await opened();
    await world.send(named);
    const missing = await resend(world, "no-such-delivery");
    expect([missing.status, missing.at("code")]).toEqual([404, "DELIVERY_NOT_FOUND"]);
    const id = await newest(world);
    expect((await resend(world, id, "Reviewer")).status).toBe(403);
    world.now += 31 * 86_400_000;
    expect((await resend(world, id)).status).toBe(404);
  });
});

/** The request that the log keeps of the newest delivery; null: none. */
const keptOf = async (world: SenderWorld) => {
  const entries = await world.store.memory.list(`deliveries/${LAYER}/`);
  const records = await Promise.all(entries.map(({ key }) => world.store.memory.read(key)));
  const id = await newest(world);
  const record = records.map((one) => JSON.parse(one?.text ?? "{}")).find((one) => one.id === id);
  return openRequest(world.deps.sealer, LAYER, record?.request);
};

test("a delivery that was sent again is sent again once more, with its body and its title", async () => {
  const { world, work } = await withSources();
  await world.patch(`/data-layers/${LAYER}?sync=false`, { keepTitles: true });
  const body = '{"operation":"publish","data":{"__typename":"Page","id":"e7","title":"A title"}}';
  await world.send({ ...named, body });
  const first = (await world.get(log)).at("items.0.subject");
  expect(first).toMatchObject({ id: "e7", title: "A title" });
  for (let count = 0; count < 2; count += 1) {
    await work();
    expect((await resend(world)).at("warnings")).toEqual([]);
    expect((await world.get(log)).at("items.0.subject")).toEqual(first);
    expect(await work()).toMatchObject([{ dataSource: "posts", full: false, webhookBody: { data: { id: "e7" } } }]);
  }
});

test("a delivery that is sent again leaves no request and no title in the log once these are no longer kept", async () => {
  const { world } = await withSources();
  await world.patch(`/data-layers/${LAYER}?sync=false`, { keepTitles: true });
  await world.send({
    ...named,
    body: '{"operation":"publish","data":{"__typename":"Page","id":"e7","title":"A title"}}',
  });
  const id = await newest(world);
  await world.patch(`/data-layers/${LAYER}?sync=false`, { keepTitles: false });
  await world.change({ keepRequests: false });
  expect((await resend(world, id)).at("warnings")).toEqual([]);
  expect(await keptOf(world)).toBeNull();
  expect((await world.get(log)).at("items.0.subject")).toMatchObject({ id: "e7", title: null });
});

describe("a webhook that keeps no requests", () => {
  test("a webhook that keeps no requests leaves none in the log, and says so when a delivery is sent again", async () => {
    const { world, work } = await withSources({ keepRequests: false });
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).at("items.0.keepRequests")).toBe(false);
    await world.send(named);
    expect(await keptOf(world)).toBeNull();
    await work();
    const answer = await resend(world);
    expect(answer.at("")).toMatchObject({ scope: ["posts"], warnings: ["BODY_NOT_KEPT"] });
    expect(await work()).toMatchObject([{ dataSource: "posts", full: true, webhookBody: {} }]);
    await world.send({ headers: named.headers ?? {} });
    await work();
    expect((await resend(world)).at("warnings")).toEqual([]);
  });

  test("a webhook keeps requests again as soon as it is told to, and an export has the setting", async () => {
    const { world } = await withSources({ keepRequests: false });
    const exported = await world.get("/export?secrets=true");
    expect(exported.at("dataLayers.0.webhooks.0.keepRequests")).toBe(false);
    expect((await world.change({ keepRequests: true })).at("keepRequests")).toBe(true);
    await world.send(named);
    expect((await keptOf(world))?.body?.toString()).toBe(named.body);
    expect((await world.call("PUT", "/import", { body: exported.at("") })).status).toBe(200);
    await world.send(named);
    expect(await keptOf(world)).toBeNull();
  });
});

test("an export names whether requests are kept only where somebody set it, so that the release before can import it", async () => {
  const { world } = await withSources();
  const exported = async () => (await world.get("/export?secrets=true")).at("dataLayers.0.webhooks.0");
  expect(Object.keys(Object(await exported())).sort()).toEqual(["id", "name", "only", "ref", "strict", "verification"]);
  await world.change({ keepRequests: true });
  expect(await exported()).toMatchObject({ keepRequests: true });
});

describe("the request of a delivery in the log", () => {
  test("a request is kept without its webhook's own header secret, whatever the header's name, and sent again", async () => {
    const secret = "of-the-cms-1234";
    const verification = { scheme: "header-secret", header: "X-Proof-Of-Sender", secret };
    const { world, work } = await withSources({ verification, only: [{ bodyPath: "id", in: ["7"] }] });
    for (const body of ['{"id":7}', '{"id":8}']) {
      await world.send({ headers: { ...named.headers, "x-proof-of-sender": secret }, body });
      const kept = await keptOf(world);
      expect(kept?.body?.toString()).toBe(body);
      expect([...(kept?.headers.keys() ?? [])]).toEqual(["content-type", "x-connect-data-source"]);
    }
    await work();
    expect((await resend(world)).status).toBe(202);
    expect(await work()).toMatchObject([{ dataSource: "posts", full: false, webhookBody: { id: 8 } }]);
  });

  test("a request is kept without the secret in its body, and sent again with the rest of it", async () => {
    const secret = 'Se"cret-of-Prismic';
    const { world, work } = await withSources();
    for (const bodyPath of ["secret", "of.sender"]) {
      await world.change({ verification: { scheme: "body-secret", bodyPath, secret } });
      const body = `{ "n": 12345678901234567890, "secret": ${JSON.stringify(secret)}, "of": {"sender":${JSON.stringify(secret)}}, "t":"漢" }`;
      expect((await world.send({ ...named, body })).status).toBe(200);
      expect((await keptOf(world))?.body?.toString()).toBe(body.replaceAll(JSON.stringify(secret), '""'));
    }
    await work();
    expect((await resend(world)).status).toBe(202);
    expect(await work()).toMatchObject([{ full: false, webhookBody: { secret: "", of: { sender: "" }, t: "漢" } }]);
  });

  const hidden: [string, Sent][] = [
    [
      "a form",
      { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "secret=of-the-cms-1234&id=7" },
    ],
    ["XML", { body: "<entry><secret>of-the-cms-1234</secret></entry>" }],
    ["JSON with an escape", { body: '{"secret":"of-the-cms-123\\u0034"}' }],
    ["JSON with the secret in another text", { body: '{"secret":"of-the-cms-1234","u":"x?of-the-cms-1234"}' }],
    ["a packed body", { headers: { "content-encoding": "gzip" }, body: gzipSync('{"secret":"of-the-cms-1234"}') }],
  ];
  test.each(hidden)(
    "a request whose secret cannot be taken out is not kept, and sent again in full: %s",
    async (_what, sent) => {
      const bodyPath = sent.body?.toString().startsWith("<") === true ? "entry.secret" : "secret";
      const { world, work } = await withSources({
        verification: { scheme: "body-secret", bodyPath, secret: "of-the-cms-1234" },
      });
      expect((await world.send({ ...sent, headers: { ...named.headers, ...sent.headers } })).status).toBe(200);
      expect(await keptOf(world)).toBeNull();
      await work();
      expect((await resend(world)).at("scope")).toEqual(["posts"]);
      expect(await work()).toMatchObject([{ full: true, webhookBody: {} }]);
    },
  );

  test("a request is kept sealed, without credentials and without its webhook's URL, and shown to nobody", async () => {
    const world = await opened();
    const headers = { ...named.headers, authorization: "Bearer a-credential", referer: `https://hook.test${PATH}` };
    await world.send({ ...named, headers, path: `${PATH}?source=posts&token=a-credential` });
    const [key = ""] = (await world.store.memory.list(`deliveries/${LAYER}/`)).map((entry) => entry.key);
    const record = (await world.store.memory.read(key))?.text ?? "";
    const { request } = JSON.parse(record);
    expect(request).toMatch(/^1\./);
    expect(record).not.toContain("A title");
    const kept = openRequest(world.deps.sealer, LAYER, request);
    expect(kept?.target).toBe("/?source=posts");
    expect([kept?.body?.toString(), [...(kept?.headers ?? [])]]).toEqual([
      named.body,
      [
        ["content-type", "text/plain;charset=UTF-8"],
        ["x-connect-data-source", "posts"],
      ],
    ]);
    expect(openRequest(world.deps.sealer, "another-layer", request)).toBeNull();
    expect(openRequest(makeSealer(["another secret of the system"]), LAYER, request)).toBeNull();
    for (const shown of [await world.get(log), await world.get(`/data-layers/${LAYER}/activity`)]) {
      expect(shown.text).not.toContain(request);
    }
  });

  test("the request of a sender that proved nothing is not kept", async () => {
    const world = await opened({ verification: { scheme: "header-secret", secret: "a secret of the CMS" } });
    await world.send(named);
    const [key = ""] = (await world.store.memory.list(`deliveries/${LAYER}/`)).map((entry) => entry.key);
    expect(Object.keys(JSON.parse((await world.store.memory.read(key))?.text ?? ""))).not.toContain("request");
  });

  test("a request is not kept where there is no key to seal it with, and its delivery is sent again in full", async () => {
    const { world, work } = await withSources();
    const { sealer } = world.deps;
    Object.assign(world.deps, { sealer: makeSealer([]) });
    await world.send(named);
    Object.assign(world.deps, { sealer });
    await work();
    expect((await resend(world)).at("scope")).toEqual(["posts"]);
    expect(await work()).toMatchObject([{ full: true, webhookBody: {} }]);
  });
});
