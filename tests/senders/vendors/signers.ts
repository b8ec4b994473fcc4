import { signRequest } from "@contentful/node-apps-toolkit";
import { generateWebhookSignature } from "@hygraph/utils";
import { signatureHelper } from "@kontent-ai/webhook-helper";
import { sign as octokitSign } from "@octokit/webhooks-methods";
import { encodeSignatureHeader } from "@sanity/webhook";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { ID, type Library, NOW } from "./requests.ts";

type Headers = Record<string, string>;
type Sign = (secret: string, body: string, path: string) => Promise<Headers> | Headers;

const SECONDS = `${NOW / 1000}`;

/** Each signs with the code that its vendor publishes: nothing of ours has a part in it. */
export const signers: Readonly<Record<Library, Sign>> = {
  standardwebhooks: (secret, body) => ({
    "webhook-id": ID,
    "webhook-timestamp": SECONDS,
    "webhook-signature": new StandardWebhook(secret).sign(ID, new Date(NOW), body),
  }),
  svix: (secret, body) => ({
    "svix-id": ID,
    "svix-timestamp": SECONDS,
    "svix-signature": new SvixWebhook(secret).sign(ID, new Date(NOW), body),
  }),
  "@contentful/node-apps-toolkit": (secret, body, path) => {
    const headers = { "x-contentful-topic": "ContentManagement.Entry.publish", "x-own": "a value" };
    return { ...headers, ...signRequest(secret, { method: "POST", path, headers, body }, NOW) };
  },
  "@sanity/webhook": async (secret, body) => ({
    "sanity-webhook-signature": await encodeSignatureHeader(body, NOW, secret),
  }),
  "@octokit/webhooks-methods": async (secret, body) => ({
    "x-github-event": "push",
    "x-hub-signature-256": await octokitSign(secret, body),
  }),
  "@hygraph/utils": (secret, body) => ({
    "gcms-signature": generateWebhookSignature({ rawPayload: body, environmentName: "master", secret }),
  }),
  "@kontent-ai/webhook-helper": (secret, body) => ({
    "x-kontent-ai-signature": signatureHelper.getHashFromString(body, secret),
  }),
};
