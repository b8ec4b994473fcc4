import type { Layer, LayerDocument } from "../../core/layer/layer.ts";
import type { Site, SiteDocument } from "../../core/site/site.ts";
import { LAYERS, SITES } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { layerCodec, siteCodec } from "./documents.ts";
import { readPage } from "./pages.ts";

export interface EveryDocument {
  readonly layers: readonly Layer[];
  readonly sites: readonly Site[];
}

/** A layer's or site's document from its stored text. Throws `CorruptDocument` or `NewerDocument`. */
export const decodeDocument = (text: string, key: string): LayerDocument | SiteDocument =>
  key.startsWith(LAYERS) ? layerCodec.decode(text, key) : siteCodec.decode(text, key);

/** The layer's or site's document at a key; null if there is none. Throws as `readEveryDocument` does. */
export const readDocument = async (deps: Deps, key: string): Promise<LayerDocument | SiteDocument | null> => {
  const stored = await deps.store.read(key);
  return stored === null ? null : decodeDocument(stored.text, key);
};

const readAll = async (deps: Deps, prefix: string): Promise<(LayerDocument | SiteDocument | null)[]> => {
  const listed = await deps.store.list(prefix);
  return readPage(listed, ({ key }) => readDocument(deps, key));
};

const byId = (a: Layer | Site, b: Layer | Site): number => (a.id < b.id ? -1 : 1);

/** Every existing layer, by id. Throws as `readEveryDocument` does. */
export const readEveryLayer = async (deps: Deps): Promise<Layer[]> => {
  const documents = await readAll(deps, LAYERS);
  return documents.filter((document) => document?.kind === "layer").sort(byId);
};

/** Every existing site, by id. Throws as `readEveryDocument` does. */
export const readEverySite = async (deps: Deps): Promise<Site[]> => {
  const documents = await readAll(deps, SITES);
  return documents.filter((document) => document?.kind === "site").sort(byId);
};

/**
 * Every existing layer and site, by id. Throws `StoreUnavailable`, and `CorruptDocument` or `NewerDocument` if one
 * cannot be read, so that a part is never taken for the whole.
 */
export const readEveryDocument = async (deps: Deps): Promise<EveryDocument> => {
  const [layers, sites] = await Promise.all([readEveryLayer(deps), readEverySite(deps)]);
  return { layers, sites };
};
