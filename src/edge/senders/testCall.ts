import type { Arrived } from "./arrived.ts";
import { contentOf } from "./bodyContent.ts";
import { bodyValueAt } from "./bodyPath.ts";

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
  if (body === null || body.length > TEST_BYTES || contentOf(arrived).kind !== "readable") return null;
  if (bodyValueAt(arrived, "type") === "test-trigger") return "Prismic";
  // Every call of Agility names its instance; a call about a change also has a state and a content.
  const state = bodyValueAt(arrived, "state");
  const unnamed = bodyValueAt(arrived, "contentID") === undefined && bodyValueAt(arrived, "pageID") === undefined;
  const test = state === undefined || (typeof state === "string" && state.toLowerCase() === "test");
  return bodyValueAt(arrived, "instanceGuid") !== undefined && unnamed && test ? "Agility" : null;
};
