import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LAYER, PATH, type SenderWorld, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/real-senders.md"), "utf8");

/** The tests that the page names: the file, and the title. */
const holders = [...page.matchAll(/\| `(tests\/[\w/.]+)`: "([^"|]+)" \|$/gm)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

test("each kind of report on the page of real senders is held by a test of the title that it names", () => {
  const rows = page.split("\n").filter((line) => /^\| (?!-|what people)/.test(line));
  expect(holders.length).toBe(rows.length);
  const missing = holders.filter(
    ({ file, title }) => !existsSync(join(root, file)) || !readFileSync(join(root, file), "utf8").includes(`"${title}`),
  );
  expect(missing).toEqual([]);
});

const JSON_BODY = '{"type":"page","title":"Hé 漢"}';
const typed = (type: string): Record<string, string> => ({ "content-type": type });
const packed = (encoding: string): Record<string, string> => ({ "content-encoding": encoding });
const asJson = (value: unknown, headers: Record<string, string> = {}): Sent => ({
  body: JSON.stringify(value),
  headers: { ...typed("application/json"), ...headers },
});

/** What a publish was answered: `counts`, a code, or a status with a code; and its warnings. */
const answered = async (world: SenderWorld, sent: Sent): Promise<string> => {
  world.now += 2000;
  const response = await world.send(sent);
  const { outcome, code, warnings = [] } = await response.json();
  const what = response.status !== 200 ? `${response.status} ${code}` : outcome === "ignored" ? code : "counts";
  return [what, ...warnings].join(" ");
};
const all = async (world: SenderWorld, sent: readonly Sent[]): Promise<string[]> => {
  const found: string[] = [];
  for (const one of sent) found.push(await answered(world, one));
  return [...new Set(found)];
};

const isPage = [{ bodyPath: "type", in: ["page"] }];
const readable: readonly Sent[] = [
  { body: `\ufeff${JSON_BODY}` },
  { body: Buffer.from(JSON_BODY, "utf16le") },
  { body: Buffer.from(`\ufeff${JSON_BODY}`, "utf16le") },
  {
    body: Buffer.from('{"type":"page","title":"Hé"}', "latin1"),
    headers: typed("application/json; charset=iso-8859-1"),
  },
  { body: gzipSync(JSON_BODY), headers: packed("gzip") },
  { body: gzipSync(JSON_BODY) },
  { body: deflateSync(JSON_BODY), headers: packed("deflate") },
  { body: brotliCompressSync(JSON_BODY), headers: packed("br") },
  { body: JSON_BODY, headers: typed("text/plain") },
  { body: JSON_BODY, headers: typed("application/x-www-form-urlencoded") },
  { body: "type=page&id=1", headers: typed("application/x-www-form-urlencoded") },
  { body: `payload=${encodeURIComponent(JSON_BODY)}`, headers: typed("application/x-www-form-urlencoded") },
  {
    body: '--x\r\ncontent-disposition: form-data; name="type"\r\n\r\npage\r\n--x--\r\n',
    headers: typed("multipart/form-data; boundary=x"),
  },
  { body: JSON.stringify(JSON_BODY) },
  { body: "<type>page</type>", headers: typed("application/xml") },
  { body: "{}", headers: { "ce-specversion": "1.0", "ce-type": "page" } },
  { body: `[{"type":"image"},${JSON_BODY}]`, headers: typed("application/cloudevents-batch+json") },
];
const unreadable: readonly Sent[] = [
  { body: '{"type":"pa' },
  { body: "type: page\n", headers: typed("application/yaml") },
  { body: `${JSON_BODY}\n${JSON_BODY}\n`, headers: typed("application/x-ndjson") },
  { body: Buffer.from(JSON_BODY).toString("base64") },
  { body: Buffer.from([0x81, 0xa4, 0x74, 0x79, 0x70, 0x65]), headers: typed("application/msgpack") },
  { body: "{type:'page',}" },
];

describe("what senders put into a body", () => {
  test("a publish in any encoding is read", async () => {
    const world = await opened({ only: isPage });
    expect(await all(world, readable)).toEqual(["counts"]);
    await world.change({ only: [{ bodyPath: "type", in: ["image"] }] });
    const others = readable.filter(({ body }) => body?.toString("latin1").includes("image") !== true);
    // A form of JSON that XML or a form can write in several ways is not withheld.
    expect((await all(world, others)).filter((one) => one !== "counts BODY_NOT_READABLE")).toEqual(["FILTERED"]);
  });

  test("a publish that cannot be read counts with a warning", async () => {
    const world = await opened({ only: isPage });
    expect(await all(world, unreadable)).toEqual(["counts BODY_NOT_READABLE"]);
  });

  test("many calls of one click make one sync", async () => {
    const world = await opened();
    const ids = new Set<string>();
    for (let call = 0; call < 11; call += 1) {
      world.now += 100;
      ids.add((await (await world.send({ body: JSON_BODY })).json()).syncId);
    }
    expect(ids.size).toBe(1);
  });
});

