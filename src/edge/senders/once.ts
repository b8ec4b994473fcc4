import { createHash } from "node:crypto";
import type { Arrived } from "./arrived.ts";

/** The headers with an id that senders create for each event and keep when they try again. */
const EVENT_IDS: Readonly<Record<string, string>> = {
  "standard-webhooks": "webhook-id",
  svix: "svix-id",
  github: "x-github-delivery",
  shopify: "x-shopify-webhook-id",
  sanity: "idempotency-key",
};

/**
 * A text that is equal for two requests only if the second repeats the first: made of an event's id and the body, or of a
 * proof that covers a time (`timedProof`). Undefined: there is none. Equal bodies alone do not show a repetition: Storyblok
 * signs the body alone, and two publishes of one story have the same bytes. An equal id alone does not either: a sender may
 * give the id of a post to every publish of it, and each of them must be synced.
 */
export const onceOf = ({ headers, body }: Arrived, scheme: string, timedProof: string | null): string | undefined => {
  const header = Object.hasOwn(EVENT_IDS, scheme) ? EVENT_IDS[scheme] : undefined;
  const id = header === undefined ? null : headers.get(header);
  const isById = id !== null && id !== "";
  if (!isById && timedProof === null) return undefined;
  const hash = createHash("sha256").update(`${scheme}\n${isById ? `${header}: ${id}\n` : timedProof}`);
  return (isById && body !== null ? hash.update(body) : hash).digest("base64url").slice(0, 22);
};
