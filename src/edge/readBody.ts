/** The bytes of a request's body that were read. */
export type BytesRead =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** The sender closed the connection before the end; `bytes` has what arrived. */
  | { readonly kind: "broken-off"; readonly bytes: Buffer }
  /** The body is longer than the limit; this many bytes were seen. */
  | { readonly kind: "too-long"; readonly seen: number };

/** A request's body as text; null if nothing arrived. */
export type BodyRead =
  | { readonly kind: "whole"; readonly text: string | null }
  /** The sender closed the connection before the end; `text` has what arrived. */
  | { readonly kind: "broken-off"; readonly text: string | null }
  /** The body is longer than the limit. */
  | { readonly kind: "too-long" };

/** Reads a body up to `limit` bytes, whatever its `content-length` says. Never throws. */
export const readBytes = async (request: Pick<Body, "body">, limit: number): Promise<BytesRead> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const read = (kind: "whole" | "broken-off"): BytesRead => ({ kind, bytes: Buffer.concat(chunks) });
  if (request.body === null) return read("whole");
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return read("whole");
      size += value.byteLength;
      if (size > limit) {
        await reader.cancel().catch(() => undefined);
        return { kind: "too-long", seen: size };
      }
      chunks.push(value);
    }
  } catch {
    return read("broken-off");
  }
};

/** Bytes as text; null if there are none. */
export const textOf = (bytes: Buffer): string | null => (bytes.length === 0 ? null : bytes.toString("utf8"));

/** A header's value as the UTF-8 that its sender wrote, which arrives as Latin-1. Other values stay as they are. */
export const headerTextOf = (value: string): string => {
  const utf8 = Buffer.from(value, "latin1").toString("utf8");
  return utf8.includes("\ufffd") ? value : utf8;
};

/** Reads a request's body as text up to `limit` bytes, whatever its `content-length` says. Never throws. */
export const readBody = async (request: Pick<Body, "body">, limit: number): Promise<BodyRead> => {
  const read = await readBytes(request, limit);
  return read.kind === "too-long" ? { kind: read.kind } : { kind: read.kind, text: textOf(read.bytes) };
};
