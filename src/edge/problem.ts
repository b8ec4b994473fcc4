import { type ProblemCode, problemType } from "./problemCodes.ts";

/** A problem document (RFC 9457) and the headers that go with it. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
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
  return new Response(JSON.stringify({ type: problemType(code), title, status, detail, code, ...extensions }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
};
