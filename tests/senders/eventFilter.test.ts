import { describe, expect, test } from "vitest";
import { recording } from "./recordings.ts";
import { LAYER, PATH, SenderWorld, type Sent } from "./senderWorld.ts";

const opened = async (settings: Record<string, unknown> = {}): Promise<SenderWorld> => {
  const world = new SenderWorld();
  await world.open(settings);
  return world;
};

/** The outcome of a delivery, and its code. */
const outcome = async (world: SenderWorld, sent: Sent): Promise<[string, string | null]> => {
  const response = await world.send(sent);
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return [body.outcome, body.code ?? null];
};

const syncs = async (world: SenderWorld): Promise<number> =>
  (await world.get(`/data-layers/${LAYER}/syncs`)).listAt("items").length;

const topics = { only: [{ header: "X-Contentful-Topic", in: ["ContentManagement.Entry.publish"] }] };
const topic = (event: string): Sent => ({ headers: { "x-contentful-topic": `ContentManagement.${event}` } });

describe("a webhook that lets only some events through", () => {
  test("an image upload is answered 200 and costs no sync and no write of the layer", async () => {
    const world = await opened(topics);
    const before = (await world.store.memory.read(`layers/${LAYER}`))?.etag;
    expect(await outcome(world, topic("Asset.publish"))).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, {})).toEqual(["ignored", "FILTERED"]);
    expect((await world.store.memory.read(`layers/${LAYER}`))?.etag).toBe(before);
    expect(await syncs(world)).toBe(0);
    expect(await outcome(world, topic("Entry.publish"))).toEqual(["queued", null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    const ignored = [page.at("items.2.outcome"), page.at("items.2.code"), page.at("items.2.syncId")];
    expect(ignored).toEqual(["ignored", "FILTERED", null]);
    expect(page.textAt("items.2.cause")).toContain("x-contentful-topic");
  });

  test("the answer to what is ignored says so to the editor", async () => {
    const world = await opened(topics);
    const answer = await (await world.send(topic("Asset.publish"))).json();
    expect(answer).toEqual({
      deliveryId: expect.any(String),
      dataLayerId: LAYER,
      outcome: "ignored",
      code: "FILTERED",
      syncId: null,
      scope: [],
      warnings: [],
      message: expect.stringContaining("Layerhook starts no sync"),
    });
  });

  test("all conditions must hold, in headers and in the body", async () => {
    const world = await opened({
      only: [
        { bodyPath: "sys.type", in: ["Entry", "7"] },
        { header: "x-env", in: ["master", "main"] },
      ],
    });
    const sent = (type: unknown, env: string): Sent => ({
      headers: { "x-env": env },
      body: JSON.stringify({ sys: { type } }),
    });
    expect(await outcome(world, sent("Entry", "staging"))).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, sent("Asset", "main"))).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, sent({ in: "Entry" }, "main"))).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, { headers: { "x-env": "main" } })).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, { headers: { "x-env": "staging" }, body: "{" })).toEqual(["ignored", "FILTERED"]);
    expect(await outcome(world, sent("Entry", "main"))).toEqual(["queued", null]);
    expect(await outcome(world, sent(7, "master"))).toEqual(["coalesced", null]);
  });

  test.each([
    ["longer than is ever read", `{"type":"b","x":"${"x".repeat(7_000_000)}"}`],
    ["longer than is looked into", `{"type":"b","x":"${"x".repeat(1024 * 1024)}"}`],
    ["broken JSON", '{"type":"b"'],
    ["a form", "type=b"],
  ])("a body that cannot be read is not withheld but warned of, also by a strict webhook: %s", async (_what, body) => {
    const world = await opened({ only: [{ bodyPath: "type", in: ["a"] }], strict: true });
    const answer = await (await world.send({ body })).json();
    expect([answer.outcome, answer.warnings]).toEqual(["queued", ["BODY_NOT_READABLE"]]);
    expect(answer.message).toContain("could not be read");
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect(page.at("items.0.warnings")).toEqual(["BODY_NOT_READABLE"]);
  });

  test("a body that no condition asks about is not warned of, whatever it is", async () => {
    const world = await opened({ only: [{ header: "x-env", in: ["main"] }] });
    const answer = await (await world.send({ headers: { "x-env": "main" }, body: "{" })).json();
    expect([answer.outcome, answer.warnings]).toEqual(["queued", []]);
  });

  test("nobody learns the filter without proving who they are", async () => {
    const world = await opened({ ...topics, verification: { scheme: "github", secret: "a secret of GitHub" } });
    expect(await world.outcome(topic("Asset.publish"))).toEqual([401, "SIGNATURE_MISSING"]);
    expect(await world.outcome({ headers: { "x-github-event": "ping" } })).toEqual([401, "SIGNATURE_MISSING"]);
  });

  test("the conditions are shown, replaced as a whole, and on record by their name", async () => {
    const world = await opened(topics);
    const shown = await world.get(`/data-layers/${LAYER}/webhooks`);
    expect(shown.at("items.0.only")).toEqual([
      { header: "x-contentful-topic", in: ["ContentManagement.Entry.publish"] },
    ]);
    expect((await world.change({ only: [] })).at("only")).toEqual([]);
    expect(await outcome(world, topic("Asset.publish"))).toEqual(["queued", null]);
    expect(JSON.stringify(await world.audit())).toContain('"fields":["only"]');
  });

  test.each([
    [[{ in: ["a"] }], "only.0"],
    [[{ header: "a", bodyPath: "b", in: ["a"] }], "only.0"],
    [[{ header: "no name", in: ["a"] }], "only.0.header"],
    [[{ bodyPath: "a..b", in: ["a"] }], "only.0.bodyPath"],
    [[{ header: "a", in: [] }], "only.0.in"],
    [[{ header: "a", in: ["a"], not: ["b"] }], "only.0.not"],
  ])("the event filter %j is refused with its path", async (only, path) => {
    const world = await opened();
    const refused = await world.change({ only });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });

  test("settings longer than a document has room for are refused", async () => {
    const world = await opened();
    const long = { only: Array.from({ length: 5 }, () => ({ header: "a", in: ["x".repeat(200), "y".repeat(200)] })) };
    expect((await world.change(long)).status).toBe(200);
    for (let i = 0; i < 4; i += 1) {
      expect((await world.post(`/data-layers/${LAYER}/webhooks`, { name: "More", ...long })).status).toBe(201);
    }
    const refused = await world.post(`/data-layers/${LAYER}/webhooks`, { name: "One too many", ...long });
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", 12_288]);
  });
});

