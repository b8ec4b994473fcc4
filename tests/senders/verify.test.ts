import { constants, createHash, createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { SCHEMES, type SchemeName, TIMED } from "../../src/core/webhook/verification.ts";
import { LAYER, SenderWorld, type Sent, WEBHOOK } from "./senderWorld.ts";

const NOW = Date.UTC(2026, 5, 1);

const SECRET = "a secret that the CMS shows";
const OTHER = "another secret of the CMS";

/** Signed as the vendors' pages describe it, by other code than what verifies. */
interface Signer {
  readonly settings?: Record<string, unknown>;
  readonly secret: string;
  readonly other: string;
  /** What a sender sends at `at` with this secret and body. */
  sign(secret: string, at: number, body: string): Sent;
}

const mac = (algorithm: string, secret: string, text: string) => createHmac(algorithm, secret).update(text, "utf8");
const whsec = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;

const standard = (prefix: string): Signer => ({
  secret: whsec("standard secret one"),
  other: whsec("standard secret two"),
  sign: (secret, at, body) => ({
    body,
    headers: {
      [`${prefix}-id`]: "msg_1",
      [`${prefix}-timestamp`]: String(Math.floor(at / 1000)),
      [`${prefix}-signature`]: new Webhook(secret).sign("msg_1", new Date(at), body),
    },
  }),
});

const plain = (sign: (secret: string, at: number, body: string) => Record<string, string>): Signer => ({
  secret: SECRET,
  other: OTHER,
  sign: (secret, at, body) => ({ body, headers: sign(secret, at, body) }),
});

const keyPairs = {
  rsa: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ec: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ed25519: () => generateKeyPairSync("ed25519"),
};

/** A sender with a private key, whose public key is the secret. */
const ofPrivateKey = (
  kind: keyof typeof keyPairs,
  settings: Record<string, unknown>,
  headersOf: (proofOf: (text: string) => Buffer, at: number, body: string) => Record<string, string>,
): Signer => {
  const pairs = new Map(
    [keyPairs[kind](), keyPairs[kind]()].map(({ publicKey, privateKey }) => [
      publicKey.export({ type: "spki", format: "pem" }).toString().trim(),
      privateKey,
    ]),
  );
  const [secret = "", other = ""] = pairs.keys();
  return {
    secret,
    other,
    settings,
    sign(pem, at, body) {
      const key = pairs.get(pem);
      if (key === undefined) throw new Error("no such key");
      const options = kind === "rsa" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
      const proofOf = (text: string) =>
        signWith(kind === "ed25519" ? null : "sha256", Buffer.from(text), { key, ...options });
      return { body, headers: headersOf(proofOf, at, body) };
    },
  };
};

const token = (secret: string, claims: object): string => {
  const text = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${mac("sha256", secret, text).digest("base64url")}`;
};

const signers: Record<SchemeName, Signer> = {
  "standard-webhooks": standard("webhook"),
  svix: standard("svix"),
  contentful: {
    secret: "c0ffee42".repeat(8),
    other: "decade57".repeat(8),
    sign(secret, at, body) {
      const path = `/hooks/data_layer/data_source/publish/${LAYER}/${WEBHOOK}`;
      const names = "x-contentful-signed-headers,x-contentful-timestamp";
      const text = `POST\n${path}\nx-contentful-signed-headers:${names};x-contentful-timestamp:${at}\n${body}`;
      const signature = mac("sha256", secret, text).digest("hex");
      const headers = {
        "x-contentful-signed-headers": names,
        "x-contentful-timestamp": String(at),
        "x-contentful-signature": signature,
      };
      return { headers, body };
    },
  },
  sanity: plain((secret, at, body) => ({
    "sanity-webhook-signature": `t=${at},v1=${mac("sha256", secret, `${at}.${body}`).digest("base64url")}`,
  })),
  storyblok: plain((secret, _at, body) => ({ "webhook-signature": mac("sha1", secret, body).digest("hex") })),
  ghost: plain((secret, at, body) => ({
    "x-ghost-signature": `sha256=${mac("sha256", secret, `${body}${at}`).digest("hex")}, t=${at}`,
  })),
  shopify: plain((secret, _at, body) => ({ "x-shopify-hmac-sha256": mac("sha256", secret, body).digest("base64") })),
  hygraph: plain((secret, at, body) => {
    const text = JSON.stringify({ Body: body, EnvironmentName: "master", TimeStamp: at });
    return { "gcms-signature": `sign=${mac("sha256", secret, text).digest("base64")}, env=master, t=${at}` };
  }),
  "kontent-ai": plain((secret, _at, body) => ({
    "x-kontent-ai-signature": mac("sha256", secret, body).digest("base64"),
  })),
  contentstack: plain((secret, at, body) => {
    const seconds = Math.floor(at / 1000);
    const signature = mac("sha256", secret, `${seconds}.${body}`).digest("hex");
    return { "x-contentstack-hmac-signature": `t=${seconds},v1=${"0".repeat(64)},v1=${signature}` };
  }),
  github: plain((secret, _at, body) => ({
    "x-hub-signature-256": `sha256=${mac("sha256", secret, body).digest("hex")}`,
  })),
  "header-secret": { ...plain((secret) => ({ "x-secret": secret })), settings: { header: "X-Secret" } },
  basic: {
    secret: "cms:a password: with colons",
    other: "cms:another password",
    sign: (secret, _at, body) => ({ body, headers: { authorization: `Basic ${btoa(secret)}` } }),
  },
  "body-secret": {
    secret: SECRET,
    other: OTHER,
    settings: { bodyPath: "hook.secret" },
    sign: (secret) => ({ body: JSON.stringify({ type: "api-update", hook: { secret } }) }),
  },
  hmac: {
    settings: {
      header: "X-Signature",
      prefix: "v0=",
      algorithm: "sha512",
      encoding: "base64",
      timestamp: { header: "X-Time", separator: ":" },
    },
    secret: SECRET,
    other: OTHER,
    sign(secret, at, body) {
      const seconds = Math.floor(at / 1000);
      const signature = mac("sha512", secret, `${seconds}:${body}`).digest("base64");
      return { body, headers: { "x-signature": `v0=${signature}`, "x-time": String(seconds) } };
    },
  },
  rsa: ofPrivateKey("rsa", { header: "X-Signature", prefix: "v1=" }, (proofOf, _at, body) => ({
    "x-signature": `v1=${proofOf(body).toString("base64")}`,
  })),
  ecdsa: ofPrivateKey("ec", { header: "X-Signature" }, (proofOf, _at, body) => ({
    "x-signature": proofOf(body).toString("base64"),
  })),
  ed25519: ofPrivateKey(
    "ed25519",
    { header: "X-Signature", encoding: "hex", timestamp: { header: "X-Time" }, signs: "{timestamp}{body}" },
    (proofOf, at, body) => {
      const time = `${Math.floor(at / 1000)}`;
      return { "x-signature": proofOf(`${time}${body}`).toString("hex"), "x-time": time };
    },
  ),
  jwt: {
    ...plain((secret, at, body) => {
      const time = Math.floor(at / 1000);
      const sha256 = createHash("sha256").update(body).digest("hex");
      return { authorization: `Bearer ${token(secret, { iss: "cms", sha256, nbf: time, exp: time })}` };
    }),
    settings: { claims: { iss: "cms" }, bodyHash: { claim: "sha256" } },
  },
};

const verification = (scheme: SchemeName, more: Record<string, unknown> = {}) => ({
  scheme,
  secret: signers[scheme].secret,
  ...signers[scheme].settings,
  ...more,
});

const opened = async (scheme: SchemeName, more: Record<string, unknown> = {}): Promise<SenderWorld> => {
  const world = new SenderWorld();
  await world.open({ verification: verification(scheme, more) });
  world.now = NOW;
  return world;
};

const BODY = JSON.stringify({ title: "Hé 漢", n: 1.0 });
const timedSchemes = [...SCHEMES.filter((scheme) => TIMED.has(scheme)), "hmac"] as const;

describe.each(SCHEMES)("%s", (scheme) => {
  const { sign, secret, other } = signers[scheme];

  test("a scheme accepts what was signed with its secret, and nothing else", async () => {
    const world = await opened(scheme);
    expect(await world.outcome(sign(secret, NOW, BODY))).toEqual([200, null]);
    expect(await world.outcome(sign(other, NOW, BODY))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await world.outcome({ body: BODY })).toEqual([401, "SIGNATURE_MISSING"]);
    expect(await world.outcome({})).toEqual([401, "SIGNATURE_MISSING"]);
  });

  test("a secret is rotated without a gap: both are taken until the former one is dropped", async () => {
    const world = await opened(scheme);
    const rotated = await world.change({ verification: verification(scheme, { secret: other }) });
    expect([rotated.status, rotated.at("verification.secrets")]).toEqual([200, 2]);
    expect(await world.outcome(sign(secret, NOW, BODY))).toEqual([200, null]);
    expect(await world.outcome(sign(other, NOW, BODY))).toEqual([200, null]);
    const { secret: _secret, ...settings } = verification(scheme);
    const dropped = await world.change({ verification: { ...settings, previousSecret: null } });
    expect([dropped.status, dropped.at("verification.secrets")]).toEqual([200, 1]);
    expect(await world.outcome(sign(secret, NOW, BODY))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await world.outcome(sign(other, NOW, BODY))).toEqual([200, null]);
  });

  test("a scheme's secrets are shown to nobody, and are stored sealed", async () => {
    const world = await opened(scheme, { previousSecret: other });
    const answers = [
      await world.get(`/data-layers/${LAYER}/webhooks`),
      await world.get(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`),
      await world.change({ name: "Renamed" }),
    ];
    const texts = [...answers.map(({ text }) => text), await world.dump(), JSON.stringify(world.facts)];
    for (const text of texts) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(other);
    }
    expect(answers[1]?.at("verification.scheme")).toBe(scheme);
    expect(await world.auditActions()).toContain("webhook.created");
  });

  test("no malformed header makes anything but a refusal", async () => {
    const world = await opened(scheme);
    const names = Object.keys(sign(secret, NOW, BODY).headers ?? {});
    const value = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 60 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "")),
      fc.constantFrom(
        "",
        ",",
        "=",
        "t=",
        "t=1,v1=",
        "v1,",
        "sha256=",
        "sha256=zz",
        "Basic",
        "Basic ====",
        "t=NaN",
        "\u00ff",
      ),
      fc.constantFrom("t=99999999999999999999,v1=a", "sign=, env=, t=1e9", "a,b,x-contentful-timestamp", "v1,a v1,b"),
    );
    const wild = fc.record(Object.fromEntries(names.map((name) => [name, fc.option(value)])));
    const body = fc.oneof(
      fc.constant(undefined),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(wild, body, async (given, sent) => {
        const headers: Record<string, string> = {};
        for (const [name, text] of Object.entries(given)) if (text !== null) headers[name] = text;
        const [status] = await world.outcome({ headers, ...(sent === undefined ? {} : { body: sent }) });
        expect(status).toBe(401);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("a header that was right but for one character is refused, and never a 5xx", async () => {
    const world = await opened(scheme);
    const { headers = {}, body } = sign(secret, NOW, BODY);
    for (const [name, value] of Object.entries(headers)) {
      for (let i = 0; i < value.length; i += 3) {
        const wrong = `${value.slice(0, i)}~${value.slice(i + 1)}`;
        const [status] = await world.outcome({ headers: { ...headers, [name]: wrong }, ...(body && { body }) });
        // An id or the name of an environment is signed as well; a signature that another one stands beside may be wrong.
        const spared = scheme === "contentstack" && i > value.indexOf("v1=") && i < value.lastIndexOf(",");
        if (!spared) expect(status, `${name}: ${wrong}`).toBe(401);
      }
    }
  });
});

describe("the age of a proof", () => {
  test.each(timedSchemes)(
    "the age of a proof of %s: checked in both directions, within the webhook's own tolerance",
    async (scheme) => {
      const world = await opened(scheme, { toleranceSeconds: 60 });
      const { sign, secret } = signers[scheme];
      for (const off of [-60_000, 0, 60_000]) {
        expect(await world.outcome(sign(secret, NOW + off, BODY)), String(off)).toEqual([200, null]);
      }
      for (const off of [-62_000, 62_000]) {
        const answer = await world.send(sign(secret, NOW + off, BODY));
        const { code, detail } = await answer.json();
        expect(code).toBe("TIMESTAMP_OUT_OF_RANGE");
        expect(detail).toContain("62 seconds");
      }
    },
  );

  test("a scheme without a time takes no tolerance", async () => {
    const world = new SenderWorld();
    await world.open();
    const refused = await world.change({ verification: verification("github", { toleranceSeconds: 60 }) });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "verification.toleranceSeconds"]);
  });
});

