import { createHmac, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PUBLIC_URL } from "../../api/world.ts";
import { opened } from "../arrivals/opened.ts";
import { LAYER, PATH, type SenderWorld, WEBHOOK } from "../senderWorld.ts";

const BODY = '{"title":"Hé 漢"}';
const KEY = Buffer.from("00ff10c3a528fe7e9d1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071", "hex");

const mac = (key: string | Buffer, text: string, algorithm = "sha256") => createHmac(algorithm, key).update(text);

const verified = (settings: Record<string, unknown>) =>
  opened({ verification: { scheme: "hmac", header: "x-signature", ...settings } });

const lastHint = async (world: SenderWorld, as?: "Reviewer"): Promise<unknown> =>
  (await world.get(`/data-layers/${LAYER}/deliveries`, as === undefined ? {} : { as })).at("items.0.hint");

describe("a key that is no text", () => {
  test.each(["base64", "hex"] as const)("a key in %s is decoded before it signs", async (keyEncoding) => {
    const world = await verified({ keyEncoding, secret: KEY.toString(keyEncoding) });
    const right = { "x-signature": mac(KEY, BODY).digest("hex") };
    expect(await world.outcome({ headers: right, body: BODY })).toEqual([200, null]);
    const asText = { "x-signature": mac(KEY.toString(keyEncoding), BODY).digest("hex") };
    expect(await world.outcome({ headers: asText, body: BODY })).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect((await world.get(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`)).at("verification.keyEncoding")).toBe(
      keyEncoding,
    );
  });

  test("Airtable's signature is accepted with the key decoded from macSecretBase64", async () => {
    const world = await verified({
      header: "x-airtable-content-mac",
      prefix: "hmac-sha256=",
      keyEncoding: "base64",
      secret: KEY.toString("base64"),
    });
    const body = '{"base":{"id":"app1"},"webhook":{"id":"ach1"},"timestamp":"2026-06-01T00:00:00.000Z"}';
    const headers = { "x-airtable-content-mac": `hmac-sha256=${mac(KEY, body).digest("hex")}` };
    expect(await world.outcome({ headers, body })).toEqual([200, null]);
  });

  test.each([
    ["base64", "not base64 at all!"],
    ["base64", "c2hvcnQ="],
    ["hex", "0123456789abcdefg0"],
    ["hex", "0123456789abcde"],
  ])("a secret that is no %s of eight bytes is refused with its path: %s", async (keyEncoding, secret) => {
    const world = await opened();
    const refused = await world.change({
      verification: { scheme: "hmac", header: "x-signature", keyEncoding, secret },
    });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "verification.secret"]);
  });

  test("a stored secret that is no key in a new encoding proves nobody, and signs no test call", async () => {
    const world = await verified({ secret: "abzz a secret that the CMS shows" });
    const changed = await world.change({ verification: { scheme: "hmac", header: "x-signature", keyEncoding: "hex" } });
    expect(changed.status).toBe(200);
    // A lenient reader takes the hex digits at the beginning as the key: one byte.
    const oneByte = { "x-signature": mac(Buffer.from("ab", "hex"), BODY).digest("hex") };
    expect(await world.outcome({ headers: oneByte, body: BODY })).toEqual([401, "VERIFIER_FAILED"]);
    const call = await world.post(`/data-layers/${LAYER}/webhooks/${WEBHOOK}/test`, { cms: "custom" });
    expect([call.status, call.at("code")]).toEqual([409, "SCHEME_UNKNOWN"]);
  });
});

describe("what is signed", () => {
  const SECRET = "a secret that the CMS shows";

  test("a signature of method, URL, body and time is accepted for exactly these", async () => {
    const world = await verified({
      encoding: "base64",
      secret: SECRET,
      timestamp: { header: "x-request-timestamp", unit: "milliseconds" },
      signs: "{method}{url}{body}{timestamp}",
    });
    const signed = (path: string, body: string) => ({
      "x-request-timestamp": `${world.now}`,
      "x-signature": mac(SECRET, `POST${PUBLIC_URL}${path}${body}${world.now}`).digest("base64"),
    });
    const query = `${PATH}?source=a%20b&x=%7B`;
    expect(await world.outcome({ headers: signed(PATH, BODY), body: BODY })).toEqual([200, null]);
    expect(await world.outcome({ path: query, headers: signed(query, BODY), body: BODY })).toEqual([200, null]);
    expect(await world.outcome({ path: query, headers: signed(PATH, BODY), body: BODY })).toEqual([
      401,
      "SIGNATURE_MISMATCH",
    ]);
    expect(await world.outcome({ headers: signed(PATH, BODY), body: `${BODY} ` })).toEqual([401, "SIGNATURE_MISMATCH"]);
    world.now += 600_000;
    const late = { ...signed(PATH, BODY), "x-request-timestamp": `${world.now - 600_000}` };
    expect(await world.outcome({ headers: late, body: BODY })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test("a signed header must be there and counts with its value", async () => {
    const world = await verified({ secret: SECRET, signs: "{method}\n{path}\n{header:x-topic}\n{body}" });
    const signature = mac(SECRET, `POST\n${PATH}\nentry.publish\n${BODY}`).digest("hex");
    const headers = { "x-signature": signature, "x-topic": "entry.publish" };
    expect(await world.outcome({ headers, body: BODY })).toEqual([200, null]);
    expect(await world.outcome({ headers: { ...headers, "x-topic": "entry.delete" }, body: BODY })).toEqual([
      401,
      "SIGNATURE_MISMATCH",
    ]);
    expect(await world.outcome({ headers: { "x-signature": signature }, body: BODY })).toEqual([
      401,
      "SIGNATURE_MISSING",
    ]);
  });

  test("a header with several signatures is accepted for one of them, and its time is read from its own part", async () => {
    const world = await verified({
      secret: SECRET,
      prefix: "v1=",
      timestamp: { header: "x-signature", name: "t" },
    });
    const time = Math.floor(world.now / 1000);
    const right = mac(SECRET, `${time}.${BODY}`).digest("hex");
    const header = (...values: string[]) => ({ headers: { "x-signature": values.join(",") }, body: BODY });
    expect(await world.outcome(header(`t=${time}`, `v1=${"0".repeat(64)}`, `v1=${right}`, "v0=x"))).toEqual([
      200,
      null,
    ]);
    expect(await world.outcome(header(`t=${time + 1}`, `v1=${right}`))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await world.outcome(header(`t=${time}`, `v0=${right}`))).toEqual([401, "SIGNATURE_MALFORMED"]);
    expect(await world.outcome(header(`v1=${right}`))).toEqual([401, "SIGNATURE_MALFORMED"]);
  });

  test.each([
    [{ signs: "{timestamp}.{body}" }, "verification.signs"],
    [{ signs: "{method}" }, "verification.signs"],
    [{ signs: "{body}{body}" }, "verification.signs"],
    [{ signs: "{body}{query}" }, "verification.signs"],
    [{ signs: "{body}", timestamp: { header: "x-time" } }, "verification.signs"],
    [{ signs: "{header:not a name}{body}" }, "verification.signs"],
    [{ timestamp: { header: "x-time", name: "t=" } }, "verification.timestamp.name"],
  ])("settings that leave a part unsigned, or name an unknown one, are refused: %j", async (more, path) => {
    const world = await opened();
    const refused = await world.change({
      verification: { scheme: "hmac", header: "x-signature", secret: SECRET, ...more },
    });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });

  const time = { header: "x-time" };
  const publicKey = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
  test.each([
    [{ signs: "{header:x-topic}{body}" }, "verification.signs"],
    [{ signs: "{body}{header:x-topic}" }, "verification.signs"],
    [{ signs: "{url}.{body}" }, "verification.signs"],
    [{ signs: "{url}:{body}" }, "verification.signs"],
    [{ signs: "{path}/{body}" }, "verification.signs"],
    [{ signs: "{body}_{path}" }, "verification.signs"],
    [{ signs: "{url}{timestamp}.{body}", timestamp: time }, "verification.signs"],
    [{ signs: "{timestamp}1{body}", timestamp: time }, "verification.signs"],
    [{ signs: "{header:X-Signature}.{body}" }, "verification.signs"],
    [{ timestamp: { ...time, separator: "0" } }, "verification.timestamp.separator"],
    [{ timestamp: { ...time, separator: "{body}" } }, "verification.timestamp.separator"],
    [{ timestamp: { header: "X-Signature" } }, "verification.timestamp.name"],
  ])("a signature that no delivery could have is refused when it is set: %j", async (more, path) => {
    const world = await opened();
    for (const scheme of ["hmac", "ed25519"]) {
      const verification = { scheme, header: "x-signature", secret: scheme === "hmac" ? SECRET : publicKey, ...more };
      const refused = await world.change({ verification });
      expect(refused.status).toBe(400);
      expect(refused.listAt("errors")).toMatchObject([{ path }]);
    }
  });

  test("a part whose end is not certain is refused, also by settings that were stored before", async () => {
    const world = await verified({ secret: SECRET, signs: "{header:x-topic}|{body}" });
    const before = [...(await world.stored())].map(
      ([key, text]) => [key, text.replace("}|{body}", "}{body}")] as const,
    );
    await world.restore(new Map(before));
    const headers = { "x-topic": "a", "x-signature": mac(SECRET, `a${BODY}`).digest("hex") };
    expect(await world.outcome({ headers, body: BODY })).toEqual([401, "BODY_NOT_VERIFIABLE"]);
  });

  test.each(["base64", "base64url"] as const)(
    "a signature in %s counts with and without its padding",
    async (encoding) => {
      const world = await verified({ secret: SECRET, encoding });
      const bare = mac(SECRET, BODY).digest(encoding).replace(/=+$/, "");
      for (const signature of [bare, `${bare}=`]) {
        expect(await world.outcome({ headers: { "x-signature": signature }, body: BODY })).toEqual([200, null]);
      }
      expect((await world.outcome({ headers: { "x-signature": `${bare.slice(1)}=` }, body: BODY }))[0]).toBe(401);
    },
  );
});

describe("a secret in a header", () => {
  test("a header secret of four kilobytes is accepted, and one character more is refused when it is set", async () => {
    const secret = `Bearer ${"eyJhbGciOi.".repeat(371)}12345678`;
    expect(secret).toHaveLength(4096);
    const world = await opened({ verification: { scheme: "header-secret", secret } });
    expect(await world.outcome({ headers: { authorization: secret } })).toEqual([200, null]);
    expect(await world.outcome({ headers: { authorization: `${secret.slice(0, -1)}x` } })).toEqual([
      401,
      "SIGNATURE_MISMATCH",
    ]);
    const longer = await world.change({ verification: { scheme: "header-secret", secret: `${secret}x` } });
    expect([longer.status, longer.at("errors.0.path")]).toEqual([400, "verification.secret"]);
  });
});

describe("a refused proof", () => {
  const base64 = KEY.toString("base64");
  const cases: [string, Record<string, unknown>, Record<string, string>][] = [
    ["the key were read as base64", { secret: base64 }, { "x-signature": mac(KEY, BODY).digest("hex") }],
    [
      "the key were read as text",
      { secret: base64, keyEncoding: "base64" },
      { "x-signature": mac(base64, BODY).digest("hex") },
    ],
    ["the signature were read as base64", { secret: base64 }, { "x-signature": mac(base64, BODY).digest("base64") }],
    ["the algorithm were sha1", { secret: base64 }, { "x-signature": mac(base64, BODY, "sha1").digest("hex") }],
    [
      "the key were read as base64, and if the signature were read as base64",
      { secret: base64 },
      { "x-signature": mac(KEY, BODY).digest("base64") },
    ],
    [
      "the key were read as base64",
      { scheme: "shopify", header: undefined, secret: base64 },
      { "x-shopify-hmac-sha256": mac(KEY, BODY).digest("base64") },
    ],
    [
      "the key were read as text",
      { scheme: "svix", header: undefined, secret: `whsec_${base64}` },
      {
        "svix-id": "msg_1",
        "svix-timestamp": "1780000000",
        "svix-signature": `v1,${mac(`whsec_${base64}`, `msg_1.1780000000.${BODY}`).digest("base64")}`,
      },
    ],
    [
      "the secret had Bearer and a space before it",
      { scheme: "header-secret", header: "authorization", secret: "a-good-secret-of-it" },
      { authorization: "Bearer a-good-secret-of-it" },
    ],
  ];

  test.each(cases)("a refused proof tells admins alone that it would match if %s", async (words, settings, headers) => {
    const world = await verified(settings);
    const refused = await world.send({ headers, body: BODY });
    const answer = await refused.text();
    expect(JSON.parse(answer).code).toBe("SIGNATURE_MISMATCH");
    expect(answer).not.toContain("would match");
    expect(await lastHint(world)).toBe(`It would match if ${words}.`);
    expect(await lastHint(world, "Reviewer")).toBe(null);
    const listed = (await world.get(`/data-layers/${LAYER}/deliveries`, { as: "Reviewer" })).text;
    expect(listed).not.toContain("would match");
  });

  test("a refused proof of another secret has no hint, and neither has one of a long body", async () => {
    const world = await verified({ secret: base64 });
    await world.send({ headers: { "x-signature": mac("another key", BODY).digest("hex") }, body: BODY });
    expect(await lastHint(world)).toBe(null);
    const long = "x".repeat(40_000);
    await world.send({ headers: { "x-signature": mac(KEY, long).digest("hex") }, body: long });
    expect(await lastHint(world)).toBe(null);
  });
});
