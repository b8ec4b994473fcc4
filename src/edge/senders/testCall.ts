import type { Arrived } from "./arrived.ts";
import { bodyValueAt, jsonOf } from "./bodyPath.ts";

/** A longer body is not parsed, because test calls are short (bytes). */
const TEST_BYTES = 16 * 1024;

/**
 * The CMS whose "test" button sent a request; null: the request is no test call. A test call publishes nothing, so it
 * needs no sync. In doubt, a request is a publish.
 */
export const testCallOf = ({ headers, body }: Pick<Arrived, "headers" | "body">): string | null => {
  if (headers.get("x-github-event") === "ping") return "GitHub";
  if (headers.get("x-strapi-event") === "trigger-test") return "Strapi";
  if (body === null || body.length > TEST_BYTES || jsonOf(body).kind !== "json") return null;
  if (bodyValueAt(body, "type") === "test-trigger") return "Prismic";
  // Every call of Agility names its instance; a call about a change also has a state and a content.
  const state = bodyValueAt(body, "state");
  const unnamed = bodyValueAt(body, "contentID") === undefined && bodyValueAt(body, "pageID") === undefined;
  const test = state === undefined || (typeof state === "string" && state.toLowerCase() === "test");
  return bodyValueAt(body, "instanceGuid") !== undefined && unnamed && test ? "Agility" : null;
};
