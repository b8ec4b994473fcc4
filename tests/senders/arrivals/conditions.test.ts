import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAYER, PATH, type SenderWorld, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

type Only = readonly Record<string, unknown>[];

const json = (body: unknown): Sent => ({ body: JSON.stringify(body), headers: { "content-type": "application/json" } });

const outcomes = async (only: Only, sent: readonly Sent[]): Promise<string[]> => {
  const world = await opened({ only });
  const found: string[] = [];
  for (const one of sent) {
    const answer = await (await world.send(one)).json();
    found.push(answer.outcome === "ignored" ? answer.code : "counts");
  }
  return found;
};

const cause = async (world: SenderWorld, sent: Sent): Promise<string> => {
  const answer = await (await world.send(sent)).json();
  expect(answer.code).toBe("FILTERED");
  const logged = (await world.get(`/data-layers/${LAYER}/deliveries`)).textAt("items.0.cause");
  expect(answer.message).toBe(`${logged} Layerhook starts no sync for this request.`);
  return logged;
};

const kontent = (...actions: string[]): Sent =>
  json({ notifications: actions.map((action) => ({ data: {}, message: { action, environment_id: "e" } })) });
const updated = (...kinds: string[]): Sent =>
  json({ updates: kinds.map((kind) => ({ entity_definition: kind })), continues: false });
const pubSub = (data: unknown): Sent =>
  json({ subscription: "s", message: { messageId: "1", data: Buffer.from(JSON.stringify(data)).toString("base64") } });
const push = (ref: string): Sent => ({ ...json({ ref }), headers: { "x-github-event": "push" } });

