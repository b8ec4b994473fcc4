import { layerCodec, siteCodec } from "../../src/app/stored/documents.ts";
import type { Codec } from "../../src/store/store.ts";
import "../support/frozenDocuments.ts";

/** Puts the memory in front of a codec; gives what empties it. */
const remember = <D>(codec: Codec<D>): (() => void) => {
  const known = new Map<string, D>();
  const decode = codec.decode.bind(codec);
  codec.decode = (text, key) => {
    const decoded = known.get(text) ?? decode(text, key);
    known.set(text, decoded);
    return decoded;
  };
  return () => known.clear();
};

const forgets = [remember(layerCodec), remember(siteCodec)];

/**
 * A text is decoded once a world, by the real codec: a third of a world's time went into decoding the same texts again.
 */
export const forgetDecoded = (): void => {
  for (const forget of forgets) forget();
};
