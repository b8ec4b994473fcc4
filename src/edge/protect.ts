/** Nothing here is a page: whatever a browser takes it for, it may load, run and frame nothing. */
const ALWAYS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** The answer with the headers that every answer has; one that does not say otherwise is kept by nobody. */
export const protect = (request: Request, response: Response): Response => {
  const { headers } = response;
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value);
  if (request.url.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return response;
};