/** What people want of real payloads: the condition, what counts, and what does not. */
const wishes: [string, Only, Sent[], Sent[]][] = [
  [
    "a publish of Storyblok outside a release",
    [{ bodyPath: "release_id", absent: true }],
    [json({ action: "published", release_id: null }), json({ action: "published" }), json({ release_id: "" })],
    [json({ action: "published", release_id: 4711 })],
  ],
  [
    "any publish in a batch of Kontent.ai",
    [{ bodyPath: "notifications.*.message.action", in: ["published", "unpublished"] }],
    [kontent("metadata_changed", "published"), kontent("unpublished"), kontent("published", "created")],
    [kontent("metadata_changed", "created"), kontent()],
  ],
  [
    "an item among the updates of Sitecore",
    [{ bodyPath: "updates.*.entity_definition", in: ["Item"] }],
    [updated("LayoutData", "Item"), updated("Item")],
    [updated("LayoutData"), json({ updates: null })],
  ],
  [
    "a push to any branch but those of Decap",
    [{ bodyPath: "ref", not: { startsWith: ["refs/heads/cms/"] } }],
    [push("refs/heads/main"), push("refs/tags/v1"), json({})],
    [push("refs/heads/cms/posts/hello")],
  ],
  [
    "one tag of a list",
    [{ bodyPath: "entry.tags", in: ["news"] }],
    [json({ entry: { tags: ["blog", "news"] } }), json({ entry: { tags: "news" } })],
    [json({ entry: { tags: ["blog"] } }), json({ entry: { tags: [] } }), json({ entry: { tags: [["news"]] } })],
  ],
  [
    "a field of any locale",
    [{ bodyPath: "fields.slug.*", startsWith: ["/blog"] }],
    [json({ fields: { slug: { de: "/x", en: "/blog/a" } } })],
    [json({ fields: { slug: { de: "/x" } } }), json({ fields: { slug: "/blog" } })],
  ],
  [
    "what has a time of publication",
    [{ bodyPath: "entry.publishedAt", exists: true }],
    [json({ entry: { publishedAt: "2026-11-30" } }), json({ entry: { publishedAt: 0 } })],
    [json({ entry: { publishedAt: null } }), json({ entry: {} }), json({})],
  ],
  [
    "a key that has dots itself, as Azure DevOps and Mautic send them",
    [{ bodyPath: "resource.fields.System.State", in: ["Ready"] }],
    [
      json({ resource: { fields: { "System.State": "Ready" } } }),
      json({ "resource.fields": { System: { State: "Ready" } } }),
    ],
    [
      json({ resource: { fields: { "System.State": "New" } } }),
      json({ resource: { fields: { "System.State.x": "Ready" } } }),
    ],
  ],
  [
    "the message of Amazon SNS in its text",
    [{ bodyPath: "Message.event", in: ["asset_bank.media.updated"] }],
    [json({ TopicArn: "arn", Message: JSON.stringify({ event: "asset_bank.media.updated" }) })],
    [
      json({ TopicArn: "arn", Message: JSON.stringify({ event: "asset_bank.media.create" }) }),
      json({ TopicArn: "arn", Message: "hi" }),
    ],
  ],
  [
    "a push of Google Pub/Sub by its data",
    [{ bodyPath: "message.data.type", in: ["page"] }],
    [pubSub({ type: "page" })],
    [pubSub({ type: "image" }), pubSub("page")],
  ],
  [
    "a name in any element of a list, and of a list alone",
    [{ bodyPath: "notifications.message.action", in: ["published"] }],
    [kontent("metadata_changed", "published"), json({ notifications: [[{ message: { action: "published" } }]] })],
    [kontent("created"), kontent(), json({ notifications: ["published"] })],
  ],
  [
    "a batch that is a list",
    [{ bodyPath: "type", in: ["page"] }],
    [json([{ type: "image" }, { type: "page" }]), json({ type: "page" })],
    [json([{ type: "image" }]), json([]), json(["page"])],
  ],
  [
    "what no element of a list has",
    [{ bodyPath: "items.release", absent: true }],
    [json({ items: [{ id: 1 }, { id: 2, release: null }] }), json({ items: [] })],
    [json({ items: [{ id: 1 }, { id: 2, release: 4 }] })],
  ],
  [
    "an element by its place, and no length of a list",
    [{ bodyPath: "items.1", in: ["2"] }],
    [json({ items: [1, 2] })],
    [json({ items: [2, 1] }), json({ items: [[0, 2]] })],
  ],
  [
    "a field named length",
    [{ bodyPath: "items.length", in: ["2"] }],
    [json({ items: { length: 2 } }), json({ items: [{ length: 2 }] })],
    [json({ items: [1, 2] })],
  ],
  [
    "a push that touches a folder",
    [{ bodyPath: "commits.*.*", startsWith: ["content/"] }],
    [json({ commits: [{ added: [] }, { modified: ["src/a.ts", "content/a.md"] }] })],
    [json({ commits: [{ message: "m", removed: ["src/a.ts"] }] })],
  ],
  [
    "a parameter of the URL",
    [{ query: "event", in: ["publish"] }],
    [{ path: `${PATH}?a=1&event=draft&event=publish` }],
    [{}, { path: `${PATH}?event=draft` }],
  ],
  [
    "a header in UTF-8",
    [{ header: "x-contentful-webhook-name", in: ["Veröffentlichen"] }],
    ["latin1" as const, "utf8" as const].map((charset) => ({
      headers: { "x-contentful-webhook-name": Buffer.from("Veröffentlichen", charset).toString("latin1") },
    })),
    [{ headers: { "x-contentful-webhook-name": "Entwurf" } }],
  ],
];

