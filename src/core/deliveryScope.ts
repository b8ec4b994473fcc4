import type { Layer } from "./layer.ts";
import { SOURCES } from "./limits.ts";

/** A slug as the API takes it. */
export const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The three places a sender may name sources in, each as it came. */
export interface Selectors {
  readonly header: string | null;
  readonly query: string | null;
  readonly alias: string | null;
}

export type Warning = "UNKNOWN_DATA_SOURCE" | "BODY_NOT_KEPT";

export interface DeliveryScope {
  readonly all: boolean;
  readonly slugs: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Any short text will do for a label, but for the one that is no key of an object. */
const isLabel = (text: string): boolean => text.length <= 64 && !/\p{Cc}/u.test(text) && text !== "__proto__";

const ALIAS_PREFIX = "gatsby-source-";
const list = (value: string | null): string[] =>
  (value ?? "")
    .split(",")
    .map((slug) => slug.trim())
    .filter((slug) => slug !== "");

/**
 * Which sources a delivery asks for. The header wins over the query, the query over the alias. A slug that is not known
 * widens the scope to all: a typing mistake in a CMS may cost a longer sync, never a publish. A build layer keeps slugs
 * as labels.
 */
export const deliveryScope = (layer: Pick<Layer, "sources">, { header, query, alias }: Selectors): DeliveryScope => {
  const known = new Set(layer.sources.map(({ slug }) => slug));
  const labels = known.size === 0;
  const is = (slug: string): boolean => (labels ? isLabel(slug) : known.has(slug));
  const named = [list(header), list(query)].find((slugs) => slugs.length > 0);
  const slugs =
    named ??
    list(alias).map((slug) => (!is(slug) && slug.startsWith(ALIAS_PREFIX) ? slug.slice(ALIAS_PREFIX.length) : slug));
  if (slugs.length === 0) return { all: true, slugs: [], warnings: [] };
  const wanted = [...new Set(slugs.filter(is))].sort().slice(0, SOURCES);
  const unknown = slugs.some((slug) => !is(slug)) || new Set(slugs).size > SOURCES;
  return { all: unknown, slugs: wanted, warnings: unknown ? ["UNKNOWN_DATA_SOURCE"] : [] };
};
