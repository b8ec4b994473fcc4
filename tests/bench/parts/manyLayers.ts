import { openBlobDirectory } from "../../../src/dev/blobs/blobDirectory.ts";
import { layerId, type Site, startSite } from "../lab/site.ts";
import { startStore } from "../lab/store.ts";

/** The store of a site, as the local store names it. */
const storeOf = (site: string): string => `${site}/site:layerhook`;
/** The name of the site that has so many layers. */
export const siteWith = (layers: number): string => `layers-${layers}`;

const createOne = async (site: Site): Promise<void> => {
  const id = layerId(0);
  const { status, body } = await site.api("POST", "/data-layers", { id, name: id });
  if (status !== 201) throw new Error(`the layer was not created: ${status} ${JSON.stringify(body)}`);
  await site.settle();
};

/**
 * Fills `directory` with the stores of sites that have so many layers at rest each. One layer is created through the API;
 * the others are its copies under names of their own, because thousands of calls would take minutes.
 */
export const storeLayers = async (directory: string, sizes: readonly number[]): Promise<void> => {
  const store = await startStore(directory, false);
  const site = await startSite(store.url);
  await createOne(site);
  await Promise.all([site.kill(), store.kill()]);
  const blobs = openBlobDirectory(directory, () => undefined);
  const named = layerId(0);
  const own = blobs.keys(storeOf("bench")).filter((key) => key.includes(named));
  for (const layers of sizes) {
    for (let layer = 0; layer < layers; layer += 1) {
      for (const key of own) {
        const text = blobs.get(storeOf("bench"), key)?.body.toString() ?? "";
        const copy = (original: string): string => original.replaceAll(named, layerId(layer));
        blobs.put(storeOf(siteWith(layers)), copy(key), Buffer.from(copy(text)), null);
      }
    }
  }
};
