import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { BodyTooLargeError, readNodeBody } from "../readNodeBody.ts";
import { type BlobDirectory, type BlobEntry, openBlobDirectory } from "./blobDirectory.ts";
import { listBlobs } from "./blobListing.ts";

/** An answered request. `method` is `LIST` for a page of keys; `key` is null if the request has none. */
export interface BlobsRequest {
  readonly method: string;
  readonly store: string | null;
  readonly key: string | null;
  readonly status: number;
  /** The bytes of the answer's body. */
  readonly bytes: number;
}

/** The number of requests answered since the start. */
export interface BlobsRequestCounts {
  readonly total: number;
  readonly byMethod: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
}

export interface BlobsServerOptions {
  readonly directory: string;
  readonly token: string;
  readonly port?: number;
  /** Whether each write waits for the disk; absent: no. */
  readonly durable?: boolean;
  /** How long a request is on its way, there and back (ms); absent: no time at all. */
  readonly roundTrip?: () => number;
  readonly onRequest?: (request: BlobsRequest) => void;
  readonly onProblem?: (problem: string) => void;
}

export interface BlobsServer {
  readonly url: string;
  readonly port: number;
  requests(): BlobsRequestCounts;
  close(): Promise<void>;
}

interface Target {
  readonly site: string;
  readonly store: string | null;
  readonly key: string | null;
  readonly query: URLSearchParams;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | object;
}

const MAX_BODY_BYTES = 5 * 1024 * 1024;
const METADATA_HEADER = "x-amz-meta-user";

/**
 * Serves the protocol of the Netlify Blobs edge URL on 127.0.0.1, from files in `directory`. Unlike the server in
 * Netlify's package, it makes conditional writes atomic, gives the etags of production (MD5 of the content) and answers
 * a write only when it survives the process. Throws when the port is taken or the directory cannot be read.
 */
