import { createHash } from "node:crypto";
import type { Arrived } from "./arrived.ts";

/** The ids that senders make anew for each event and keep when they try again. */
const EVENT_IDS: Readonly<Record<string, string>> = {
  "standard-webhooks": "webhook-id",
  svix: "svix-id",
  github: "x-github-delivery",
  shopify: "x-shopify-webhook-id",
  sanity: "idempotency-key",
};

/**
 * What two requests have in common only if the second is the first one sent again: an id of the event, or a proof that
 * covers a time (`timedProof`). Undefined: nothing tells. Equal bodies do not: Storyblok signs the body alone, and two
 * publishes of one story are the same to the byte.
 */
export const onceOf = ({ headers }: Arrived, scheme: string, timedProof: string | null): string | undefined => {
  const header = Object.hasOwn(EVENT_IDS, scheme) ? EVENT_IDS[scheme] : undefined;
  const id = header === undefined ? null : headers.get(header);
  const sign = id === null || id === "" ? timedProof : `${header}: ${id}`;
  if (sign === null) return undefined;
  return createHash("sha256").update(`${scheme}\n${sign}`).digest("base64url").slice(0, 22);
};
