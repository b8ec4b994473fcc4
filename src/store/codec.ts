import { z } from "zod/mini";
import { utf8Bytes } from "../core/bytes.ts";
import { stamp, VERSION } from "../core/document.ts";
import { DOCUMENT_CEILING_BYTES } from "../core/limits.ts";
import { type Codec, CorruptDocument, NewerDocument } from "./store.ts";

interface Envelope {
  v: number;
  rev: number;
  by: string;
  at: number;
}

const versioned = z.object({ v: z.number() });

/**
 * Reads and writes stored documents. Fields that this release does not know are kept (the schemas are loose). A
 * document of a higher version is refused. A text that was read last is not checked again: a hot layer's document is read
 * with every delivery, and most deliveries leave it as it is. So a document is never changed in place.
 */
export const documentCodec = <D extends Envelope>(schema: z.ZodMiniType<D>): Codec<D> => {
  let last: { readonly text: string; readonly document: D } | null = null;
  const decode = (text: string, key: string): D => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new CorruptDocument(`${key} is not JSON`, { cause });
    }
    const seen = versioned.safeParse(value);
    if (seen.success && seen.data.v > VERSION) {
      throw new NewerDocument(`${key} has version ${seen.data.v}; this release reads up to ${VERSION}`);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const where = parsed.error.issues.map(({ path }) => path.join(".")).slice(0, 3);
      throw new CorruptDocument(`${key} is not what it should be at ${where.join(", ")}`);
    }
    return parsed.data;
  };
  return {
    decode(text, key) {
      if (last?.text !== text) last = { text, document: decode(text, key) };
      return last.document;
    },
    encode(document) {
      const text = JSON.stringify(document);
      // The limits of the core keep every reachable document far below this size. A larger one is a defect, and refusing
      // to write it keeps the last good version.
      const bytes = utf8Bytes(text);
      if (bytes > DOCUMENT_CEILING_BYTES) throw new RangeError(`a document of ${bytes} bytes was not written`);
      return text;
    },
    stamp,
  };
};
