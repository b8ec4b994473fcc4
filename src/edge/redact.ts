/**
 * The words in our own paths. Anything else in a path may be a secret (a webhook's id, a callback's token, a text
 * pasted by mistake), so it is never logged.
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
    "resend",
    "test-conditions",
    "deliveries",
    "sites",
  ],
  ...["status", "badge.svg", "status-links"],
  ...["builds", "data-sources", "secret", "audit-log", "usage", "deploys", "deploy-notifications", "export", "import"],
]);

/** A path with only our own words: `/api/v1/data-layers/…/webhooks/…`. */
export const redactedPath = (pathname: string): string =>
  pathname
    .split("/")
    .slice(0, 12)
    .map((segment) => (segment === "" || WORDS.has(segment) ? segment : "…"))
    .join("/");

/** The host of the page that sent a request. */
export const redactedReferer = (referer: string | null): string | null =>
  referer === null ? null : (URL.parse(referer)?.host.slice(0, 100) ?? "…");

const LAYER = /^\/(?:hooks\/data_layer\/data_source\/publish|api\/v1\/data-layers)\/([A-Za-z0-9_-]{1,128})(?:\/|$)/;
const PUBLISH = /^\/hooks\//;

/**
 * The id of the data layer in a path, if the answer shows that the layer exists. Otherwise that part of the path may be
 * any text, such as a secret.
 */
export const namedLayer = (pathname: string, status: number): string | null => {
  const isFound = status < 400 || status === 409 || status === 412 || status === 422;
  const layerExists = isFound || (PUBLISH.test(pathname) && (status === 401 || status === 410));
  return layerExists ? (LAYER.exec(pathname)?.[1] ?? null) : null;
};
