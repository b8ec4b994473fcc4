import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { handshakeOf, SHAPES } from "../../../src/edge/senders/handshakes.ts";
import { LAYER, PATH, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const TOKEN = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";

interface Known {
  readonly sent: Sent;
  /** The body of the answer; null: what every ignored delivery is answered. */
  readonly body?: string | null;
  readonly headers?: Record<string, string>;
}

const json = (value: unknown, headers: Record<string, string> = {}): Sent => ({
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});
const get = (query: string): Sent => ({ method: "GET", path: `${PATH}?${query}` });

const subscribeUrl = (host: string): string =>
  `https://${host}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=${TOKEN}`;

/** A handshake of each shape, as its vendor documents it, and the answer that the vendor asks for. */
const known: readonly (readonly [string, Known])[] = [
  [
    "CloudEvents (Azure Event Grid and others)",
    {
      sent: { method: "OPTIONS", headers: { "webhook-request-origin": "eventgrid.azure.net" } },
      headers: { "webhook-allowed-origin": "eventgrid.azure.net", "webhook-allowed-rate": "*", allow: "POST" },
    },
  ],
  [
    "Okta",
    {
      sent: { method: "GET", headers: { "x-okta-verification-challenge": TOKEN } },
      body: `{"verification":"${TOKEN}"}`,
    },
  ],
  [
    "Meta, WhatsApp, WebSub, YouTube",
    { sent: get(`hub.mode=subscribe&hub.verify_token=x&hub.challenge=${TOKEN}`), body: TOKEN },
  ],
  ["Adobe I/O Events (AEM), Dropbox, Nylas, Prelude", { sent: get(`challenge=${TOKEN}`), body: TOKEN }],
  ["Microsoft (older APIs)", { sent: get(`validationToken=${TOKEN}`), body: TOKEN }],
  ["Onfleet", { sent: get("check=example"), body: "example" }],
  ["Lucca, ASP.NET WebHooks", { sent: get("echo=iusiof24dsfxvc%C3%A7834"), body: "iusiof24dsfxvcç834" }],
  ["WeChat", { sent: get("signature=s&timestamp=1&nonce=2&echostr=5838479218127813673"), body: "5838479218127813673" }],
  [
    "Microsoft Graph, SharePoint, Dynamics 365",
    {
      sent: { path: `${PATH}?validationToken=Validation%3A+Testing%20client+Request-Id%3A+6e4c-1`, body: "" },
      body: "Validation: Testing client Request-Id: 6e4c-1",
    },
  ],
  [
    "Azure Event Grid",
    {
      sent: json(
        [
          {
            eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
            data: { validationCode: TOKEN, validationUrl: "https://rp.eventgrid.azure.net/x" },
          },
        ],
        { "aeg-event-type": "SubscriptionValidation" },
      ),
      body: `{"validationResponse":"${TOKEN}"}`,
    },
  ],
  [
    "Slack, Lark, Feishu",
    {
      sent: json({ token: "Jhj5dZrVaK7ZwHHjRyZWjbDl", challenge: TOKEN, type: "url_verification" }),
      body: `{"challenge":"${TOKEN}"}`,
    },
  ],
  [
    "Twitch",
    {
      sent: json(
        { challenge: TOKEN, subscription: { status: "webhook_callback_verification_pending" } },
        { "twitch-eventsub-message-type": "webhook_callback_verification" },
      ),
      body: TOKEN,
    },
  ],
  [
    "Smartsheet",
    {
      sent: json({ challenge: TOKEN, webhookId: 123 }, { "smartsheet-hook-challenge": TOKEN }),
      body: `{"smartsheetHookResponse":"${TOKEN}"}`,
      headers: { "smartsheet-hook-response": TOKEN },
    },
  ],
  ["monday.com, Miro", { sent: json({ challenge: TOKEN }), body: `{"challenge":"${TOKEN}"}` }],
  [
    "Toggl",
    {
      sent: json({ event_id: 0, payload: "ping", validation_code: TOKEN, validation_code_url: "https://x.example/" }),
      body: `{"validation_code":"${TOKEN}"}`,
    },
  ],
  [
    "Asana",
    {
      sent: json({}, { "x-hook-secret": "b537207f20cbfa02357cf448134da559" }),
      headers: { "x-hook-secret": "b537207f20cbfa02357cf448134da559" },
    },
  ],
  [
    "Front",
    { sent: json({ type: "sync", payload: {} }, { "x-front-challenge": TOKEN }), body: `{"challenge":"${TOKEN}"}` },
  ],
  [
    "RingCentral",
    { sent: { headers: { "validation-token": TOKEN }, body: "" }, headers: { "validation-token": TOKEN } },
  ],
  ["Notion, Gusto", { sent: json({ verification_token: `secret_${TOKEN}` }), body: null }],
  [
    "Amazon SNS (Bynder)",
    {
      sent: json(
        {
          Type: "SubscriptionConfirmation",
          MessageId: "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
          Token: TOKEN,
          TopicArn: "arn:aws:sns:us-west-2:123456789012:MyTopic",
          Message: "You have chosen to subscribe to the topic. To confirm it, visit the SubscribeURL.",
          SubscribeURL: subscribeUrl("sns.us-west-2.amazonaws.com"),
          Timestamp: "2026-04-26T20:45:04.751Z",
          SignatureVersion: "1",
          Signature: "EXAMPLEpH",
          SigningCertURL: "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-x.pem",
        },
        { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "SubscriptionConfirmation" },
      ),
      body: null,
    },
  ],
  [
    "Oracle Cloud Notifications",
    {
      sent: json(
        { ConfirmationURL: "https://cell1.notification.us-phoenix-1.oraclecloud.com/20181201/subscriptions/x" },
        {
          "x-oci-ns-messagetype": "SubscriptionConfirmation",
          "x-oci-ns-confirmationurl":
            "https://cell1.notification.us-phoenix-1.oraclecloud.com/20181201/subscriptions/x",
        },
      ),
      body: null,
    },
  ],
];

const signed = { verification: { scheme: "github", secret: "a secret of GitHub" } };
const documentOf = async (world: Awaited<ReturnType<typeof opened>>) =>
  (await world.store.memory.read(`layers/${LAYER}`))?.etag;

describe("registration handshakes", () => {
  test("every shape of handshake has a request here and a row in the docs, and there is no other", () => {
    const senders = SHAPES.map(({ senders: names }) => names);
    expect(known.map(([name]) => name)).toEqual(senders);
    const page = readFileSync(new URL("../../../docs/handshakes.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| ([^|]+?) +\| `(GET|OPTIONS|POST)`/gm)];
    expect(rows.map(([, name, method]) => [name, method])).toEqual(SHAPES.map(({ senders: n, method: m }) => [n, m]));
  });

  test.each(known)("a handshake of %s is answered before verification and starts nothing", async (name, expected) => {
    const world = await opened(signed);
    const before = await documentOf(world);
    const answer = await world.ask(expected.sent);
    const text = await answer.text();
    expect(answer.status).toBe(200);
    if (expected.body === null) expect(JSON.parse(text)).toMatchObject({ outcome: "ignored", code: "HANDSHAKE" });
    else expect([text, answer.headers.get("x-content-type-options")]).toEqual([expected.body ?? "", "nosniff"]);
    if (expected.body === null) expect(text).not.toContain(TOKEN);
    expect(answer.headers.get("content-type") ?? "none").toMatch(
      /^(text\/plain; charset=utf-8|application\/json|none)$/,
    );
    for (const [header, value] of Object.entries(expected.headers ?? {}))
      expect(answer.headers.get(header)).toBe(value);
    expect(await documentOf(world)).toBe(before);
    expect(world.wakes).toEqual([]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`, { as: "Reviewer" });
    expect([page.at("items.0.outcome"), page.at("items.0.code"), page.at("items.0.syncId")]).toEqual([
      "ignored",
      "HANDSHAKE",
      null,
    ]);
    expect(page.textAt("items.0.cause")).toContain(name);
    expect(page.text).not.toContain(TOKEN);
  });

  test.each(known)("a handshake of %s is not answered at a URL that does not work", async (_name, { sent }) => {
    const world = await opened();
    const wrong = { ...sent, path: (sent.path ?? PATH).replace("whk_lab_5Zp2", "whk_lab_none") };
    const answer = await world.ask(wrong);
    expect(answer.status).toBe(sent.method === undefined ? 401 : 405);
    expect(await answer.text()).not.toContain("3eZbrw1");
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).listAt("items")).toEqual([]);
  });

  const confirmation = (host: string): Sent =>
    json({ Type: "SubscriptionConfirmation", SubscribeURL: subscribeUrl(host) });
  const publishes: [string, Sent][] = [
    ["an entry with a challenge among other fields", json({ challenge: TOKEN, title: "A challenge", id: 7 })],
    ["a challenge that is no text", json({ challenge: { title: "A challenge" } })],
    ["a body beside a validation token", { ...json({ id: 7 }), path: `${PATH}?validationToken=x` }],
    ["a challenge in the query of a POST", { ...json({ id: 7 }), path: `${PATH}?challenge=x` }],
    ["another event of Azure", json([{ eventType: "Microsoft.Storage.BlobCreated", data: { validationCode: "x" } }])],
    ["a verification token among other fields", json({ verification_token: TOKEN, type: "page.created" })],
    ["a confirmation by a host that is not Amazon's", confirmation("sns.us-west-2.amazonaws.com.evil.example")],
    ["a confirmation by another service of Amazon", confirmation("s3.amazonaws.com")],
    ["a confirmation with a user name", confirmation("sns.us-west-2.amazonaws.com@evil.example")],
    ["an event of Front with a challenge", json({ type: "inbound" }, { "x-front-challenge": "x" })],
    ["an event of RingCentral with the token of its sender", json({ event: "/x" }, { "validation-token": "x" })],
    ["a body beside a secret", json({ events: [] }, { "x-hook-secret": "b537207f20cbfa02" })],
  ];
  test.each(publishes)("a publish is no handshake: %s", async (_name, sent) => {
    expect((await (await (await opened()).send(sent)).json()).outcome).toBe("queued");
  });

  test("a header that proves the sender is no token of a handshake", async () => {
    const secret = "b537207f20cbfa02357cf448134da559";
    const world = await opened({ verification: { scheme: "header-secret", header: "X-Hook-Secret", secret } });
    expect((await (await world.send({ headers: { "x-hook-secret": secret } })).json()).outcome).toBe("queued");
  });

  test("an origin is answered in a header if it is short and has the characters of a host, and else is no handshake", () => {
    const asked = (origin: string) =>
      handshakeOf({
        ...{ method: "OPTIONS", target: "/x", body: Buffer.alloc(0) },
        headers: new Headers({ "webhook-request-origin": origin }),
      })?.answer?.headers["webhook-allowed-origin"];
    expect(asked("https://eventgrid.azure.net:443")).toBe("https://eventgrid.azure.net:443");
    for (const origin of ["<x>", "a;b", '"', "a".repeat(513)]) expect(asked(origin), origin).toBeUndefined();
  });

  test("whatever its token is, a handshake answers no markup and no further header", () => {
    const texts = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.constantFrom("<script>", "a\r\nb: c", "&lt;"),
    );
    fc.assert(
      fc.property(texts, (token) => {
        const query = encodeURIComponent(token);
        const body = Buffer.from(JSON.stringify({ challenge: token }));
        const target = `/x?challenge=${query}`;
        const origin = token.replaceAll(/[^\x21-\x7e]/g, "");
        const given = new Headers(origin === "" ? {} : { "webhook-request-origin": origin });
        const preflight = handshakeOf({ method: "OPTIONS", target: "/x", headers: given, body: Buffer.alloc(0) });
        expect(JSON.stringify(preflight?.answer?.headers ?? {})).not.toMatch(/[<>&'();]/);
        for (const method of ["GET", "POST"]) {
          const found = handshakeOf({ method, target, headers: new Headers(), body });
          expect(found?.answer?.body ?? "").not.toMatch(/[<>&\p{Cc}]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["GET", get("challenge=x")],
    ["POST", json({ challenge: TOKEN })],
  ])("a flood of handshakes by %s writes ten lines a minute", async (_method, sent) => {
    const world = await opened(signed);
    for (let i = 0; i < 30; i += 1) await world.ask(sent);
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).listAt("items").length).toBe(10);
  });
});

describe("a token that a person has to use", () => {
  const log = `/data-layers/${LAYER}/deliveries`;
  const kept: [string, string][] = [
    ["Asana", "b537207f20cbfa02357cf448134da559"],
    ["Notion, Gusto", `secret_${TOKEN}`],
    ["Amazon SNS (Bynder)", subscribeUrl("sns.us-west-2.amazonaws.com")],
    ["Oracle Cloud Notifications", "https://cell1.notification.us-phoenix-1.oraclecloud.com/20181201/subscriptions/x"],
  ];
  test.each(kept)(
    "the token of %s is kept sealed, and shown for an hour to those who see the URL",
    async (name, token) => {
      const world = await opened(signed);
      const { sent = {} } = known.find(([one]) => one === name)?.[1] ?? {};
      await world.ask(sent);
      const stored = JSON.stringify([...(await world.stored())]);
      expect(stored).not.toContain(token);
      const until = new Date(world.now + 3_600_000).toISOString();
      const shown = await world.get(log, { as: "Developer" });
      expect(shown.at("items.0.handshake")).toEqual({ token, until });
      expect((await world.get(`${log}/${shown.textAt("items.0.id")}`)).at("handshake.token")).toBe(token);
      for (const path of [log, `${log}/${shown.textAt("items.0.id")}`, `/data-layers/${LAYER}/activity`]) {
        expect((await world.get(path, { as: "Reviewer" })).text).not.toContain(token);
      }
      world.now += 3_600_000;
      expect((await world.get(log)).at("items.0.handshake")).toBeNull();
    },
  );

  test("no other handshake keeps its token", async () => {
    const names = kept.map(([name]) => name);
    expect(SHAPES.filter(({ usedBy }) => usedBy !== undefined).map(({ senders }) => senders)).toEqual(names);
    const world = await opened();
    for (const [name, { sent }] of known) {
      if (names.includes(name)) continue;
      await world.ask(sent);
      world.now += 60_000;
    }
    for (const [, text] of await world.stored()) expect(text).not.toContain('"token"');
  });

  test("a token is not kept where there is no key to seal it with", async () => {
    const world = await opened();
    Object.assign(world.deps, { sealer: makeSealer([]) });
    expect((await world.ask(json({ verification_token: TOKEN }))).status).toBe(200);
    expect(JSON.stringify([...(await world.stored())])).not.toContain(TOKEN);
    expect((await world.get(log)).at("items.0.handshake")).toBeNull();
  });

  test("a secret in the body is a proof and no token of a handshake", async () => {
    const world = await opened({
      verification: { scheme: "body-secret", bodyPath: "verification_token", secret: TOKEN },
    });
    expect((await (await world.send(json({ verification_token: TOKEN }))).json()).outcome).toBe("queued");
  });

  test("a subscription of Amazon is confirmed after the answer, ten times a minute at most", async () => {
    const world = await opened(signed);
    const calls: string[] = [];
    world.answering = async ({ method, url }) => {
      calls.push(`${method} ${url}`);
      return { kind: "answer", status: 200, location: null, retryAfter: null, text: "<ConfirmSubscriptionResponse/>" };
    };
    const { sent = {} } = known.find(([name]) => name === "Amazon SNS (Bynder)")?.[1] ?? {};
    await world.ask(sent);
    expect(calls).toEqual([`GET ${subscribeUrl("sns.us-west-2.amazonaws.com")}`]);
    for (let i = 0; i < 20; i += 1) await world.ask(sent);
    expect(calls).toHaveLength(10);
  });

  test("a confirmation that fails is reported without its URL, and the delivery is answered all the same", async () => {
    const world = await opened();
    world.answering = async () => ({ kind: "answer", status: 403, location: null, retryAfter: null, text: "" });
    const { sent = {} } = known.find(([name]) => name === "Amazon SNS (Bynder)")?.[1] ?? {};
    expect((await world.ask(sent)).status).toBe(200);
    const trouble = world.facts.find(({ kind }) => kind === "trouble");
    expect(trouble).toMatchObject({ error: "the answer was 403" });
    expect(JSON.stringify(trouble)).not.toContain(TOKEN);
  });
});

describe("a URL that is tried with HEAD", () => {
  test("the URL of a working webhook answers HEAD with 200, no body, no write and no line of the log", async () => {
    const world = await opened(signed);
    const { writes } = world.store.counts;
    const answer = await world.ask({ method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(world.store.counts.writes).toBe(writes);
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).listAt("items")).toEqual([]);
  });

  test("any other URL answers HEAD as GET, without a body", async () => {
    const world = await opened();
    for (const path of [`${PATH}x`, PATH.replace(LAYER, "lab-layer-none"), "/hooks/data_layer/data_source/publish/é"]) {
      const answer = await world.ask({ method: "HEAD", path });
      expect([answer.status, answer.headers.get("allow"), await answer.text()]).toEqual([405, "POST", ""]);
    }
  });

  test("a handshake that the store does not let judge is answered 503, not refused", async () => {
    const world = await opened();
    world.store.memory.read = async () => Promise.reject(new Error("down"));
    expect((await world.ask({ method: "HEAD" })).status).toBe(503);
    expect((await world.ask(get(`challenge=${TOKEN}`))).status).toBe(503);
    expect((await world.ask({ method: "GET" })).status).toBe(405);
  });
});