test("a system that asks first is answered before it is verified", async () => {
  const world = await opened({ verification: { scheme: "github", secret: "a-secret-of-the-sender" } });
  const get = (query: string): Sent => ({ method: "GET", path: `${PATH}?${query}` });
  const asked: [Sent, string][] = [
    [{ method: "OPTIONS", headers: { "webhook-request-origin": "eventgrid.azure.net" } }, ""],
    [get("challenge=abc"), "abc"],
    [get("hub.mode=subscribe&hub.challenge=1158"), "1158"],
    [{ path: `${PATH}?validationToken=a%3A%20b`, body: "" }, "a: b"],
    [asJson({ type: "url_verification", challenge: "abc" }), '{"challenge":"abc"}'],
    [asJson({ payload: "ping", validation_code: "abc" }), '{"validation_code":"abc"}'],
    [{ method: "HEAD" }, ""],
  ];
  for (const [sent, body] of asked) {
    const answer = await world.ask(sent);
    expect([answer.status, await answer.text()]).toEqual([200, body]);
  }
  expect((await world.get(`/data-layers/${LAYER}/syncs`)).at("items")).toEqual([]);
});

test("a condition says what real payloads need", async () => {
  const notifications = ["metadata_changed", "published"].map((action) => ({ message: { action } }));
  const updates = ["LayoutData", "Item"].map((entity_definition) => ({ entity_definition }));
  const cases: [Record<string, unknown>, Sent, Sent][] = [
    [{ bodyPath: "release_id", absent: true }, asJson({ release_id: null }), asJson({ release_id: 4 })],
    [{ bodyPath: "notifications.*.message.action", in: ["published"] }, asJson({ notifications }), asJson({})],
    [{ bodyPath: "notifications.message.action", in: ["published"] }, asJson({ notifications }), asJson({})],
    [{ bodyPath: "updates.*.entity_definition", in: ["Item"] }, asJson({ updates }), asJson({ updates: [] })],
    [
      { bodyPath: "ref", not: { startsWith: ["refs/heads/cms/"] } },
      asJson({ ref: "refs/heads/main" }),
      asJson({ ref: "refs/heads/cms/x" }),
    ],
    [{ bodyPath: "continues", in: ["false"] }, asJson({ continues: false }), asJson({ continues: true })],
    [{ bodyPath: "entry.tags", in: ["news"] }, asJson({ entry: { tags: ["a", "news"] } }), asJson({ entry: {} })],
    [
      { header: "umb-webhook-event", startsWith: ["Umbraco.ContentP"] },
      asJson({}, { "umb-webhook-event": "Umbraco.ContentPublish" }),
      asJson({}, { "umb-webhook-event": "Umbraco.ContentDelete" }),
    ],
  ];
  for (const [condition, counts, not] of cases) {
    const world = await opened({ only: [condition] });
    expect([await answered(world, counts), await answered(world, not)]).toEqual(["counts", "FILTERED"]);
  }
});

test("a setting that no delivery could meet is refused", async () => {
  const world = await opened();
  const hmac = { scheme: "hmac", header: "x-signature", secret: "a-secret-of-the-sender" };
  const settings = [
    { only: [{ bodyPath: "release_id", in: ["null"] }] },
    { only: [{ bodyPath: "notifications[].message.action", in: ["published"] }] },
    { only: [{ bodyPath: "$.type", in: ["page"] }] },
    { only: [{ bodyPath: "/type", in: ["page"] }] },
    { only: [{ query: "event=publish", exists: true }] },
    { verification: { ...hmac, signs: "{url}.{body}" } },
    { verification: { ...hmac, signs: "{header:x-topic}{body}" } },
    { verification: { ...hmac, keyEncoding: "hex", secret: "no hex at all" } },
    { verification: { ...hmac, header: "transfer-encoding" } },
    { verification: { scheme: "header-secret", header: "Host", secret: hmac.secret } },
    { verification: { scheme: "header-secret", header: "content-length", secret: hmac.secret } },
    { verification: { scheme: "standard-webhooks", secret: "abcdefgh12345" } },
    { verification: { scheme: "svix", secret: "whsec_abcdefgh12345" } },
  ];
  for (const one of settings) expect((await world.change(one)).at("code"), JSON.stringify(one)).toBe("INVALID_INPUT");
});

test("a wrong method and another host leave a trace", async () => {
  const world = await opened();
  const newest = async () => (await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0");
  for (const method of ["GET", "PUT"]) {
    const answer = await world.ask({ method, headers: { "user-agent": "CMS/1.0" } });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await newest()).toMatchObject({ code: "METHOD_NOT_ALLOWED", userAgent: "CMS/1.0" });
  }
  await world.send({ origin: "https://former.example.com", body: JSON_BODY });
  expect(await newest()).toMatchObject({ otherHost: "former.example.com", outcome: "queued" });
});

