import type { ServerResponse } from "node:http";
import { type ProblemCode, problemType } from "../contract/problemCodes.ts";

/** Sends a problem as `application/problem+json`, unless the response has started or the client is gone. */
export function sendProblem(
  response: ServerResponse,
  status: number,
  code: ProblemCode,
  title: string,
  headers: Readonly<Record<string, string>> = {},
  remedy?: string,
): void {
  if (response.headersSent || response.destroyed) return;
  const detail = remedy === undefined ? `${title}.` : `${title}. ${remedy}`;
  const body = JSON.stringify({ type: problemType(code), title, status, detail, code });
  const about = { "content-type": "application/problem+json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, {
    ...about,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}
