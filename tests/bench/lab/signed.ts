import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What all contestants share with the sender. */
export const SECRET = "9fT2-secret-of-every-contestant-Lq7";
export const SIGNATURE = "x-hub-signature-256";

/** The signature of a body, as GitHub makes it: HMAC-SHA256. */
export const signatureOf = (body: string | Buffer): string =>
  `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;

export const isSigned = (body: Buffer, signature: string | null): boolean => {
  const wanted = Buffer.from(signatureOf(body));
  const given = Buffer.from(signature ?? "");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

/** The whole body of a request. */
export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};
