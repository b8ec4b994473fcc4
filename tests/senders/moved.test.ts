import { describe, expect, it, test } from "vitest";
import { recordedSecret, recording } from "./recordings.ts";
import { LAYER, PATH, SenderWorld, WEBHOOK } from "./senderWorld.ts";

const only = [{ header: "x-contentful-topic", in: ["ContentManagement.Entry.publish"] }];

const exported = async (world: SenderWorld, query = "?secrets=true") =>
  JSON.parse((await world.get(`/export${query}`)).text);
const put = (world: SenderWorld, body: unknown, query = "") => world.call("PUT", `/import${query}`, { body });
const wiped = (world: SenderWorld) => put(world, { schemaVersion: 1, sites: [], dataLayers: [] }, "?prune=true");

/** A webhook whose senders are verified, with everything else that its admin can set. */
const verified = async (): Promise<SenderWorld> => {
  const world = new SenderWorld();
  const secret = recordedSecret("contentful");
  const verification = { scheme: "contentful", secret, toleranceSeconds: 120 };
  await world.open({ verification, only, strict: true });
  return world;
};

describe("a webhook moves with what its senders prove, and with what counts", () => {
  test.each([
    ["contentful", "contentful/contentful"],
    ["standard-webhooks", "standard-webhooks/standard-webhooks"],
    ["svix", "svix/svix"],
    ["sanity", "sanity/sanity"],
    ["github", "github/github"],
  ])(
    "a webhook exported with secrets, wiped and imported, %s, is answered 200 at its old URL, and a forger 401",
    async (scheme, name) => {
      const { sent, at } = recording(name);
      const world = new SenderWorld();
      await world.open({ verification: { scheme, secret: recordedSecret(scheme) } });
      const document = await exported(world);
      expect((await wiped(world)).status).toBe(200);
      world.now = at;
      expect(await world.outcome(sent)).toEqual([404, "DATA_LAYER_NOT_FOUND"]);
      expect((await put(world, document)).status).toBe(200);
      expect(sent.path).toBe(PATH);
      expect(await world.outcome(sent)).toEqual([200, null]);
      expect(await world.outcome({ ...sent, body: `${sent.body} ` })).toEqual([401, "SIGNATURE_MISMATCH"]);
      expect(await exported(world)).toEqual(document);
    },
  );

  it("an imported webhook's tolerance, conditions and strictness are as they were", async () => {
    const world = await verified();
    const document = await exported(world);
    const before = await world.get(`/data-layers/${LAYER}/webhooks`);
    await wiped(world);
    await put(world, document);
    const after = await world.get(`/data-layers/${LAYER}/webhooks`);
    for (const field of ["only", "strict", "verification.toleranceSeconds", "verification.scheme"]) {
      expect(after.at(`items.0.${field}`), field).toEqual(before.at(`items.0.${field}`));
    }
    const { sent, at } = recording("contentful/contentful");
    world.now = at + 121_000;
    expect(await world.outcome(sent)).toEqual([401, "TIMESTAMP_OUT_OF_RANGE"]);
  });

  it("an export in the middle of a rotation has both secrets", async () => {
    const { sent, at } = recording("github/github");
    const secret = recordedSecret("github");
    const world = new SenderWorld();
    await world.open({ verification: { scheme: "github", secret } });
    world.now = at;
    await world.change({ verification: { scheme: "github", secret: "the-newer-secret-of-it" } });
    const document = await exported(world);
    expect(document.dataLayers[0].webhooks[0].verification).toEqual({
      scheme: "github",
      secret: "the-newer-secret-of-it",
      previousSecret: secret,
    });
    await wiped(world);
    await put(world, document);
    expect(await world.outcome(sent)).toEqual([200, null]);
    expect(await exported(world)).toEqual(document);
  });

  it("an import of the present state changes nothing, with secrets or without, and leaves nothing in the audit log", async () => {
    const world = await verified();
    await world.change({ verification: { scheme: "contentful", secret: "beef0042".repeat(8) } });
    const [whole, bare] = [await exported(world), await exported(world, "")];
    expect(bare.dataLayers[0].webhooks[0].verification).toEqual({ scheme: "contentful" });
    const before = [await world.audit(), await world.get(`/data-layers/${LAYER}/webhooks`)];
    for (const document of [whole, bare]) {
      const answer = await put(world, document, "?prune=true");
      expect(answer.at("counts")).toEqual({ create: 0, update: 0, delete: 0, unchanged: 2 });
    }
    expect(JSON.stringify([await world.audit(), await world.get(`/data-layers/${LAYER}/webhooks`)])).toBe(
      JSON.stringify(before),
    );
  });

  it("an export without secrets holds none, and an import of it keeps the stored ones while the settings change", async () => {
    const { sent, at } = recording("contentful/contentful");
    const world = await verified();
    const document = await exported(world, "");
    expect(JSON.stringify(document)).not.toContain(recordedSecret("contentful"));
    expect(JSON.stringify(document)).not.toContain(WEBHOOK);
    const [webhook] = document.dataLayers[0].webhooks;
    webhook.verification.toleranceSeconds = 600;
    webhook.only = [];
    webhook.strict = false;
    const dry = await put(world, document, "?dryRun=true");
    expect(dry.at("changes.1")).toMatchObject({
      type: "webhook",
      action: "update",
      fields: ["verification", "only", "strict"],
    });
    expect((await put(world, document)).at("changes")).toEqual(dry.at("changes"));
    world.now = at + 500_000;
    expect(await world.outcome(sent)).toEqual([200, null]);
  });

  it("a new webhook, or another scheme, needs its secret: the plan says so, and nothing is changed", async () => {
    const world = await verified();
    const document = await exported(world, "");
    const [webhook] = document.dataLayers[0].webhooks;
    const { ref: _ref, ...fresh } = webhook;
    const other = { ...webhook, verification: { scheme: "github" } };
    document.dataLayers[0].webhooks = [other, { ...fresh, name: "A second one" }];
    const before = await world.dump();
    for (const query of ["?dryRun=true", ""]) {
      const refused = await put(world, document, query);
      expect([refused.status, refused.at("errors.0.path"), refused.at("errors.1.path")]).toEqual([
        400,
        "dataLayers.0.webhooks.0.verification.secret",
        "dataLayers.0.webhooks.1.verification.secret",
      ]);
      expect(refused.textAt("errors.1.message")).toContain("is required");
    }
    expect(await world.dump()).toBe(before);
  });

  it("an import of more settings than a data layer can hold is refused as a whole, before anything is changed", async () => {
    const world = await verified();
    const document = await exported(world);
    const many = Array.from({ length: 20 }, (_, i) => `${i}`.padStart(200, "x"));
    for (let i = 0; i < 5; i += 1) {
      document.dataLayers[0].webhooks.push({ name: `Webhook ${i}`, only: [{ bodyPath: "type", in: many }] });
    }
    const before = await world.dump();
    const refused = await put(world, document);
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "dataLayers.0.webhooks"]);
    expect(await world.dump()).toBe(before);
  });

  it("an import with null removes the verification, and keeps what is left out", async () => {
    const world = await verified();
    const document = await exported(world, "");
    const { verification: _verification, only: _only, strict: _strict, ...left } = document.dataLayers[0].webhooks[0];
    document.dataLayers[0].webhooks = [left];
    expect((await put(world, document)).at("counts.unchanged")).toBe(2);
    document.dataLayers[0].webhooks = [{ ...left, verification: null }];
    expect((await put(world, document)).at("changes.1.fields")).toEqual(["verification"]);
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).at("items.0.verification")).toBe(null);
  });
});
