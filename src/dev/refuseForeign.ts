import type { IncomingMessage, ServerResponse } from "node:http";
import { sendProblem } from "./problem.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** The host of `LAYERHOOK_PUBLIC_URL`, under which a tunnel or a container may call this server; null: none is set. */
export const publicHostOf = (publicUrl: string | undefined): string | null =>
  URL.parse(publicUrl ?? "")?.hostname || null;

/**
 * Answers a request that a web page elsewhere makes, and says whether it did. A name that leads to this machine makes its
 * page one of our own origin, so only the names of this machine and `publicHost` are served. Below `/demo` nothing
 * authenticates its caller, so changes there come from programs or from our own pages. Webhooks stay open to any sender.
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
  // HTTP/1.0 may name no host. A browser always does.
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
