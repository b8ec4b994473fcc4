import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import pLimit from "p-limit";
import type { BackgroundRuns } from "./functions/backgroundRuns.ts";
import type { FunctionAnswer } from "./functions/functionPool.ts";
import type { FunctionRequest, Functions, MatchedFunction } from "./functions/functions.ts";
import { sendProblem } from "./problem.ts";
import { BodyTooLargeError, readNodeBody } from "./readNodeBody.ts";
import { refuseForeign } from "./refuseForeign.ts";

/** Answers a request and says so, or leaves it untouched. */
export type LocalHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;

export interface GatewayOptions {
  readonly functions: Functions;
  readonly background: BackgroundRuns;
  /** Paths of the dev server itself, asked before the functions. */
  readonly before: LocalHandler;
  /** Static pages, asked when no function wants the request. */
  readonly after: LocalHandler;
  /** A name that is served beside those of this machine; null: none. */
  readonly publicHost: string | null;
  readonly report: (line: string) => void;
}

const MEBIBYTE = 1024 * 1024;
const BODY_LIMIT = { background: 256 * 1024, function: 6 * MEBIBYTE, hook: 64 * MEBIBYTE };
const HOOKS = "/hooks/";
const PER_LANE = 8;

/** The request never gets a function's own idea of these: they belong to one connection. */
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
 * The HTTP side of the dev server: does for the functions what the platform's edge does. Webhooks and everything else
 * run in lanes of their own, eight at a time each and the rest waiting, so that neither starves the other.
 * A client that goes away ends nothing: its function runs on, as in production.
 */
export function createGateway(options: GatewayOptions): RequestListener {
  const { functions, background, before, after, publicHost, report } = options;
  const lanes = { hook: pLimit(PER_LANE), other: pLimit(PER_LANE) };

  const invoke = async (matched: MatchedFunction, request: FunctionRequest, hook: boolean): Promise<FunctionAnswer> => {
    const lane = hook ? lanes.hook : lanes.other;
    return new Promise((resolve, reject) => {
      // The lane is held until everything given to waitUntil has ended; the answer does not wait for that.
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
    // In production nobody reaches a scheduled function by URL; here only the clock does, without this gateway.
    if (matched?.scheduled === true) return sendProblem(response, 404, "ROUTE_NOT_FOUND", "There is nothing here");
    if (matched === undefined) {
      // A page must not answer for an address of senders that is not one.
      if (!url.pathname.startsWith(HOOKS) && (await after(request, response, url))) return;
      return sendProblem(response, 404, "ROUTE_NOT_FOUND", "There is nothing here");
    }
    const hook = url.pathname.startsWith(HOOKS);
    // No Request can be made of it, so the function cannot say itself what it takes.
    if (method === "TRACE")
      return sendProblem(response, 405, "METHOD_NOT_ALLOWED", "TRACE is not served", {
        allow: hook ? "POST" : "GET, HEAD, POST, PATCH, DELETE",
      });
    if (matched.background && method !== "POST")
      return sendProblem(response, 403, "METHOD_NOT_ALLOWED", "Background functions take POST only");
    const kind = matched.background ? "background" : hook ? "hook" : "function";
    const body = await readNodeBody(request, BODY_LIMIT[kind]);
    const functionRequest: FunctionRequest = {
      method,
      url: url.href,
      headers: requestHeaders(request, body.length),
      body,
      clientAddress: request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
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
    // A client may leave at any moment; without a listener its broken connection would end the process.
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

/** Path and query reach the function as they were sent, but for what any URL parser evens out (`/../`, tabs). */
function parseUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? "/";
  const host = request.headers.host ?? "localhost";
  // With more than a host in it the header would decide about the path, and so about the function that answers.
  if (/[/\\?#@]/.test(host)) return undefined;
  const url = URL.parse(target.startsWith("/") ? `http://${host}${target}` : target);
  // No request can be made of a URL with credentials, and no other scheme leads here.
  const reachable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  return reachable ? url : undefined;
}

function requestHeaders(request: IncomingMessage, length: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // The platform's own headers say what may be trusted (x-nf-event: this is the clock); nobody outside sets them.
    if (value === undefined || name.startsWith("x-nf-") || HOP_BY_HOP.has(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  if (length > 0) headers["content-length"] = String(length);
  return headers;
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: FunctionAnswer): void {
  for (const [name, value] of answer.headers) {
    // x-nf-fetch-timing has an item for every call the function made; enough of them break the header limit of clients.
    if (name.startsWith("x-nf-") || HOP_BY_HOP.has(name) || name === "content-length") continue;
    response.appendHeader(name, value);
  }
  const bodyless = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
  if (!bodyless) response.setHeader("content-length", answer.body.byteLength);
  response.writeHead(answer.status);
  response.end(bodyless ? undefined : answer.body);
}
