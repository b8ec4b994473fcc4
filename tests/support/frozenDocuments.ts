import { layerCodec, siteCodec, tokensCodec } from "../../src/app/stored/documents.ts";
import type { Codec } from "../../src/store/store.ts";

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
};

const freeze = <D>(codec: Codec<D>): void => {
  const decode = codec.decode.bind(codec);
  codec.decode = (text, key) => frozen(decode(text, key));
};

// A codec keeps the document that it decoded last, so whoever changes one in place changes what the next reader gets. In
// tests such a change throws.
freeze(layerCodec);
freeze(siteCodec);
freeze(tokensCodec);