describe("Ghost and Kontent.ai of former days", () => {
  test("Ghost's former signature of the body alone is accepted", async () => {
    const world = await opened("ghost");
    const signature = mac("sha256", SECRET, BODY).digest("hex");
    const headers = { "x-ghost-signature": `sha256=${signature}, t=${NOW}` };
    expect(await world.outcome({ headers, body: BODY })).toEqual([200, null]);
  });

  test("Kontent.ai's former header is accepted", async () => {
    const world = await opened("kontent-ai");
    const headers = { "x-kc-signature": mac("sha256", SECRET, BODY).digest("base64") };
    expect(await world.outcome({ headers, body: BODY })).toEqual([200, null]);
  });
});

describe("bytes are judged, not texts", () => {
  test("a body that is no text is verified as it is", async () => {
    const world = await opened("github");
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
    const signature = createHmac("sha256", SECRET).update(body).digest("hex");
    expect(await world.outcome({ headers: { "x-hub-signature-256": `sha256=${signature}` }, body })).toEqual([
      200,
      null,
    ]);
  });

  test("a body of a megabyte is verified, though it is not kept", async () => {
    const world = await opened("github");
    const sent = signers.github.sign(SECRET, NOW, "x".repeat(1_000_000));
    expect(await world.outcome(sent)).toEqual([200, null]);
  });

  test("a body that is longer than is ever read is refused, and the cause says how much arrived", async () => {
    const world = await opened("github");
    const answer = await world.send(signers.github.sign(SECRET, NOW, "x".repeat(7_000_000)));
    const { code, detail } = await answer.json();
    expect([answer.status, code]).toEqual([401, "BODY_NOT_VERIFIABLE"]);
    expect(detail).toMatch(/\d{7} bytes or more/);
  });

  test("a secret in a header does not depend on the body", async () => {
    const world = await opened("header-secret");
    const sent = signers["header-secret"].sign(SECRET, NOW, "x".repeat(7_000_000));
    expect(await world.outcome(sent)).toEqual([200, null]);
  });
});