describe("conditions for real payloads", () => {
  test.each(wishes)("a webhook lets only through: %s", async (_what, only, counts, others) => {
    expect(await outcomes(only, counts)).toEqual(counts.map(() => "counts"));
    expect(await outcomes(only, others)).toEqual(others.map(() => "FILTERED"));
  });

  test("conditions are shown and exported as they were given, and an import of the export changes nothing", async () => {
    const only = wishes.slice(0, 5).flatMap(([, each]) => each);
    const world = await opened({ only });
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).at("items.0.only")).toEqual(only);
    const exported = await world.get("/export?secrets=true");
    const again = await world.call("PUT", "/import?dryRun=true", { body: exported.at("") });
    const actions = again.listAt("changes").map((_, index) => again.at(`changes.${index}.action`));
    expect(new Set(actions)).toEqual(new Set(["unchanged"]));
  });

  test.each(["a.*.*.*", "a.*", "a"])(
    "a body with more values than %s looks at counts with a warning",
    async (bodyPath) => {
      const world = await opened({ only: Array.from({ length: 5 }, () => ({ bodyPath, in: ["none"] })) });
      const list =
        bodyPath === "a.*.*.*"
          ? Array.from({ length: 100 }, () => Array(60).fill([1, 2, 3, 4]))
          : Array(20_001).fill(1);
      const answer = await (await world.send(json({ a: list }))).json();
      expect([answer.outcome, answer.warnings]).toEqual(["queued", ["BODY_NOT_READABLE"]]);
    },
  );
});

describe("conditions that can never match", () => {
  const refused: [string, Only, string][] = [
    ["the text null", [{ bodyPath: "release_id", in: ["null"] }], "only.0.in.0"],
    ["the text null, excluded", [{ bodyPath: "release_id", not: { in: ["null"] } }], "only.0.not.in.0"],
    ["brackets", [{ bodyPath: "notifications[].message.action", in: ["published"] }], "only.0.bodyPath"],
    ["an index in brackets", [{ bodyPath: "notifications[0].message.action", in: ["published"] }], "only.0.bodyPath"],
    ["JSONPath", [{ bodyPath: "$.notifications.*.id", exists: true }], "only.0.bodyPath"],
    ["a JSON pointer", [{ bodyPath: "/notifications/0/id", exists: true }], "only.0.bodyPath"],
    ["a name with a blank", [{ bodyPath: "entry. type", exists: true }], "only.0.bodyPath"],
    ["a parameter with its value", [{ query: "event=publish", exists: true }], "only.0.query"],
    ["a parameter with its question mark", [{ query: "?event", in: ["publish"] }], "only.0.query"],
    ["an encoded parameter", [{ query: "filter%5Btype%5D", in: ["page"] }], "only.0.query"],
    ["four stars", [{ bodyPath: "a.*.*.*.*", exists: true }], "only.0.bodyPath"],
    ["a header with blanks", [{ header: "x-a", in: [" a"] }], "only.0"],
    ["no test", [{ bodyPath: "a" }], "only.0"],
    ["two tests", [{ bodyPath: "a", in: ["a"], exists: true }], "only.0"],
    ["two places", [{ bodyPath: "a", query: "a", in: ["a"] }], "only.0"],
    ["exists that is false", [{ bodyPath: "a", exists: false }], "only.0.exists"],
    ["a list of not", [{ bodyPath: "a", not: ["a"] }], "only.0.not"],
    ["an empty not", [{ bodyPath: "a", not: {} }], "only.0.not"],
    [
      "one header with two values",
      [
        { header: "x-a", in: ["a"] },
        { header: "X-A", in: ["b"] },
      ],
      "only.1",
    ],
    [
      "what is absent and has a value",
      [
        { bodyPath: "a", absent: true },
        { bodyPath: "a", in: ["b"] },
      ],
      "only.1",
    ],
  ];
  test.each(refused)("a condition that can never match is refused with its place: %s", async (_what, only, path) => {
    const world = await opened();
    const answer = await world.change({ only });
    expect([answer.status, answer.at("code"), answer.at("errors.0.path")]).toEqual([400, "INVALID_INPUT", path]);
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).at("items.0.only")).toEqual([]);
  });

  test("a refusal counts conditions from 1, as the log and a dry run do", async () => {
    const world = await opened();
    const only = [
      { bodyPath: "a", absent: true },
      { bodyPath: "a", in: ["b"] },
    ];
    const contradicting = await world.change({ only });
    expect(contradicting.textAt("errors.0.message")).toContain("together with condition 1:");
    expect(contradicting.textAt("detail")).toMatch(/[^.]\.$/);
  });

  test.each(["$.secret", "/secret", "secrets[0]", "secrets.*"])(
    "a secret is not looked for where it could never be found: %s",
    async (bodyPath) => {
      const world = await opened();
      const answer = await world.change({ verification: { scheme: "body-secret", secret: "s3cr3t-0f-it", bodyPath } });
      expect([answer.status, answer.at("errors.0.path")]).toEqual([400, "verification.bodyPath"]);
    },
  );
});

