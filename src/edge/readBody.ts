/** The bytes of a request's body, as far as they were read. */
export type BytesRead =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** The sender was gone before the end; what it had said is here. */
  | { readonly kind: "broken-off"; readonly bytes: Buffer }
  /** The rest was not read; so many were seen. */
  | { readonly kind: "too-long"; readonly seen: number };

/** A request's body as text. `text` is null if nothing came. */
export type BodyRead =
  | { readonly kind: "whole"; readonly text: string | null }
  /** The sender was gone before the end; what it had said is here. */
  | { readonly kind: "broken-off"; readonly text: string | null }
  /** The rest was not read. */
  | { readonly kind: "too-long" };

/** Reads the body of a request or an answer up to `limit` bytes, whatever it says about itself. Never throws. */
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

/** Reads a request's body up to `limit` bytes as text, whatever it says about itself. Never throws. */
export const readBody = async (request: Pick<Body, "body">, limit: number): Promise<BodyRead> => {
  const read = await readBytes(request, limit);
  return read.kind === "too-long" ? { kind: read.kind } : { kind: read.kind, text: textOf(read.bytes) };
};