test("a ping that is never signed is answered, and starts nothing", async () => {
  const verification = {
    scheme: "hmac",
    header: "x-wc-webhook-signature",
    encoding: "base64",
    secret: "of-the-shop-1",
  };
  const world = await opened({ verification });
  const pings: readonly Sent[] = [
    { headers: typed("application/x-www-form-urlencoded"), body: "webhook_id=15" },
    asJson({ ping: "OK" }, { "x-discourse-event": "ping", "x-discourse-event-type": "ping" }),
    asJson({ test: true }, { "x-event-key": "diagnostics:ping" }),
  ];
  expect(await all(world, pings)).toEqual(["TEST"]);
  expect(await answered(world, asJson({ id: 1 }))).toBe("401 SIGNATURE_MISSING");
  expect((await world.get(`/data-layers/${LAYER}/syncs`)).at("items")).toEqual([]);
});

describe("how senders sign", () => {
  const SECRET = "a-secret-of-the-sender";
  const mac = (key: string | Buffer, text: string, algorithm = "sha256") => createHmac(algorithm, key).update(text);

  test("a signature of another kind has its setting, and a wrong setting its hint", async () => {
    const key = Buffer.from("00ff10c3a528fe7e9d1b2c3d4e5f6071", "hex");
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const airtable = { scheme: "hmac", header: "x-airtable-content-mac", prefix: "hmac-sha256=" };
    const ofAirtable = { "x-airtable-content-mac": `hmac-sha256=${mac(key, JSON_BODY).digest("hex")}` };
    const cases: [Record<string, unknown>, Record<string, string>][] = [
      [{ ...airtable, keyEncoding: "base64", secret: key.toString("base64") }, ofAirtable],
      [
        { scheme: "rsa", header: "x-sig", secret: rsa.publicKey.export({ type: "spki", format: "pem" }) },
        { "x-sig": sign("sha256", Buffer.from(JSON_BODY), rsa.privateKey).toString("base64") },
      ],
      [
        { scheme: "hmac", header: "x-sig", secret: SECRET },
        { "x-sig": mac(SECRET, JSON_BODY).digest("hex").toUpperCase() },
      ],
      [
        { scheme: "hmac", header: "x-sig", encoding: "base64url", secret: SECRET },
        { "x-sig": `${mac(SECRET, JSON_BODY).digest("base64url")}=` },
      ],
      [
        { scheme: "header-secret", secret: `Bearer ${"k9".repeat(900)}3x` },
        { authorization: `Bearer ${"k9".repeat(900)}3x` },
      ],
    ];
    for (const [verification, headers] of cases) {
      const world = await opened({ verification });
      expect(await answered(world, { headers, body: JSON_BODY }), JSON.stringify(verification)).toBe("counts");
      expect(await answered(world, { body: JSON_BODY })).toBe("401 SIGNATURE_MISSING");
    }
    const wrong = await opened({ verification: { ...airtable, secret: key.toString("base64") } });
    expect(await answered(wrong, { headers: ofAirtable, body: JSON_BODY })).toBe("401 SIGNATURE_MISMATCH");
    expect((await wrong.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.hint")).toBe(
      "It would match if the key were read as base64.",
    );
  });

  test("a signature covers what was sent, byte by byte", async () => {
    const storyblok = await opened({ verification: { scheme: "storyblok", secret: SECRET } });
    const body = '{"text":"a \\u0026 b",  "n":1.0}';
    const headers = { "webhook-signature": mac(SECRET, body, "sha1").digest("hex") };
    expect(await answered(storyblok, { headers, body })).toBe("counts");
    const minified = JSON.stringify(JSON.parse(body));
    expect(await answered(storyblok, { headers, body: minified })).toBe("401 SIGNATURE_MISMATCH");
    const webflow = await opened({
      verification: {
        ...{ scheme: "hmac", header: "x-webflow-signature", secret: SECRET },
        timestamp: { header: "x-webflow-timestamp", unit: "milliseconds", separator: ":" },
      },
    });
    const at = String(webflow.now + 2000);
    const signed = { "x-webflow-timestamp": at, "x-webflow-signature": mac(SECRET, `${at}:${body}`).digest("hex") };
    expect(await answered(webflow, { headers: signed, body, path: `${PATH}?a=b%20c` })).toBe("counts");
    const url = await opened({
      verification: { scheme: "hmac", header: "x-sig", secret: SECRET, signs: "{path}|{body}" },
    });
    const path = `${PATH}?a=b%20c`;
    const ofPath = { "x-sig": mac(SECRET, `${path}|${body}`).digest("hex") };
    expect(await answered(url, { headers: ofPath, body, path })).toBe("counts");
    expect(await answered(url, { headers: ofPath, body, path: `${PATH}?a=b+c` })).toBe("401 SIGNATURE_MISMATCH");
  });
});
