import pLimit from "p-limit";
import type { Layer, LayerDocument } from "../core/layer.ts";
import type { Site, SiteDocument } from "../core/site.ts";
import { LAYERS, SITES } from "../store/keys.ts";
import type { Deps } from "./deps.ts";
import { layerCodec, siteCodec } from "./documents.ts";

const AT_ONCE = 8;

export interface EveryDocument {
  readonly layers: readonly Layer[];
  readonly sites: readonly Site[];
}

/**
 * Every layer and site that stands, by id. Throws `StoreUnavailable`, and `CorruptDocument` or
 * `NewerDocument` if one cannot be read: a part is not taken for the whole.
 */
export const readEveryDocument = async (deps: Deps): Promise<EveryDocument> => {
  const limit = pLimit(AT_ONCE);
  const read = async <D extends LayerDocument | SiteDocument>(
    prefix: string,
    decode: (text: string, key: string) => D,
  ): Promise<D[]> => {
    const listed = await deps.store.list(prefix);
    const found = await Promise.all(
      listed.map(({ key }) => limit(async () => ({ key, stored: await deps.store.read(key) }))),
    );
    return found.flatMap(({ key, stored }) => (stored === null ? [] : [decode(stored.text, key)]));
  };
  const [layers, sites] = await Promise.all([read(LAYERS, layerCodec.decode), read(SITES, siteCodec.decode)]);
  const byId = (a: Layer | Site, b: Layer | Site): number => (a.id < b.id ? -1 : 1);
  return {
    layers: layers.filter((document): document is Layer => document.kind === "layer").sort(byId),
    sites: sites.filter((document): document is Site => document.kind === "site").sort(byId),
  };
};
