import type { Layer } from "../layer/layer.ts";
import { SOURCES } from "../limits.ts";

/** The slugs that the API accepts. */
export const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The three places in which a sender may name sources, as received. */
export interface Selectors {
  readonly header: string | null;
  readonly query: string | null;
  readonly alias: string | null;
}

/** What a strict webhook refuses and any other webhook warns of. */
export type StrictWarning = "UNKNOWN_DATA_SOURCE" | "BODY_NOT_KEPT";
/** `BODY_NOT_READABLE`: the body could not be checked against the webhook's conditions, so the delivery counts. */
export type Warning = StrictWarning | "BODY_NOT_READABLE";

export interface DeliveryScope {
  readonly all: boolean;
  readonly slugs: readonly string[];
  readonly warnings: readonly StrictWarning[];
}

const LABEL_CHARS = 64;

/**
 * Makes a label of any text; a long text is cut. Null for a text with control characters and for `__proto__`, which
 * cannot be a key of an object.
 */
const labelOf = (text: string): string | null => {
  const label = text.slice(0, LABEL_CHARS).replaceAll(/\p{Cs}/gu, "");
  return label === "" || label === "__proto__" || /\p{Cc}/u.test(text) ? null : label;
};

/** Whether a sender may give this name to a layer: a slug, or any label if the layer has no sources. */
export const isUsableName = (layer: Pick<Layer, "sources">, name: string): boolean =>
  layer.sources.length === 0 ? labelOf(name) === name : SLUG.test(name);

const ALIAS_PREFIX = "gatsby-source-";
const splitList = (value: string | null): string[] =>
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
  const isBuildLayer = known.size === 0;
  const isKnown = (slug: string): boolean => isBuildLayer || known.has(slug);
  const explicit = [splitList(header), splitList(query)].find((slugs) => slugs.length > 0);
  const slugs =
    explicit ??
    splitList(alias).map((slug) =>
      !isKnown(slug) && slug.startsWith(ALIAS_PREFIX) ? slug.slice(ALIAS_PREFIX.length) : slug,
    );
  if (slugs.length === 0) return { all: true, slugs: [], warnings: [] };
  const names = isBuildLayer ? slugs.map(labelOf).filter((label) => label !== null) : slugs;
  const targets = [...new Set(names.filter(isKnown))].sort().slice(0, SOURCES);
  const unknown = names.some((slug) => !isKnown(slug)) || new Set(names).size > SOURCES;
  const warnings: StrictWarning[] = unknown ? ["UNKNOWN_DATA_SOURCE"] : [];
  return { all: unknown || names.length === 0, slugs: targets, warnings };
};