describe("a test call of a CMS costs no sync", () => {
  const tests: [string, Sent][] = [
    ["GitHub", { headers: { "x-github-event": "ping" }, body: '{"zen":"Keep it logically awesome."}' }],
    ["Prismic", { body: '{"type":"test-trigger","domain":"lab","apiUrl":"https://lab.example.com","secret":null}' }],
    ["Strapi", { ...recording("strapi/01-trigger-test").sent, path: PATH }],
    ["Agility", { body: '{"instanceGuid":"046a1a87","languageCode":"en-us","message":"test"}' }],
  ];
  test.each(tests)("a test call of %s costs no sync", async (vendor, sent) => {
    const world = await opened();
    expect(await outcome(world, sent)).toEqual(["ignored", "TEST"]);
    expect(await syncs(world)).toBe(0);
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).textAt("items.0.cause")).toContain(vendor);
  });

  test("a test call to the default webhook costs no sync either", async () => {
    const world = new SenderWorld();
    const id = await world.layer();
    const path = `/hooks/data_layer/data_source/publish/${id}`;
    expect(await outcome(world, { path, headers: { "x-github-event": "ping" } })).toEqual(["ignored", "TEST"]);
    expect(await outcome(world, { path, headers: { "x-github-event": "push" } })).toEqual(["queued", null]);
  });

  const publishes: [string, Sent][] = [
    ["Strapi", recording("strapi/04-entry.publish").sent],
    ["Prismic", { body: '{"type":"api-update","domain":"lab"}' }],
    ["Agility", { body: '{"state":"Published","instanceGuid":"046a1a87","contentID":39}' }],
    ["Agility's of a kind we do not know", { body: '{"state":"Published","instanceGuid":"046a1a87","mediaID":1}' }],
  ];
  test.each(publishes)("a publish of %s is no test call", async (_name, sent) => {
    expect(await outcome(await opened(), sent)).toEqual(["queued", null]);
  });
});

describe("a strict webhook", () => {
  const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };

  test("a strict webhook answers 422 to an unknown data source and 413 to a body that is not kept, and syncs nothing", async () => {
    const world = await opened({ strict: true });
    await world.patch(`/data-layers/${LAYER}?sync=false`, { dataSources: [source] });
    const unknown = { "x-connect-data-source": "nobody" };
    expect(await world.outcome({ headers: unknown })).toEqual([422, "UNKNOWN_DATA_SOURCE"]);
    const named = { "x-connect-data-source": "blog" };
    expect(await world.outcome({ headers: named, body: "x".repeat(16_385) })).toEqual([413, "BODY_NOT_KEPT"]);
    expect(await syncs(world)).toBe(0);
    expect(await world.outcome({ headers: named, body: "x".repeat(16_384) })).toEqual([200, null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect(page.listAt("items").map((_, i) => page.at(`items.${i}.code`))).toEqual([
      null,
      "BODY_NOT_KEPT",
      "UNKNOWN_DATA_SOURCE",
    ]);
  });

  test("a webhook that is not strict only warns", async () => {
    const world = await opened();
    await world.patch(`/data-layers/${LAYER}?sync=false`, { dataSources: [source] });
    expect(await world.outcome({ headers: { "x-connect-data-source": "nobody" } })).toEqual([200, null]);
  });
});
