import { layerCodec, siteCodec } from "../../src/app/stored/documents.ts";
import type { Codec } from "../../src/store/store.ts";

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
};

/** Puts the memory in front of a codec; gives what empties it. */
const remember = <D>(codec: Codec<D>): (() => void) => {
  const known = new Map<string, D>();
  const decode = codec.decode.bind(codec);
  codec.decode = (text, key) => {
    const decoded = known.get(text) ?? frozen(decode(text, key));
    known.set(text, decoded);
    return decoded;
  };
  return () => known.clear();
};

const forgets = [remember(layerCodec), remember(siteCodec)];

/**
 * A text is decoded once a world, by the real codec: a third of a world's time went into decoding the same texts again.
 * What is handed out is frozen, so a command that changes the document it was given is a defect that shows.
 */
export const forgetDecoded = (): void => {
  for (const forget of forgets) forget();
};
