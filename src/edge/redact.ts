/**
 * The words of our own paths. Everything else in a path may be a secret (the id of a webhook, the token of a callback, or
 * whatever somebody pasted in the wrong place), so it is never written down.
 */
const WORDS = new Set([
  ...["hooks", "data_layer", "data_source", "publish", "callbacks", "internal", "run-sync", "api", "v1", "health"],
  ...[
    "openapi.json",
    "session",
    "tokens",
    "data-layers",
    "webhooks",
    "rotate",
    "restore",
    "recipe",
    "recipes",
    "test",
    "syncs",
    "cancel",
    "retry",
    "deliveries",
    "sites",
  ],
  ...["builds", "data-sources", "secret", "audit-log", "usage", "deploys", "deploy-notifications", "export", "import"],
]);

/** A path with its own words alone: `/api/v1/data-layers/…/webhooks/…`. */
export const redactedPath = (pathname: string): string =>
  pathname
    .split("/")
    .slice(0, 12)
    .map((segment) => (segment === "" || WORDS.has(segment) ? segment : "…"))
    .join("/");

/** Where a request came from, as far as it tells no address of ours: the host. */
export const redactedReferer = (referer: string | null): string | null =>
  referer === null ? null : (URL.parse(referer)?.host.slice(0, 100) ?? "…");

const LAYER = /^\/(?:hooks\/data_layer\/data_source\/publish|api\/v1\/data-layers)\/([A-Za-z0-9_-]{1,128})(?:\/|$)/;
const PUBLISH = /^\/hooks\//;

/**
 * The data layer that a request was about, if its answer shows that there is one: what stands in its place otherwise may
 * be anything.
 */
export const namedLayer = (pathname: string, status: number): string | null => {
  const shown = status < 400 || status === 409 || status === 412 || status === 422;
  const known = shown || (PUBLISH.test(pathname) && (status === 401 || status === 410));
  return known ? (LAYER.exec(pathname)?.[1] ?? null) : null;
};
