import { createHash } from "node:crypto";

/** The ETag of a body: its hash. */
export const etagOf = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/** The weak ETag of a view with moving parts (times, counters), computed from its stable fields only. */
export const weakEtagOf = (stableFields: unknown): string => `W/${etagOf(JSON.stringify(stableFields))}`;

const opaque = (etag: string): string => etag.replace(/^W\//, "");

/**
 * Whether a header (`If-Match`, `If-None-Match`) names this ETag. Weak forms count, because a compressing proxy weakens
 * ETags, and every ETag that guards a change is of exact content.
 */
export const namesEtag = (header: string, etag: string): boolean =>
  header
    .split(",")
    .map((one) => one.trim())
    .some((one) => one === "*" || opaque(one) === opaque(etag));
