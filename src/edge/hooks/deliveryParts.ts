import { utf8Bytes } from "../../core/bytes.ts";
import { BODY_BYTES } from "../../core/limits.ts";
import type { Selectors } from "../../core/webhook/deliveryScope.ts";
import { headerTextOf, textOf } from "../readBody.ts";
import type { Arrived } from "../senders/arrived.ts";
import { contentOf } from "../senders/body/bodyContent.ts";

const headerIn = (headers: Headers, name: string): string | null => {
  const value = headers.get(name);
  return value === null ? null : headerTextOf(value);
};

/** The places in which a request may name data sources, as received. A label is the same text in each of them. */
export const selectorsOf = (headers: Headers, query: URLSearchParams): Selectors => ({
  header: headerIn(headers, "x-connect-data-source"),
  query: query.getAll("source").join(","),
  alias: headerIn(headers, "x-gatsby-cloud-data-source"),
});

/**
 * The text of a body for the job of a data source; null: there is none; undefined: it is too long. A body that broke off
 * counts as far as it came: `bytes` has what arrived, or is null if that is too long.
 */
export const bodyTextOf = (arrived: Arrived, bytes: Buffer | null): string | null | undefined => {
  if (bytes === null || bytes.length > BODY_BYTES) return undefined;
  if (arrived.body === null) return textOf(bytes);
  const content = contentOf(arrived);
  if (content.kind === "empty") return null;
  return content.text === null || utf8Bytes(content.text) > BODY_BYTES ? undefined : content.text || null;
};
