import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/**
 * A connection that was idle for longer is not used again (ms). Netlify freezes an instance between two calls, and a
 * connection may die meanwhile without notice.
 */
const IDLE_LIMIT = 3000;

const agents = () => ({
  http: new HttpAgent({ keepAlive: true, timeout: IDLE_LIMIT }),
  https: new HttpsAgent({ keepAlive: true, timeout: IDLE_LIMIT }),
});

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  return headers;
};

const readAll = async (answer: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

/** Statuses without a body. A `Response` with such a status accepts none. */
const isEmpty = (status: number): boolean => status === 204 || status === 205 || status === 304;

const send = async (url: URL, options: RequestOptions, body: string | undefined): Promise<Response> => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === "http:" ? httpRequest(url, options) : httpsRequest(url, options);
    request.on("error", reject);
    request.once("response", resolve);
    // Node reports an upgrade only by this event. After an answer or an error it changes nothing.
    request.once("close", () => reject(new Error("the connection ended without an answer")));
    request.end(body);
  });
  const bytes = await readAll(answer);
  const status = answer.statusCode ?? 0;
  return new Response(isEmpty(status) ? null : new Uint8Array(bytes), { status, headers: headersOf(answer) });
};

/**
 * Makes a `fetch` for the store and for our own worker. Unlike the global `fetch`, it never reuses a connection that was
 * idle for over three seconds, nor one that was kept when a call failed. It follows no redirects. Netlify adds no response
 * headers for its calls, and no `CDN-Loop` of the request that causes them: a worker may wake the next one as often as it
 * must. A body is text. `now` is the wall clock (ms), which moves on while an instance is frozen.
 */
export const makeFreshFetch = (now: () => number): typeof globalThis.fetch => {
  let current = agents();
  let usedAt = now();
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { method = "GET", headers, body, signal } = init;
    if (body !== undefined && body !== null && typeof body !== "string") throw new TypeError("a body is text here");
    // Old agents close their connections by themselves.
    if (Math.abs(now() - usedAt) > IDLE_LIMIT) current = agents();
    usedAt = now();
    const chosen = current;
    try {
      const options = {
        method: method.toUpperCase(),
        headers: Object.fromEntries(new Headers(headers)),
        agent: url.protocol === "http:" ? chosen.http : chosen.https,
        ...(signal ? { signal } : {}),
      };
      return await send(url, options, body ?? undefined);
    } catch (cause) {
      // If one kept connection died, the others probably did too: the next call opens a new one.
      if (current === chosen) current = agents();
      if (signal?.aborted) throw signal.reason;
      throw new TypeError("fetch failed", { cause });
    } finally {
      usedAt = now();
    }
  };
};
