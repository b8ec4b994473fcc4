/** A problem document (RFC 9457) and the headers that go with it. */
export interface Problem {
  readonly status: number;
  /** Stable: programs may rely on it. */
  readonly code: string;
  readonly title: string;
  /** What was given, what is allowed, what to do. */
  readonly detail: string;
  readonly [extension: string]: unknown;
}

/** The answer that carries a problem. */
export const problem = (
  { status, code, title, detail, ...extensions }: Problem,
  headers: Record<string, string> = {},
): Response => {
  const type = `urn:layerhook:problem:${code.toLowerCase().replaceAll("_", "-")}`;
  return new Response(JSON.stringify({ type, title, status, detail, code, ...extensions }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
};
