import type { Arrived } from "./arrived.ts";
import { contentOf } from "./body/bodyContent.ts";
import { bodyValueAt } from "./body/bodyPath.ts";

/** A longer body is not parsed, because test calls are short (bytes). */
const TEST_BYTES = 16 * 1024;

/**
 * The CMS whose "test" button sent a request; null: the request is no test call. A test call publishes nothing, so it
 * needs no sync. In doubt, a request is a publish.
 */
export const testCallOf = (arrived: Pick<Arrived, "headers" | "body">): string | null => {
  const { headers, body } = arrived;
  if (headers.get("x-github-event") === "ping") return "GitHub";
  if (headers.get("x-strapi-event") === "trigger-test") return "Strapi";
  if (headers.get("x-goog-resource-state") === "sync") return "Google";
  if (body === null || body.length > TEST_BYTES || contentOf(arrived).kind !== "readable") return null;
  if (bodyValueAt(arrived, "type") === "test-trigger") return "Prismic";
  // Every call of Agility names its instance; a call about a change also has a state and a content.
  const state = bodyValueAt(arrived, "state");
  const unnamed = bodyValueAt(arrived, "contentID") === undefined && bodyValueAt(arrived, "pageID") === undefined;
  const test = state === undefined || (typeof state === "string" && state.toLowerCase() === "test");
  return bodyValueAt(arrived, "instanceGuid") !== undefined && unnamed && test ? "Agility" : null;
};

/**
 * The sender of a ping that its sender never signs; null: the request is none. Such a ping is a test call at every
 * webhook: a refusal would make its sender disable the webhook, and the ping causes nothing.
 */
export const unsignedPingOf = (arrived: Pick<Arrived, "headers" | "body">): string | null => {
  const { headers, body } = arrived;
  if (body === null || body.length > TEST_BYTES) return null;
  const text = body.toString("latin1");
  if (/^webhook_id=\d{1,20}$/.test(text)) return "WooCommerce";
  if (headers.get("x-discourse-event-type") === "ping" && bodyValueAt(arrived, "ping") === "OK") return "Discourse";
  const isBitbucket =
    headers.get("x-event-key") === "diagnostics:ping" && /^\s*\{\s*"test"\s*:\s*true\s*\}\s*$/.test(text);
  return isBitbucket ? "Bitbucket" : null;
};