describe("the log of what a condition leaves out", () => {
  test("the log says which condition failed and what stood there instead", async () => {
    const world = await opened({
      only: [
        { header: "x-github-event", in: ["push"] },
        { bodyPath: "ref", in: ["refs/heads/main"] },
      ],
    });
    expect(await cause(world, push("refs/heads/dev"))).toBe(
      '"ref" in the body is "refs/heads/dev". Condition 2 of this webhook does not match.',
    );
    expect(await cause(world, { headers: { "x-github-event": "push" }, body: "{}" })).toContain(
      '"ref" in the body is missing. Condition 2',
    );
    expect(await cause(world, { headers: { "x-github-event": "star" } })).toContain(
      'The header x-github-event is "star". Condition 1',
    );
  });

  test("the log names three values of many, and no text that may be content", async () => {
    const world = await opened({ only: [{ bodyPath: "a.*", in: ["x"] }] });
    expect(await cause(world, json({ a: ["one", "Two words", 3, true, "five"] }))).toContain(
      '"a.*" in the body is "one", a text of 9 characters, "3" and 2 more.',
    );
    expect(await cause(world, json({ a: ["y".repeat(81)] }))).toContain("is a text of 81 characters.");
    expect(await cause(world, json({ a: [{}] }))).toContain("has no text, number or boolean.");
  });

  test("the log shows a value whose place only sounds like a credential's", async () => {
    const world = await opened({ only: [{ bodyPath: "entry.author", in: ["none"] }] });
    expect(await cause(world, json({ entry: { author: "ada" } }))).toContain('"entry.author" in the body is "ada"');
    await world.change({ only: [{ bodyPath: "key", in: ["none"] }] });
    expect(await cause(world, json({ key: "7" }))).toContain('"key" in the body is "7"');
  });

  const secret = "s3cr3t-0f-the-sender";
  test.each([
    ["a header of credentials", { header: "authorization", in: ["none"] }],
    ["a header with a token", { header: "x-gitlab-token", in: ["none"] }],
    ["a header of the proof", { header: "x-own", in: ["none"] }],
    ["a parameter with a token", { query: "token", in: ["none"] }],
    ["a key in the query", { query: "key", in: ["none"] }],
    ["a secret in the body", { bodyPath: "secret", in: ["none"] }],
  ])("the log shows no credential that a condition finds: %s", async (_what, condition) => {
    const verification = { scheme: "header-secret", header: "X-Own", secret };
    const world = await opened({ only: [condition], verification });
    const headers = { authorization: secret, "x-gitlab-token": secret, "x-own": secret };
    const path = `${PATH}?token=${secret}&key=${secret}`;
    expect(await cause(world, { headers, path, body: JSON.stringify({ secret }) })).toContain("has another value");
  });
});

test("no bytes make a condition fail, and what cannot be read counts under every condition on a body", async () => {
  const only = wishes.slice(0, 5).flatMap(([, each]) => each);
  const all = await opened({ only });
  const noJson = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const readable = fc.json().map((text) => Buffer.from(text));
  await fc.assert(
    fc.asyncProperty(fc.oneof(noJson, readable), async (body) => {
      const response = await all.send({ body });
      const { outcome, warnings } = await response.json();
      expect(response.status).toBe(200);
      if (warnings.includes("BODY_NOT_READABLE")) expect(outcome).not.toBe("ignored");
      if (outcome === "ignored") expect(() => JSON.parse(body.toString("utf8").replace(/^\ufeff/, ""))).not.toThrow();
    }),
    { numRuns: 200 },
  );
});