describe("the settings of a verification", () => {
  test("the scheme is what the admin chose: another scheme's right signature is refused", async () => {
    const world = await opened("storyblok");
    const { headers } = standard("webhook").sign(whsec(SECRET), NOW, BODY);
    expect(await world.outcome({ headers: headers ?? {}, body: BODY })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test.each([
    [{ scheme: "nobody's" }, "verification.scheme"],
    [{ scheme: "github" }, "verification.secret"],
    [{ scheme: "github", secret: "short" }, "verification.secret"],
    [{ scheme: "contentful", secret: SECRET }, "verification.secret"],
    [{ scheme: "svix", secret: "not base64!" }, "verification.secret"],
    [{ scheme: "basic", secret: "no colon in here" }, "verification.secret"],
    [{ scheme: "hmac", secret: SECRET }, "verification.header"],
    [{ scheme: "hmac", secret: SECRET, header: "no name" }, "verification.header"],
    [{ scheme: "github", secret: SECRET, header: "x" }, "verification.header"],
  ])("a verification of %j is refused with its path", async (given, path) => {
    const world = new SenderWorld();
    await world.open();
    const refused = await world.change({ verification: given });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });

  test("a verification without a new secret keeps the stored one, unless the scheme changes", async () => {
    const world = await opened("sanity");
    const changed = await world.change({ verification: { scheme: "sanity", toleranceSeconds: 30 } });
    expect([changed.status, changed.at("verification.toleranceSeconds")]).toEqual([200, 30]);
    expect(await world.outcome(signers.sanity.sign(SECRET, NOW, BODY))).toEqual([200, null]);
    expect((await world.change({ verification: { scheme: "ghost" } })).status).toBe(400);
    expect((await world.change({ verification: null })).at("verification")).toBe(null);
    expect(await world.outcome({ body: BODY })).toEqual([200, null]);
  });

  test("a change is on record by its name alone", async () => {
    const world = await opened("github");
    await world.change({ verification: verification("github", { secret: OTHER }) });
    await world.settled();
    const entries = JSON.stringify(await world.audit());
    expect(entries).toContain('"fields":["verification"]');
    expect(entries).not.toContain("sha256");
    expect(entries).not.toContain(OTHER);
  });

  test("a former secret of the system is no longer needed once the drain has passed", async () => {
    const { makeSealer } = await import("../../src/edge/secrets.ts");
    const { drain } = await import("../../src/app/repair/drain.ts");
    const world = await opened("github", { previousSecret: OTHER });
    const rotated = makeSealer(["a new secret of this system for tests", "a-long-secret-of-this-system-for-tests"]);
    const after = makeSealer(["a new secret of this system for tests"]);
    await drain({ ...world.deps, sealer: rotated });
    const text = await world.dump();
    const stored = text.match(/"secrets":\["([^"]+)","([^"]+)"\]/);
    const { ref } = JSON.parse((await world.get(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`)).text);
    const place = `layer/${LAYER}/webhook/${ref}/secret`;
    expect(stored?.slice(1).map((sealed) => after.open(sealed, place))).toEqual([SECRET, OTHER]);
  });

  test("a secret that cannot be opened any more refuses everything and says what to do", async () => {
    const { makeSealer } = await import("../../src/edge/secrets.ts");
    const world = await opened("github");
    Object.assign(world.deps, { sealer: makeSealer(["another secret of the system altogether"]) });
    const answer = await world.send(signers.github.sign(SECRET, NOW, BODY));
    const { code, detail } = await answer.json();
    expect([answer.status, code]).toEqual([401, "SECRET_UNREADABLE"]);
    expect(detail).toContain("Enter the secret again");
  });
});
