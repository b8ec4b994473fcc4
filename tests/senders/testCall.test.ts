import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { OutgoingRequest } from "../../src/app/deps.ts";
import { SCHEMES, type SchemeName } from "../../src/core/webhook/verification.ts";
import { recipes } from "../../src/edge/recipes/recipes.ts";
import { done } from "../api/world.ts";
import { LAYER, SenderWorld, WEBHOOK } from "./senderWorld.ts";

const path = `/data-layers/${LAYER}/webhooks`;

const pairs = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ec: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ed25519: generateKeyPairSync("ed25519"),
};
const publicKey = (kind: keyof typeof pairs): string =>
  pairs[kind].publicKey.export({ type: "spki", format: "pem" }).toString();

/** A secret of the form that each scheme wants. */
const secrets: Record<SchemeName, string> = {
  "standard-webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  svix: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  contentful: "a1B2".repeat(16),
  sanity: "a-secret-of-sanity",
  storyblok: "a-secret-of-storyblok",
  ghost: "a-secret-of-ghost",
  shopify: "a-secret-of-shopify",
  hygraph: "a-secret-of-hygraph",
  "kontent-ai": "a-secret-of-kontent",
  contentstack: "a-secret-of-contentstack",
  github: "a-secret-of-github",
  "header-secret": "Bearer a-secret-of-a-header",
  basic: "name:a-secret-password",
  "body-secret": "a-secret-of-a-body",
  hmac: "a-secret-of-any-other",
  jwt: "a-secret-of-a-token",
  rsa: publicKey("rsa"),
  ecdsa: publicKey("ec"),
  ed25519: publicKey("ed25519"),
};

/** Only the sender has the private keys of these. */
const PUBLIC_KEYS: ReadonlySet<SchemeName> = new Set(["rsa", "ecdsa", "ed25519"] as const);
const SIGNABLE = SCHEMES.filter((scheme) => !PUBLIC_KEYS.has(scheme));

const verificationOf = (scheme: SchemeName) => ({
  scheme,
  secret: secrets[scheme],
  ...(scheme === "hmac"
    ? { header: "x-signature", prefix: "v0=", timestamp: { header: "x-time", separator: ":" } }
    : {}),
  ...(PUBLIC_KEYS.has(scheme) ? { header: "x-signature" } : {}),
  ...(scheme === "jwt" ? { claims: { iss: "cms" }, bodyHash: { claim: "sha256" } } : {}),
  ...(scheme === "body-secret" ? { bodyPath: "auth.secret" } : {}),
});

let world: SenderWorld;
let called: OutgoingRequest[];

/** The network leads to the public door, as it does outside. */
const throughTheDoor = async (request: OutgoingRequest) => {
  called.push(request);
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== "https://hooks.example.com") throw new Error(`called ${origin}`);
  const { headers, body } = request;
  const response = await world.send({ path: `${pathname}${search}`, headers, ...(body === undefined ? {} : { body }) });
  return { ...done(await response.text()), status: response.status };
};

beforeEach(async () => {
  called = [];
  world = new SenderWorld();
  world.answering = throughTheDoor;
  await world.open();
});

const test = (body: unknown = {}, name = WEBHOOK) => world.post(`${path}/${name}/test`, body);

