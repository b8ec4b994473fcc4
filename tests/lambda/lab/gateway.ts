import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { StaticPages } from "../../../src/dev/pages/staticPages.ts";
import { readNodeBody } from "../../../src/dev/readNodeBody.ts";
import { FunctionFailed } from "../runtime/invocation.ts";
import type { LambdaFunction } from "../runtime/lambdaFunction.ts";
import type { BackgroundCalls } from "./backgroundCalls.ts";
import type { BundledFunction } from "./bundleAsDeployed.ts";
import { type Deploy, deployAt, deployHeaders, PUBLISHED } from "./deploys.ts";
import { makeEvent } from "./event.ts";

/** Set by a caller of the lab to come from another address, as the rate limit goes by address. */
export const FROM = "x-lab-from";
/** Set by the gateway: how many bytes of platform headers the function's answer had. They are not passed on. */
export const PLATFORM_BYTES = "x-lab-platform-bytes";

export const TIMEOUT = { answering: 60_000, scheduled: 30_000, background: 15 * 60_000 };
const BODY_LIMIT = { answering: 6 * 1024 * 1024, background: 256 * 1024 };
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "te",
  "trailer",
  "upgrade",
]);

export interface GatewayOptions {
  readonly bundles: readonly BundledFunction[];
  readonly functionOf: (bundle: BundledFunction, deploy: Deploy) => LambdaFunction;
  readonly blobs: () => string | undefined;
  readonly pages: StaticPages;
  readonly runInBackground: BackgroundCalls["run"];
}

const headersOf = (request: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith("x-nf-") || HOP_BY_HOP.has(name) || name === FROM) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
};

/** Counts calls in windows that slide; true: this one is over the limit. */
const makeRateLimit = (): ((bundle: BundledFunction, address: string) => boolean) => {
  const calls = new Map<string, number[]>();
  return ({ name, rateLimit }, address) => {
    if (rateLimit === null) return false;
    const now = Date.now();
    const recent = (calls.get(`${name} ${address}`) ?? []).filter((at) => now - at < rateLimit.seconds * 1000);
    calls.set(`${name} ${address}`, [...recent, now]);
    return recent.length >= rateLimit.calls;
  };
};

/** What Netlify's edge does: finds the deploy by the host and the function by the path, and turns a request into its event. */
export const createGateway = ({
  bundles,
  functionOf,
  blobs,
  pages,
  runInBackground,
}: GatewayOptions): RequestListener => {
  const isLimited = makeRateLimit();

  const find = (path: string) => {
    for (const bundle of bundles) {
      const route = bundle.routes.find(({ matches }) => matches(path));
      if (route !== undefined) return { bundle, route: route.pattern };
    }
    return null;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const host = request.headers.host ?? "";
    const deploy = deployAt(host);
    // Whoever calls the lab on this machine means the site's main address.
    const url = new URL(request.url ?? "/", `https://${deploy === PUBLISHED ? PUBLISHED.host : host}`);
    const found = find(url.pathname);
    if (found === null) {
      if (!(await pages.handle(request, response, url))) response.writeHead(404).end("Page not found");
      return;
    }
    const { bundle, route } = found;
    const from = request.headers[FROM];
    const address = typeof from === "string" ? from : "203.0.113.9";
    if (isLimited(bundle, address)) {
      response.writeHead(429).end("Too many requests");
      return;
    }
    const method = request.method ?? "GET";
    const body = await readNodeBody(request, bundle.background ? BODY_LIMIT.background : BODY_LIMIT.answering);
    const platform = { ...deployHeaders(deploy), "x-nf-client-connection-ip": address };
    const event = makeEvent({ url, method, headers: headersOf(request), body, blobs: blobs(), route, platform });
    const lambda = functionOf(bundle, deploy);
    if (bundle.background) {
      response.writeHead(202).end();
      return runInBackground(() => lambda.invoke(event, TIMEOUT.background).ended);
    }
    const answer = await lambda.invoke(event, TIMEOUT.answering).answer;
    let platformBytes = 0;
    for (const [name, value] of answer.headers) {
      if (name.startsWith("x-nf-")) platformBytes += name.length + value.length + 4;
      else if (!HOP_BY_HOP.has(name)) response.appendHeader(name, value);
    }
    response.setHeader(PLATFORM_BYTES, platformBytes);
    response.writeHead(answer.status);
    const bodyless = method === "HEAD" || answer.status === 204 || answer.status === 304;
    response.end(bodyless ? undefined : answer.body);
  };

  return (request, response) => {
    request.on("error", () => {});
    response.on("error", () => {});
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(502);
      response.end(error instanceof FunctionFailed ? "The function failed" : "The lab failed");
    });
  };
};
