import type { IncomingMessage } from "node:http";

/** Thrown when the body is longer than the limit given to `readNodeBody`. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly limit: number;

  constructor(limit: number) {
    super(`The request body is larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/**
 * Reads the whole request body. Throws `BodyTooLargeError` beyond `limit` bytes, after receiving and dropping the rest:
 * many clients see an answer during their upload as a broken connection. Rejects when the client goes away before its
 * body is complete.
 */
export async function readNodeBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("The request was read as text");
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > limit) throw new BodyTooLargeError(limit);
  return Buffer.concat(chunks);
}