describe("a test call", () => {
  it.each(SIGNABLE)(
    "a test call of a webhook that verifies by %s is accepted, and says which sync follows",
    async (scheme) => {
      expect((await world.change({ verification: verificationOf(scheme) })).status).toBe(200);
      const tested = await test();
      expect([tested.status, tested.at("answer.status")], tested.text).toEqual([200, 200]);
      expect(tested.at("syncId")).toBe(tested.at("answer.body.syncId"));
      expect((await world.get(`/data-layers/${LAYER}/syncs/${tested.textAt("syncId")}`)).status).toBe(200);
      expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.secret")).toBe("current");
    },
  );

  it.each(SIGNABLE)(
    "a test call with another secret than the webhook's is refused: %s is really verified",
    async (scheme) => {
      await world.change({ verification: verificationOf(scheme) });
      world.answering = async (request) => {
        const secret = `${secrets[scheme].slice(0, -1)}X`;
        await world.change({ verification: { ...verificationOf(scheme), secret, previousSecret: null } });
        return throughTheDoor(request);
      };
      const tested = await test();
      expect([tested.status, tested.at("answer.status"), tested.at("syncId")]).toEqual([200, 401, null]);
      expect(tested.at("answer.body.code")).toBe("SIGNATURE_MISMATCH");
    },
  );

  it.each([...PUBLIC_KEYS])(
    "a test call is not made with %s, whose private key the sender alone has",
    async (scheme) => {
      await world.change({ verification: verificationOf(scheme) });
      const refused = await test({ cms: "custom" });
      expect([refused.status, refused.at("code")]).toEqual([409, "SCHEME_UNKNOWN"]);
      expect(called).toEqual([]);
    },
  );

  it.each(recipes.map(({ cms }) => cms))(
    "a test call looks like %s's, names the source where it can, and is not recognised as a test",
    async (cms) => {
      const tested = await test({ cms, source: "posts" });
      expect([tested.status, tested.at("answer.body.outcome"), tested.at("answer.body.scope")], tested.text).toEqual([
        200,
        "queued",
        ["posts"],
      ]);
      expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.dataSource")).toBe("posts");
    },
  );

  it.each(["custom", "wordpress"])("a test call as %s names a label in any letters", async (cms) => {
    expect((await test({ cms, source: "Gärten 漢字" })).at("answer.body.scope")).toEqual(["Gärten 漢字"]);
  });

  it("a test call shows neither secret nor URL, and of its request the names alone", async () => {
    await world.change({ verification: verificationOf("github") });
    const tested = await test({ cms: "github", source: "posts" });
    expect(tested.at("request")).toEqual({
      method: "POST",
      path: "/hooks/data_layer/data_source/publish/…/…?source=posts",
      headers: ["content-type", "user-agent", "x-github-event", "x-hub-signature-256"],
      bodyBytes: Buffer.byteLength(called[0]?.body ?? ""),
    });
    for (const secret of [WEBHOOK, secrets.github, called[0]?.headers["x-hub-signature-256"] ?? "none"]) {
      expect(tested.text).not.toContain(secret);
      expect(JSON.stringify([world.facts, await world.audit()])).not.toContain(secret);
    }
  });

  it("a test call goes to the default webhook as well, and shows the answer of one that is disabled", async () => {
    const tested = await test({}, "default");
    expect([tested.status, tested.at("answer.status"), tested.at("answer.body.code")]).toEqual([
      200,
      401,
      "DEFAULT_WEBHOOK_OFF",
    ]);
    await world.delete(`${path}/${WEBHOOK}`);
    expect((await test({}, "default")).at("answer.status")).toBe(200);
  });

  it("a test call that does not meet a condition leads to no sync, and says why", async () => {
    await world.change({ only: [{ header: "x-github-event", in: ["release"] }] });
    const tested = await test({ cms: "github" });
    expect([tested.at("answer.body.code"), tested.at("syncId")]).toEqual(["FILTERED", null]);
  });

  it("a test call is not made as a CMS that cannot prove what the webhook requires", async () => {
    await world.change({ verification: verificationOf("basic") });
    const refused = await test({ cms: "ghost" });
    expect([refused.status, refused.at("code")]).toEqual([409, "CMS_CANNOT_PROVE"]);
    expect(refused.textAt("detail")).toContain("Ghost can send ghost.");
    expect(called).toEqual([]);
  });

  it("a test call is not made with a scheme of a later release, nor with a secret that cannot be opened", async () => {
    const key = `layers/${LAYER}`;
    const store = async (change: (text: string) => string) => {
      const found = await world.store.memory.read(key);
      await world.store.memory.write(key, change(found?.text ?? ""), found?.etag ?? null);
    };
    await world.change({ verification: verificationOf("github") });
    await store((text) => text.replace('"scheme":"github"', '"scheme":"morse"'));
    const later = await test();
    expect([later.status, later.at("code")]).toEqual([409, "SCHEME_UNKNOWN"]);
    await store((text) =>
      text.replace('"scheme":"morse"', '"scheme":"github"').replace(/"secrets":\["[^"]+"/, '"secrets":["1.x"'),
    );
    const unreadable = await test();
    expect([unreadable.status, unreadable.at("code")]).toEqual([409, "SECRET_UNREADABLE"]);
    expect(called).toEqual([]);
  });

  it("a test call that the network does not carry, or somebody else answers, is reported as it is", async () => {
    world.answering = async () => ({ kind: "silence", error: "the connection was refused" });
    const silent = await test();
    expect([silent.status, silent.at("code")]).toEqual([409, "DOOR_UNREACHABLE"]);
    world.answering = async () => ({ ...done("<h1>Password</h1>"), status: 401 });
    const foreign = await test();
    expect([foreign.at("answer"), foreign.at("syncId")]).toEqual([{ status: 401, body: "<h1>Password</h1>" }, null]);
  });

  it("a test call knows no CMS but those with a recipe", async () => {
    expect((await test({ cms: "notepad" })).at("errors.0.path")).toBe("cms");
    expect((await test({ source: "a,b" })).at("errors.0.path")).toBe("source");
    expect((await test({}, "none")).at("code")).toBe("WEBHOOK_NOT_FOUND");
  });
});
