import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { recipeOf } from "../../../src/edge/recipes/recipes.ts";
import { PUBLIC_URL } from "../../api/world.ts";
import { opened } from "../arrivals/opened.ts";
import { LAYER, PATH } from "../senderWorld.ts";

/** Signed as the vendors' pages describe it, by other code than what verifies. */
type Sign = (body: string, secret: string, at: number) => Record<string, string> | Promise<Record<string, string>>;

const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text, "utf8");
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const BASE64 = Buffer.from("00ff10c3a528fe7e9d1b2c3d4e5f6071", "hex").toString("base64");
const TEXT = "a secret that the sender shows";

const vendors: readonly (readonly [cms: string, secret: string, sign: Sign])[] = [
  [
    "webflow",
    TEXT,
    (body, secret, at) => ({
      "x-webflow-timestamp": `${at}`,
      "x-webflow-signature": mac(secret, `${at}:${body}`).digest("hex"),
    }),
  ],
  [
    "airtable",
    BASE64,
    (body, secret) => ({
      "x-airtable-content-mac": `hmac-sha256=${mac(Buffer.from(secret, "base64"), body).digest("hex")}`,
    }),
  ],
  ["notion", TEXT, (body, secret) => ({ "x-notion-signature": `sha256=${mac(secret, body).digest("hex")}` })],
  ["bitbucket", TEXT, (body, secret) => ({ "x-hub-signature": `sha256=${mac(secret, body).digest("hex")}` })],
  ["woocommerce", TEXT, (body, secret) => ({ "x-wc-webhook-signature": mac(secret, body).digest("base64") })],
  [
    "aem",
    publicKey.export({ type: "spki", format: "pem" }).toString(),
    (body) => ({ "x-adobe-digital-signature-1": sign("sha256", Buffer.from(body), privateKey).toString("base64") }),
  ],
  [
    "crystallize",
    TEXT,
    async (body, secret, at) => {
      const challenge = JSON.stringify({ url: `${PUBLIC_URL}${PATH}`, method: "POST", body: JSON.parse(body) });
      const hmac = createHash("sha256").update(challenge).digest("hex");
      const time = Math.floor(at / 1000);
      const token = new SignJWT({ iss: "crystallize", aud: "webhook", sub: "signature", iat: time, exp: time, hmac });
      const key = new TextEncoder().encode(secret);
      return { "x-crystallize-signature": await token.setProtectedHeader({ alg: "HS256" }).sign(key) };
    },
  ],
];

describe.each(vendors)("the recipe of %s", (cms, secret, signed) => {
  test("a recipe's verification accepts what its vendor signs, names what was published, and refuses any other body", async () => {
    const recipe = recipeOf(cms);
    if (recipe === null || recipe.sample.body === null) throw new Error("no such recipe");
    const { settings, sample } = recipe;
    const world = await opened({ verification: { ...settings, secret } });
    const body = sample.body ?? "";
    const headers = { ...sample.headers, ...(await signed(body, secret, world.now)) };
    expect(await world.outcome({ headers, body })).toEqual([200, null]);
    const logged = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect([logged.at("items.0.secret"), logged.at("items.0.subject.id")]).toEqual(["current", expect.any(String)]);
    const changed = await world.send({ headers, body: body.replace("}", ',"more":1}') });
    expect(changed.status).toBe(401);
  });
});

describe("what a sample names", () => {
  const named: readonly (readonly [cms: string, event: string | null, type: string | null, id: string])[] = [
    ["umbraco", "Umbraco.ContentPublish", "page", "test-entry"],
    ["craft", "afterSave", "craft\\elements\\Entry", "1"],
    ["webflow", "collection_item_published", "pages", "test-entry"],
    ["buttercms", "page.published", "news", "test-entry"],
    ["tina", "content.modified", "main", "content/test-entry"],
    ["decap", "push", "refs/heads/main", "0".repeat(40)],
    ["gitlab", "Push Hook", "refs/heads/main", "0".repeat(40)],
    ["bitbucket", "repo:push", "main", "0".repeat(40)],
    ["optimizely", "updated", "doc", "test-entry"],
    ["sitecore", "Update", "Item", "test-entry"],
    ["aem", "aem.sites.page.published", "page", "test-entry"],
    ["notion", "page.content_updated", "page", "test-entry"],
    ["airtable", null, "test-base", "test-entry"],
    ["woocommerce", "product.updated", "product", "1"],
    ["crystallize", null, "document", "test-entry"],
  ];
  test.each(named)("a delivery of %s is logged with its event, type and id", async (cms, event, type, id) => {
    const world = await opened();
    const { headers, body } = recipeOf(cms)?.sample ?? { headers: {}, body: null };
    expect(await world.outcome({ headers: { ...headers }, body: body ?? "" })).toEqual([200, null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect(["event", "type", "id"].map((name) => page.at(`items.0.subject.${name}`))).toEqual([event, type, id]);
  });
});
