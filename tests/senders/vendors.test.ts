import { signRequest } from "@contentful/node-apps-toolkit";
import { generateWebhookSignature } from "@hygraph/utils";
import { signatureHelper } from "@kontent-ai/webhook-helper";
import { sign as octokitSign } from "@octokit/webhooks-methods";
import { encodeSignatureHeader } from "@sanity/webhook";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SchemeName } from "../../src/core/webhook/verification.ts";
import { PATH, SenderWorld, type Sent } from "./senderWorld.ts";

const NOW = Date.UTC(2026, 5, 1);
const id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const seconds = `${NOW / 1000}`;

/** Signs with the code that the vendor publishes: nothing of ours has a part in it. */
interface Vendor {
  readonly scheme: SchemeName;
  readonly secret: string;
  readonly other: string;
  readonly path?: string;
  sign(secret: string, body: string, path: string): Promise<Record<string, string>> | Record<string, string>;
}

const whsec = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;

const vendors: Readonly<Record<string, Vendor>> = {
  standardwebhooks: {
    scheme: "standard-webhooks",
    secret: whsec("standard secret one"),
    other: whsec("standard secret two"),
    sign: (secret, body) => ({
      "webhook-id": id,
      "webhook-timestamp": seconds,
      "webhook-signature": new StandardWebhook(secret).sign(id, new Date(NOW), body),
    }),
  },
  svix: {
    scheme: "svix",
    secret: whsec("svix secret number one"),
    other: whsec("svix secret number two"),
    sign: (secret, body) => ({
      "svix-id": id,
      "svix-timestamp": seconds,
      "svix-signature": new SvixWebhook(secret).sign(id, new Date(NOW), body),
    }),
  },
  "@contentful/node-apps-toolkit": {
    scheme: "contentful",
    secret: "a1B2".repeat(16),
    other: "c3D4".repeat(16),
    sign: (secret, body, path) => {
      const headers = { "x-contentful-topic": "ContentManagement.Entry.publish", "x-own": "a value" };
      const request = { method: "POST" as const, path, headers, body };
      return { ...headers, ...signRequest(secret, request, NOW) };
    },
  },
  "@sanity/webhook": {
    scheme: "sanity",
    secret: "a secret of sanity",
    other: "another of sanity",
    sign: async (secret, body) => ({ "sanity-webhook-signature": await encodeSignatureHeader(body, NOW, secret) }),
  },
  "@octokit/webhooks-methods": {
    scheme: "github",
    secret: "a secret of github",
    other: "another of github",
    sign: async (secret, body) => ({
      "x-github-event": "push",
      "x-hub-signature-256": await octokitSign(secret, body),
    }),
  },
  "@hygraph/utils": {
    scheme: "hygraph",
    secret: "a secret of hygraph",
    other: "another of hygraph",
    sign: (secret, body) => ({
      "gcms-signature": generateWebhookSignature({ rawPayload: body, environmentName: "master", secret }),
    }),
  },
  "@kontent-ai/webhook-helper": {
    scheme: "kontent-ai",
    secret: "a secret of kontent",
    other: "another of kontent",
    sign: (secret, body) => ({ "x-kontent-ai-signature": signatureHelper.getHashFromString(body, secret) }),
  },
};

const BODY = JSON.stringify({ title: "Hé 漢字 🚀", html: '<p>"quoted" \\ and\nbroken</p>', n: 1e21 });

describe.each(Object.entries(vendors))("what %s signs", (_library, { scheme, secret, other, sign }) => {
  let world: SenderWorld;
  beforeEach(async () => {
    world = new SenderWorld();
    world.now = NOW;
    await world.open({ verification: { scheme, secret } });
    world.now = NOW;
    // Some of the libraries ask the machine for the time.
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
    return () => vi.useRealTimers();
  });

  const sent = async (of: Partial<Sent> & { secret?: string } = {}): Promise<Sent> => {
    const body = typeof of.body === "string" ? of.body : BODY;
    const path = of.path ?? PATH;
    return { path, body, headers: { ...(await sign(of.secret ?? secret, body, path)), ...of.headers } };
  };

  it("is let in, whatever its body says", async () => {
    expect(await world.outcome(await sent())).toEqual([200, null]);
    expect(await world.outcome(await sent({ body: "{}" }))).toEqual([200, null]);
  });

  it("is let in where the URL names a data source", async () => {
    expect(await world.outcome(await sent({ path: `${PATH}?source=posts` }))).toEqual([200, null]);
  });

  it("with another secret, or about another body, is refused", async () => {
    expect(await world.outcome(await sent({ secret: other }))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await world.outcome({ ...(await sent()), body: `${BODY} ` })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  it("is let in by both secrets while one is rotated", async () => {
    expect((await world.change({ verification: { scheme, secret: other } })).status).toBe(200);
    for (const one of [secret, other]) expect(await world.outcome(await sent({ secret: one }))).toEqual([200, null]);
  });
});

it("Contentful's signature is for one address: another path, or a query added on the way, is refused", async () => {
  const world = new SenderWorld();
  const vendor = vendors["@contentful/node-apps-toolkit"];
  if (vendor === undefined) throw new Error("no such vendor");
  world.now = NOW;
  await world.open({ verification: { scheme: vendor.scheme, secret: vendor.secret } });
  world.now = NOW;
  const headers = await vendor.sign(vendor.secret, BODY, PATH);
  expect(await world.outcome({ path: `${PATH}?x=1`, headers, body: BODY })).toEqual([401, "SIGNATURE_MISMATCH"]);
});
