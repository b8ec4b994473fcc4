import { LAYERS_IN_ALL, SITES_IN_ALL } from "../../core/limits.ts";
import { LAYER_ORDER, LAYERS, orderedId, SITE_ORDER, SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";

/** The limits of one system, with the keys of what they count. */
export const systemLimits = {
  layers: { order: LAYER_ORDER, documents: LAYERS, limit: LAYERS_IN_ALL },
  sites: { order: SITE_ORDER, documents: SITES, limit: SITES_IN_ALL },
} as const;

/**
 * The ids of the layers or sites that count towards their limit: existing ones, and those deleted in the last day. If
 * `more` would exceed the limit, order markers without a document are not counted, because the release before leaves
 * some. Throws `StoreUnavailable`.
 */
export const placesTaken = async (
  { archive, store }: Pick<Deps, "archive" | "store">,
  kind: keyof typeof systemLimits,
  more: number,
): Promise<ReadonlySet<string>> => {
  const { order, documents, limit } = systemLimits[kind];
  const markedIds = (await archive.list(order)).map(({ key }) => orderedId(key));
  if (markedIds.length + more <= limit) return new Set(markedIds);
  const existingIds = new Set((await store.list(documents)).map(({ key }) => key.slice(documents.length)));
  return new Set(markedIds.filter((id) => existingIds.has(id)));
};
