import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** A longer body is not looked into, so that a refused request costs little computing (bytes). */
export const PARSED_BYTES = 1024 * 1024;

/** The bytes of a body as they were before they were packed. */
export type Unpacked =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "unreadable"; readonly cause: string };

const tooLong: Unpacked = {
  kind: "unreadable",
  cause: `it is longer than ${PARSED_BYTES} bytes`,
};

const limit = { maxOutputLength: PARSED_BYTES };
const inflate = (bytes: Buffer): Buffer => {
  try {
    return inflateSync(bytes, limit);
  } catch (error) {
    if (isTooLong(error)) throw error;
    // Some senders leave out the header that the standard asks for.
    return inflateRawSync(bytes, limit);
  }
};
const unpackers: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes, limit),
  "x-gzip": (bytes) => gunzipSync(bytes, limit),
  deflate: inflate,
  br: (bytes) => brotliDecompressSync(bytes, limit),
};

const isTooLong = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks a body by its `content-encoding`. A body that is not packed as the header says is taken as it is: a proxy may
 * have unpacked it and left the header.
 */
export const unpack = (body: Buffer, contentEncoding: string | null): Unpacked => {
  const named = (contentEncoding ?? "").toLowerCase().split(",");
  const encodings = named.map((name) => name.trim()).filter((name) => Object.hasOwn(unpackers, name));
  if (encodings.length === 0 && isGzip(body)) encodings.push("gzip");
  let bytes = body;
  // A body is packed two times at most; each time costs computing.
  for (const encoding of encodings.reverse().slice(0, 2)) {
    if (bytes.length > PARSED_BYTES) return tooLong;
    try {
      bytes = unpackers[encoding]?.(bytes) ?? bytes;
    } catch (error) {
      if (isTooLong(error)) return tooLong;
      break;
    }
  }
  return bytes.length > PARSED_BYTES ? tooLong : { kind: "bytes", bytes };
};

/** The charset that bytes show by a mark at their beginning, or by the zeros of UTF-16 without one; null: none. */
const charsetShown = ([first, second]: Buffer): string | null => {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === undefined || second === undefined || first === second) return null;
  return first === 0 ? "utf-16be" : second === 0 ? "utf-16le" : null;
};

const charsetNamed = (contentType: string | null): string | null =>
  /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? "")?.[1] ?? null;

/** A text, and whether some of it may not be what the sender wrote. */
export interface Text {
  readonly text: string;
  readonly isDoubtful: boolean;
}

/** Shared, because it keeps nothing between two bodies. */
const utf8 = new TextDecoder();

/** Decodes bytes by what they show, or else by the charset of their `content-type`, or else as UTF-8. */
export const decodeText = (bytes: Buffer, contentType: string | null): Text => {
  const isUtf8Marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const charset = isUtf8Marked ? "utf-8" : (charsetShown(bytes) ?? charsetNamed(contentType) ?? "utf-8");
  try {
    const text = (charset === "utf-8" ? utf8 : new TextDecoder(charset)).decode(bytes);
    return { text, isDoubtful: text.includes("\ufffd") };
  } catch {
    return { text: utf8.decode(bytes), isDoubtful: true };
  }
};
