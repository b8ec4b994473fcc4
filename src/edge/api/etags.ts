import { createHash } from "node:crypto";

/** The ETag of a body: its hash. */
export const etagOf = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/**
 * Whether a header (`If-Match`, `If-None-Match`) names this ETag. Weak forms count: a proxy that compresses an answer
 * weakens its ETag, and every ETag here stands for exact content.
 */
export const namesEtag = (header: string, etag: string): boolean =>
  header
    .split(",")
    .map((one) => one.trim())
    .some((one) => one === "*" || one.replace(/^W\//, "") === etag);
