/** A request's body, as far as it was read. `text` is null if nothing came. */
export type BodyRead =
  | { readonly kind: "whole"; readonly text: string | null }
  /** The sender was gone before the end; what it had said is here. */
  | { readonly kind: "broken-off"; readonly text: string | null }
  /** The rest was not read. */
  | { readonly kind: "too-long" };

/** Reads the body of a request or an answer up to `limit` bytes as text, whatever it says about itself. Never throws. */
export const readBody = async (request: Pick<Body, "body">, limit: number): Promise<BodyRead> => {
  if (request.body === null) return { kind: "whole", text: null };
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const read = (kind: "whole" | "broken-off"): BodyRead => ({
    kind,
    text: size === 0 ? null : Buffer.concat(chunks).toString("utf8"),
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return read("whole");
      size += value.byteLength;
      if (size > limit) {
        await reader.cancel().catch(() => undefined);
        return { kind: "too-long" };
      }
      chunks.push(value);
    }
  } catch {
    return read("broken-off");
  }
};
