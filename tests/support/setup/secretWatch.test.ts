import { describe, expect, it } from "vitest";
import { problem } from "../../../src/edge/problem.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { ApiWorld } from "../../api/world.ts";
import { aSite } from "../builders.ts";
import { isReader, plantSecret, takeLeaks } from "./secretWatch.ts";

const hook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const chat = "https://chat.example.com/in/verysecretpath";
const proof = "the-secret-of-a-sender";

/** A world with a secret of every kind. */
const lived = async () => {
  const world = new ApiWorld();
  const site = (await world.post("/sites", { name: "Web", buildHook: hook })).textAt("id");
  const receiver = await world.post(`/sites/${site}/deploy-notifications`);
  const layer = await world.layer({ notifications: [{ name: "Chat", url: chat, events: ["sync.failed"] }] });
  const verification = { scheme: "github", secret: proof };
  const webhook = await world.post(`/data-layers/${layer}/webhooks`, { name: "CMS", verification });
  const shown = await world.get(`/data-layers/${layer}`);
  const token = (await world.post("/tokens", { name: "T", role: "Reviewer" })).textAt("token");
  const session = await world.post("/session");
  return {
    world,
    token,
    secrets: {
      "the id of a webhook": webhook.textAt("id"),
      "the URL of a webhook": webhook.textAt("url"),
      "a build hook": hook,
      "the URL of a notification": chat,
      "the secret of a notification": shown.textAt("notifications.0.secret"),
      "the signing secret of a source": shown.textAt("dataSources.0.secret"),
      "the secret of a sender": proof,
      "the address for deploy notifications": receiver.textAt("url").split("/").at(-1) ?? "",
      "its signing secret": receiver.textAt("signingSecret"),
      "a token that was made": token,
      "the owner's token": world.config.ownerToken ?? "",
      "the system's secret": world.config.secrets[0] ?? "",
      "a session": session.headers.get("set-cookie")?.split(/[=;]/)[1] ?? "",
      "a callback URL": world.deps.signer.callbackUrl({ layerId: layer, syncId: layer, slug: "blog", fence: 1 }),
    },
  };
};

describe("the watch over secrets", () => {
  it("the watch over secrets notices each of them in what is reported, a problem, an audit entry and an answer to a reader", async () => {
    const { world, secrets, token } = await lived();
    expect(takeLeaks()).toEqual([]);
    expect(isReader(token)).toBe(true);
    const exits = {
      fact: (secret: string) => world.deps.report({ kind: "trouble", where: "here", error: secret }),
      problem: (secret: string) => problem({ status: 400, code: "INVALID_INPUT", title: "x", detail: secret }),
      audit: (secret: string) => new MemoryStore().write("audit/x", JSON.stringify({ detail: secret }), null),
    };
    for (const [which, secret] of Object.entries(secrets)) {
      for (const [exit, letOut] of Object.entries(exits)) {
        await letOut(secret);
        expect(takeLeaks().join("\n"), `${which} by ${exit}`).toContain(secret);
      }
    }
    // Every role sees a name. A secret in a name is a leak, which the watch finds in the answers.
    await world.layer({ name: proof });
    takeLeaks();
    for (const caller of [{ as: "Reviewer" as const }, { token }]) {
      await world.get("/data-layers", caller);
      expect(takeLeaks().join("\n")).toContain(`reader: "${proof}"`);
    }
    await world.get("/data-layers", { as: "Developer" });
    expect(takeLeaks()).toEqual([]);
  }, 60_000);

  it("the watch over secrets notices a sealed text in a stored document that no walk over sealed texts finds", async () => {
    const { world } = await lived();
    expect(takeLeaks()).toEqual([]);
    const seal = (text: string) => makeSealer(world.config.secrets).seal(text, "site/s/forgotten");
    const site = { ...aSite(), buildHook: seal(hook), forgotten: { apiKey: seal("the-key-of-a-new-setting") } };
    await new MemoryStore().write("sites/s", JSON.stringify(site), null);
    expect(takeLeaks()).toEqual([`sealedTextsOf does not find ${site.forgotten.apiKey} of sites/s`]);
  });

  it("the watch over secrets says nothing of a harmless line on the console, and notices a planted secret", () => {
    console.debug("a line of no consequence");
    expect(takeLeaks()).toEqual([]);
    const secret = plantSecret("a-planted-secret");
    console.debug("a line with", secret);
    expect(takeLeaks()).toEqual([`log: "${secret}" in a line with ${secret}`]);
  });
});