export async function startBlobsServer(options: BlobsServerOptions): Promise<BlobsServer> {
  const report = options.onProblem ?? ((problem: string) => console.warn(problem));
  const blobs = openBlobDirectory(options.directory, report, options.durable);
  const byMethod = new Map<string, number>();
  const byStatus = new Map<string, number>();
  let total = 0;

  const server = createServer((request, response) => {
    const target = parseTarget(request.url ?? "/");
    const roundTrip = options.roundTrip?.() ?? 0;
    void onItsWay(roundTrip, () => handle(request, target, blobs, options.token))
      .catch((error: unknown): Answer => {
        if (error instanceof BodyTooLargeError) return { status: 413 };
        if (!request.complete && request.destroyed) return { status: 499 };
        options.onProblem?.(`Blobs request failed: ${error instanceof Error ? error.message : String(error)}`);
        return { status: 500 };
      })
      .then((answer) => {
        const list = request.method === "GET" && target?.key === null;
        const method = list ? "LIST" : (request.method ?? "");
        total += 1;
        count(byMethod, method);
        count(byStatus, String(answer.status));
        const bytes = send(response, answer, request.method === "HEAD");
        const { status } = answer;
        options.onRequest?.({ method, store: target?.store ?? null, key: target?.key ?? null, status, bytes });
      });
  });
  // If a connection closes just as the client reuses it, the client waits five seconds before it retries.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The blobs server has no port");

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    requests: () => ({ total, byMethod: Object.fromEntries(byMethod), byStatus: Object.fromEntries(byStatus) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Does something in the middle of a round trip (ms). */
async function onItsWay<T>(roundTrip: number, work: () => Promise<T>): Promise<T> {
  if (roundTrip === 0) return work();
  await sleep(Math.floor(roundTrip / 2));
  const done = await work();
  await sleep(Math.ceil(roundTrip / 2));
  return done;
}

async function handle(
  request: IncomingMessage,
  target: Target | undefined,
  blobs: BlobDirectory,
  token: string,
): Promise<Answer> {
  if (!isAuthorized(request.headers.authorization, token)) return { status: 401 };
  if (target === undefined) return { status: 400 };
  const { key, query } = target;
  const method = request.method ?? "";
  if (target.store === null) return method === "GET" ? listStores(blobs, target) : { status: 405 };
  const store = `${target.site}/${target.store}`;
  if (key === null) {
    if (method === "DELETE") return deleteStore(blobs, store);
    if (method !== "GET") return { status: 405 };
    const directories = query.get("directories") === "true";
    const listing = { prefix: query.get("prefix") ?? "", directories, cursor: query.get("cursor") };
    return { status: 200, body: listBlobs(blobs, store, listing) };
  }
  switch (method) {
    case "GET": {
      const blob = blobs.get(store, key);
      if (blob === undefined) return { status: 404 };
      const headers = { ...headersOf(blob), "content-type": "application/octet-stream" };
      return isListed(request.headers["if-none-match"], blob.etag)
        ? { status: 304, headers: headersOf(blob) }
        : { status: 200, headers, body: blob.body };
    }
    case "HEAD": {
      const entry = blobs.head(store, key);
      return entry === undefined ? { status: 404 } : { status: 200, headers: headersOf(entry) };
    }
    case "DELETE":
      blobs.delete(store, key);
      return { status: 204 };
    case "PUT": {
      const body = await readNodeBody(request, MAX_BODY_BYTES);
      // No await from here to the write, so that no other request runs between the condition and the write.
      const current = blobs.head(store, key);
      if (request.headers["if-none-match"] === "*" && current !== undefined) return { status: 412 };
      const expected = request.headers["if-match"];
      if (expected !== undefined && (current === undefined || !isListed(expected, current.etag)))
        return { status: 412 };
      const metadata = request.headers[METADATA_HEADER];
      const entry = blobs.put(store, key, body, typeof metadata === "string" && metadata !== "" ? metadata : null);
      return { status: 200, headers: { etag: entry.etag } };
    }
    default:
      return { status: 405 };
  }
}

function listStores(blobs: BlobDirectory, { site, query }: Target): Answer {
  const names = blobs.stores().flatMap((name) => (name.startsWith(`${site}/`) ? [name.slice(site.length + 1)] : []));
  return { status: 200, body: { stores: names.filter((name) => name.startsWith(query.get("prefix") ?? "")) } };
}

function deleteStore(blobs: BlobDirectory, store: string): Answer {
  const keys = [...blobs.keys(store)];
  for (const key of keys) blobs.delete(store, key);
  return { status: 200, body: { blobs_deleted: keys.length, has_more: false } };
}

/** Parses `/[region:x/]site[/store[/key…]]`. A key may contain slashes. Returns undefined if the site is missing. */
function parseTarget(requestUrl: string): Target | undefined {
  const queryAt = requestUrl.indexOf("?");
  const path = queryAt < 0 ? requestUrl : requestUrl.slice(0, queryAt);
  const parts = path.split("/").slice(1);
  if (parts[0]?.startsWith("region:")) parts.shift();
  const [site, store, ...key] = parts.map(decode);
  if (site === undefined || site === "") return undefined;
  const query = new URLSearchParams(queryAt < 0 ? "" : requestUrl.slice(queryAt + 1));
  const joined = key.join("/");
  return { site, store: store === undefined || store === "" ? null : store, key: joined === "" ? null : joined, query };
}

/** Decodes a part of the path. The client does not encode keys, so a lone `%` belongs to the key. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function isAuthorized(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function isListed(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((item) => item.trim() === etag || item.trim() === "*");
}

function headersOf(entry: BlobEntry): Record<string, string> {
  const metadata = entry.metadata === null ? {} : { [METADATA_HEADER]: entry.metadata };
  return { etag: entry.etag, "last-modified": new Date(entry.modifiedAt).toUTCString(), ...metadata };
}

/** Sends the answer; returns the bytes of its body. */
function send(response: ServerResponse, answer: Answer, headOnly: boolean): number {
  const json = answer.body !== undefined && !Buffer.isBuffer(answer.body);
  const body = json ? Buffer.from(JSON.stringify(answer.body)) : Buffer.isBuffer(answer.body) ? answer.body : undefined;
  const bare = answer.status === 204 || answer.status === 304;
  response.writeHead(answer.status, {
    ...(json ? { "content-type": "application/json" } : {}),
    ...answer.headers,
    ...(bare || headOnly ? {} : { "content-length": String(body?.length ?? 0) }),
  });
  response.end(bare || headOnly ? undefined : body);
  return bare || headOnly ? 0 : (body?.length ?? 0);
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
