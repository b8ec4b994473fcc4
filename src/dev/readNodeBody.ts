import type { IncomingMessage } from "node:http";

/** The body was longer than the limit given to `readNodeBody`. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly limit: number;

  constructor(limit: number) {
    super(`The request body is larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/**
 * The whole request body. Throws `BodyTooLargeError` beyond `limit` bytes, after the rest was received and dropped:
 * an answer sent while the client still uploads reaches many clients only as a broken connection.
 * Rejects when the client goes away before its body is complete.
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
