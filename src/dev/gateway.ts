import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import pLimit from "p-limit";
import type { BackgroundRuns } from "./functions/backgroundRuns.ts";
import type { FunctionRequest, Functions, MatchedFunction } from "./functions/functions.ts";
import type { FunctionAnswer } from "./functions/makeJob.ts";
import { sendProblem } from "./problem.ts";
import { BodyTooLargeError, readNodeBody } from "./readNodeBody.ts";
import { refuseForeign } from "./refuseForeign.ts";

/** Answers a request and returns true, or returns false and leaves the request untouched. */
export type LocalHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;

export interface GatewayOptions {
  readonly functions: Functions;
  readonly background: BackgroundRuns;
  /** Serves the dev server's own paths. Runs before the functions. */
  readonly before: LocalHandler;
  /** Serves static pages. Runs if no function matches. */
  readonly after: LocalHandler;
  /** A host name that is served beside those of this machine, or null. */
  readonly publicHost: string | null;
  readonly report: (line: string) => void;
  /** Called before a function is, with the id of the request in the function's log. */
  readonly onRequest?: ((requestId: string, pathname: string) => void) | undefined;
}

const MEBIBYTE = 1024 * 1024;
const BODY_LIMIT = { background: 256 * 1024, function: 6 * MEBIBYTE, hook: 64 * MEBIBYTE };
const HOOKS = "/hooks/";
const PER_LANE = 8;

/** Headers of one connection, which are not passed between client and function. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Creates the HTTP side of the dev server, which does for the functions what the platform's edge does. Webhooks and
 * other requests have separate lanes of eight at a time, so that neither starves the other. A function continues when
 * its client goes away, as in production.
 */
export function createGateway(options: GatewayOptions): RequestListener {
  const { functions, background, before, after, publicHost, report, onRequest } = options;
  const lanes = { hook: pLimit(PER_LANE), other: pLimit(PER_LANE) };

  const invoke = async (matched: MatchedFunction, request: FunctionRequest, hook: boolean): Promise<FunctionAnswer> => {
    const lane = hook ? lanes.hook : lanes.other;
    return new Promise((resolve, reject) => {
      // The lane stays occupied until everything given to waitUntil has ended. The answer leaves earlier.
      lane(async () => {
        const invocation = matched.invoke(request);
        invocation.answer.then((answer) => {
          if (answer === undefined) reject(new Error("The function gave no answer"));
          else resolve(answer);
        }, reject);
        await invocation.ended.catch(() => {});
      }).catch(reject);
    });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = parseUrl(request);
    if (url === undefined)
      return sendProblem(response, 400, "INVALID_INPUT", "The request's URL or Host header cannot be read");
    if (refuseForeign(request, response, url, publicHost)) return;
    if (await before(request, response, url)) return;
    const method = request.method ?? "GET";
    const matched = functions.match(url.pathname, method);
    // A scheduled function has no URL in production. Here the clock calls it without this gateway.
    if (matched?.scheduled === true) return sendProblem(response, 404, "ROUTE_NOT_FOUND", "There is nothing here");
    if (matched === undefined) {
      // Below `/hooks/` an unknown URL is a sender's mistake, which a page must not hide.
      if (!url.pathname.startsWith(HOOKS) && (await after(request, response, url))) return;
      return sendProblem(response, 404, "ROUTE_NOT_FOUND", "There is nothing here");
    }
    const hook = url.pathname.startsWith(HOOKS);
    // A Request cannot have the method TRACE, so the function cannot refuse TRACE itself.
    if (method === "TRACE")
      return sendProblem(response, 405, "METHOD_NOT_ALLOWED", "TRACE is not served", {
        allow: hook ? "POST" : "GET, HEAD, POST, PATCH, DELETE",
      });
    if (matched.background && method !== "POST")
      return sendProblem(response, 403, "METHOD_NOT_ALLOWED", "Background functions take POST only");
    const kind = matched.background ? "background" : hook ? "hook" : "function";
    const body = await readNodeBody(request, BODY_LIMIT[kind]);
    const requestId = randomUUID();
    onRequest?.(requestId, url.pathname);
    const functionRequest: FunctionRequest = {
      method,
      url: url.href,
      headers: requestHeaders(request, body.length),
      body,
      clientAddress: request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
      requestId,
    };
    if (matched.background) {
      background.start(matched, functionRequest);
      response.writeHead(202, { "content-length": "0" }).end();
      return;
    }
    try {
      sendAnswer(request, response, await invoke(matched, functionRequest, hook));
    } catch (error) {
      report(`The function ${matched.name} failed: ${String(error)}`);
      sendProblem(response, 502, "INTERNAL_ERROR", "The function failed; the dev server's output says why");
    }
  };

  return (request, response) => {
    // A client may leave at any moment. Without a listener the broken connection would end the process.
    request.on("error", () => {});
    response.on("error", () => {});
    handle(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      if (error instanceof BodyTooLargeError) {
        sendProblem(response, 413, "BODY_TOO_LARGE", `The body is larger than ${error.limit} bytes`);
        return;
      }
      report(`A request failed inside the dev server: ${error instanceof Error ? error.stack : String(error)}`);
      sendProblem(response, 500, "INTERNAL_ERROR", "The dev server failed; its output says why");
    });
  };
}

/** Parses the request's URL. Path and query stay as sent, except what every URL parser normalizes (`/../`, tabs). */
function parseUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? "/";
  const host = request.headers.host ?? "localhost";
  // A Host header that holds more than a host could change the path, and so the function that answers.
  if (/[/\\?#@]/.test(host)) return undefined;
  const url = URL.parse(target.startsWith("/") ? `http://${host}${target}` : target);
  // A Request cannot have a URL with credentials, and no other scheme is served here.
  const reachable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  return reachable ? url : undefined;
}

function requestHeaders(request: IncomingMessage, length: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // Functions trust the platform's own headers (x-nf-event means the clock), so a client must not set them.
    if (value === undefined || name.startsWith("x-nf-") || HOP_BY_HOP.has(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  if (length > 0) headers["content-length"] = String(length);
  return headers;
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: FunctionAnswer): void {
  for (const [name, value] of answer.headers) {
    // x-nf-fetch-timing lists every call of the function, and may grow beyond the header limit of clients.
    if (name.startsWith("x-nf-") || HOP_BY_HOP.has(name) || name === "content-length") continue;
    response.appendHeader(name, value);
  }
  const bodyless = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
  if (!bodyless) response.setHeader("content-length", answer.body.byteLength);
  response.writeHead(answer.status);
  response.end(bodyless ? undefined : answer.body);
}
