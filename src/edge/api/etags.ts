import { createHash } from "node:crypto";

/** The ETag of a body: its hash. */
export const etagOf = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/** The weak ETag of a view with moving parts (times, counters), computed from its stable fields only. */
export const weakEtagOf = (stableFields: unknown): string => `W/${etagOf(JSON.stringify(stableFields))}`;

const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 16);

/**
 * The ETag of a view with a change token. It names the token, because an equal token tells of an equal view before the
 * view is made, and the body, because a new token may lead to the same view.
 */
export const tokenEtag = (token: string, body: string): string => `W/"${hashOf(token)}.${hashOf(body)}"`;

/** The first ETag in a header that names this token or this body; null: there is none. */
export const etagWith = (header: string, part: { readonly token: string } | { readonly body: string }): string | null =>
  header
    .split(",")
    .map((one) => one.trim())
    .find((one) => {
      const [token, body] = opaque(one).slice(1, -1).split(".");
      return "token" in part ? token === hashOf(part.token) : body === hashOf(part.body);
    }) ?? null;

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
