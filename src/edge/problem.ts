import { type ProblemCode, problemType } from "../contract/problemCodes.ts";

/** A problem document (RFC 9457) and its headers. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  /** What was given, what is allowed and what to do. */
  readonly detail: string;
  readonly [extension: string]: unknown;
}

const codes = new WeakMap<Response, ProblemCode>();

/** The code of the problem in an answer; null: there is none. */
export const codeOf = (response: Response): ProblemCode | null => codes.get(response) ?? null;

/** The answer with a problem. */
export const problem = (
  { status, code, title, detail, ...extensions }: Problem,
  headers: Record<string, string> = {},
): Response => {
  const response = new Response(
    JSON.stringify({ type: problemType(code), title, status, detail, code, ...extensions }),
    {
      status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    },
  );
  codes.set(response, code);
  return response;
};
