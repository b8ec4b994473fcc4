import { LAYERS_IN_ALL, SITES_IN_ALL } from "../../core/limits.ts";
import { LAYER_ORDER, LAYERS, orderedId, SITE_ORDER, SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";

/** What there is a bounded number of in one system. */
export const bounded = {
  layers: { order: LAYER_ORDER, documents: LAYERS, limit: LAYERS_IN_ALL },
  sites: { order: SITE_ORDER, documents: SITES, limit: SITES_IN_ALL },
} as const;

/**
 * The ids of the layers or sites that count towards their limit: those that stand, and those deleted in the last day, which
 * are read as well. If `more` would exceed the limit, an order marker without a document does not count: the release before
 * leaves some. Throws `StoreUnavailable`.
 */
export const placesTaken = async (
  { archive, store }: Pick<Deps, "archive" | "store">,
  kind: keyof typeof bounded,
  more: number,
): Promise<ReadonlySet<string>> => {
  const { order, documents, limit } = bounded[kind];
  const marked = (await archive.list(order)).map(({ key }) => orderedId(key));
  if (marked.length + more <= limit) return new Set(marked);
  const listed = new Set((await store.list(documents)).map(({ key }) => key.slice(documents.length)));
  return new Set(marked.filter((id) => listed.has(id)));
};
