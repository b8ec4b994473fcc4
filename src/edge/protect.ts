/** The headers of answers that are no pages: a browser may load, run and frame nothing. */
export const ALWAYS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Adds the headers that every answer has, unless it has its own. Without a `cache-control` of its own, an answer is not
 * cached.
 */
export const protect = (request: Request, response: Response, always = ALWAYS): Response => {
  const { headers } = response;
  for (const [name, value] of Object.entries(always)) if (!headers.has(name)) headers.set(name, value);
  if (request.url.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return response;
};
