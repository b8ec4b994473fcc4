import type { SchemeName } from "../../../src/core/webhook/verification.ts";
import { PATH } from "../senderWorld.ts";

export const NOW = Date.UTC(2026, 5, 1);
export const ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
export const BODY = JSON.stringify({ title: "Hé 漢字 🚀", html: '<p>"quoted" \\ and\nbroken</p>', n: 1e21 });

interface Vendor {
  readonly scheme: SchemeName;
  readonly secret: string;
  readonly other: string;
}

const whsec = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;

/** The libraries, by their packages' names, each with two secrets as its vendor makes them. */
export const vendors = {
  standardwebhooks: {
    scheme: "standard-webhooks",
    secret: whsec("standard secret one"),
    other: whsec("standard secret two"),
  },
  svix: { scheme: "svix", secret: whsec("svix secret number one"), other: whsec("svix secret number two") },
  "@contentful/node-apps-toolkit": { scheme: "contentful", secret: "a1B2".repeat(16), other: "c3D4".repeat(16) },
  "@sanity/webhook": { scheme: "sanity", secret: "a secret of sanity", other: "another of sanity" },
  "@octokit/webhooks-methods": { scheme: "github", secret: "a secret of github", other: "another of github" },
  "@hygraph/utils": { scheme: "hygraph", secret: "a secret of hygraph", other: "another of hygraph" },
  "@kontent-ai/webhook-helper": { scheme: "kontent-ai", secret: "a secret of kontent", other: "another of kontent" },
} as const satisfies Record<string, Vendor>;

export type Library = keyof typeof vendors;

/** What each library signed for the record: signed with which secret, which body, to which path. */
export const requests = {
  publish: { by: "secret", body: BODY, path: PATH },
  empty: { by: "secret", body: "{}", path: PATH },
  withSource: { by: "secret", body: BODY, path: `${PATH}?source=posts` },
  otherSecret: { by: "other", body: BODY, path: PATH },
} as const;

export type RequestName = keyof typeof requests;
