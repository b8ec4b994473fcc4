/**
 * Reads a request's body up to `limit` bytes as text, whatever it says about itself. Null: there was none; `too-long`: it
 * was longer, and the rest was not read. A body that breaks off counts as far as it came: the delivery has arrived.
 */
export const readBody = async (request: Request, limit: number): Promise<string | null | "too-long"> => {
  if (request.body === null) return null;
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > limit) {
        await reader.cancel().catch(() => undefined);
        return "too-long";
      }
      chunks.push(value);
    }
  } catch {
    // The sender is gone; what it said stands.
  }
  return size === 0 ? null : Buffer.concat(chunks).toString("utf8");
};
