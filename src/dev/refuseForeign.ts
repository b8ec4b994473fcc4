import type { IncomingMessage, ServerResponse } from "node:http";
import { sendProblem } from "./problem.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** The host of `LAYERHOOK_PUBLIC_URL`, which a tunnel or container uses to call this server. Null if not set. */
export const publicHostOf = (publicUrl: string | undefined): string | null =>
  URL.parse(publicUrl ?? "")?.hostname || null;

/**
 * Refuses requests from pages of other sites, and returns whether it answered. A foreign host name that resolves to
 * this machine would give its page our origin, so only this machine's names and `publicHost` are served. Requests below
 * `/demo` are not authenticated, so pages of other sites must not make changes there. Webhooks stay open to any sender.
 */
export function refuseForeign(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  publicHost: string | null,
): boolean {
  const { host, origin, "sec-fetch-site": site = "none" } = request.headers;
  const served = (name: string | undefined): boolean =>
    name !== undefined && (LOOPBACK.includes(name) || name === publicHost);
  // An HTTP/1.0 request may have no Host header. A browser always sends one.
  if (!served(url.hostname) || (host !== undefined && !served(URL.parse(`http://${host}`)?.hostname))) {
    const title = `This server answers to localhost, 127.0.0.1 and [::1], not to ${url.hostname.slice(0, 100)}`;
    sendProblem(response, 421, "FOREIGN_ORIGIN", title, {}, "To serve another name, set LAYERHOOK_PUBLIC_URL to it.");
    return true;
  }
  if (SAFE.includes(request.method ?? "") || !/^\/demo(?:\/|$)/i.test(url.pathname)) return false;
  const own = origin === undefined || URL.parse(origin)?.host === url.host;
  if (own && (site === "none" || site === "same-origin")) return false;
  const title = "A web page elsewhere cannot change the demo";
  sendProblem(response, 403, "FOREIGN_ORIGIN", title, {}, "Send the request from a program, without an Origin header.");
  return true;
}
