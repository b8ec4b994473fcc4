import type { Layer } from "../layer/layer.ts";
import { SOURCES } from "../limits.ts";

/** A slug as the API takes it. */
export const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The three places in which a sender may name sources, each as received. */
export interface Selectors {
  readonly header: string | null;
  readonly query: string | null;
  readonly alias: string | null;
}

/** What a strict webhook refuses and any other webhook warns of. */
export type StrictWarning = "UNKNOWN_DATA_SOURCE" | "BODY_NOT_KEPT";
/** `BODY_NOT_READABLE`: the webhook's conditions could not be judged, so the delivery counts. */
export type Warning = StrictWarning | "BODY_NOT_READABLE";

export interface DeliveryScope {
  readonly all: boolean;
  readonly slugs: readonly string[];
  readonly warnings: readonly StrictWarning[];
}

const LABEL_CHARS = 64;

/**
 * Makes a label of any text, cutting it where it is too long. Null for a text with control characters, and for the one
 * word that cannot be a key of an object.
 */
const labelOf = (text: string): string | null => {
  const label = text.slice(0, LABEL_CHARS).replaceAll(/\p{Cs}/gu, "");
  return label === "" || label === "__proto__" || /\p{Cc}/u.test(text) ? null : label;
};

const ALIAS_PREFIX = "gatsby-source-";
const list = (value: string | null): string[] =>
  (value ?? "")
    .split(",")
    .map((slug) => slug.trim())
    .filter((slug) => slug !== "");

/**
 * The sources that a delivery names. The header wins over the query, and the query over the alias. An unknown slug
 * widens the scope to all: a typing mistake in a CMS may cost a longer sync, but never a publish. A build layer keeps
 * slugs as labels; a delivery without a usable label means everything.
 */
export const deliveryScope = (layer: Pick<Layer, "sources">, { header, query, alias }: Selectors): DeliveryScope => {
  const known = new Set(layer.sources.map(({ slug }) => slug));
  const builds = known.size === 0;
  const is = (slug: string): boolean => builds || known.has(slug);
  const named = [list(header), list(query)].find((slugs) => slugs.length > 0);
  const slugs =
    named ??
    list(alias).map((slug) => (!is(slug) && slug.startsWith(ALIAS_PREFIX) ? slug.slice(ALIAS_PREFIX.length) : slug));
  if (slugs.length === 0) return { all: true, slugs: [], warnings: [] };
  const meant = builds ? slugs.map(labelOf).filter((label) => label !== null) : slugs;
  const wanted = [...new Set(meant.filter(is))].sort().slice(0, SOURCES);
  const unknown = meant.some((slug) => !is(slug)) || new Set(meant).size > SOURCES;
  const warnings: StrictWarning[] = unknown ? ["UNKNOWN_DATA_SOURCE"] : [];
  return { all: unknown || meant.length === 0, slugs: wanted, warnings };
};
