import type { Arrived } from "./arrived.ts";
import { jsonOf, valueAt } from "./bodyPath.ts";

/** A test call is short; a longer body is not parsed to find out. */
const TEST_BYTES = 16 * 1024;

/**
 * Whose test call a request is; null if it is none. They are what a person causes by the CMS's "test" button: nothing was
 * published, so nothing is to be synced. What is not surely a test is a publish.
 */
export const testCallOf = ({ headers, body }: Pick<Arrived, "headers" | "body">): string | null => {
  if (headers.get("x-github-event") === "ping") return "GitHub";
  if (headers.get("x-strapi-event") === "trigger-test") return "Strapi";
  if (body === null || body.length > TEST_BYTES || jsonOf(body).kind !== "json") return null;
  if (valueAt(body, "type") === "test-trigger") return "Prismic";
  // Agility names its instance in every call, and a state and a content in each that tells of a change.
  const state = valueAt(body, "state");
  const unnamed = valueAt(body, "contentID") === undefined && valueAt(body, "pageID") === undefined;
  const test = state === undefined || (typeof state === "string" && state.toLowerCase() === "test");
  return valueAt(body, "instanceGuid") !== undefined && unnamed && test ? "Agility" : null;
};
