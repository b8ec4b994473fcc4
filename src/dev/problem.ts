import type { ServerResponse } from "node:http";

/** Ends the response as `application/problem+json`, unless it was begun or its client is gone. */
export function sendProblem(response: ServerResponse, status: number, title: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ type: "about:blank", title, status });
  response.writeHead(status, { "content-type": "application/problem+json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
