import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { TLSSocket } from "node:tls";
import type { Outgoing, OutgoingAnswer, OutgoingRequest } from "../../app/deps.ts";
import { isLoopbackHost, rangeOf, refusedUrl } from "./refusedUrl.ts";

const ANSWER_BYTES = 64 * 1024;

/** All addresses of a name, of one family (4, 6) or of both (0). Rejects if there are none. */
export type Resolve = (hostname: string, family: number) => Promise<readonly LookupAddress[]>;

const systemResolve: Resolve = (hostname, family) => lookup(hostname, { all: true, family });

class RefusedAddress extends Error {
  override name = "RefusedAddress";
}

/**
 * Resolves a name and passes the checked addresses to the connection, because a second look-up could have another
 * answer (DNS rebinding). One internal address among several refuses all.
 */
const guardedLookup =
  (allowLoopback: boolean, resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    const family = options.family === "IPv4" ? 4 : options.family === "IPv6" ? 6 : (options.family ?? 0);
    const allowed = ({ address }: LookupAddress): boolean => {
      const range = rangeOf(address);
      return range === "unicast" || (allowLoopback && range === "loopback" && isLoopbackHost(hostname));
    };
    resolve(hostname, family).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(allowed)) {
          callback(new RefusedAddress("the host name resolves to a private or reserved address"), "", 0);
        } else if (options.all === true) callback(null, [...addresses]);
        else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 0);
      },
      (error: NodeJS.ErrnoException) => callback(error, "", 0),
    );
  };

const readCapped = async (body: IncomingMessage, most: number): Promise<{ text: string; cut: boolean }> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes.subarray(0, most - size));
    size += bytes.length;
    if (size > most) break;
  }
  return { text: Buffer.concat(chunks).toString("utf8"), cut: size > most };
};

const codeOf = (error: unknown): string => {
  const codeIn = (candidate: unknown): string | undefined =>
    typeof candidate === "object" && candidate !== null && "code" in candidate && typeof candidate.code === "string"
      ? candidate.code
      : undefined;
  return codeIn(error) ?? (error instanceof Error ? (codeIn(error.cause) ?? error.name) : "unknown");
};

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "the host name does not resolve",
  EAI_AGAIN: "the host name does not resolve at the moment",
  ECONNRESET: "the connection closed before the answer",
  EPIPE: "the connection closed before the answer",
  ETIMEDOUT: "no connection within the time limit",
  NO_ANSWER: "the connection ended without an answer",
};

/** Errors after which the other side has certainly received nothing. */
const UNSENT = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"];

/** The seconds until the time in `X-RateLimit-Reset`, which Netlify's API names instead of `Retry-After`. */
const untilReset = ({ statusCode, headers }: IncomingMessage): string | null => {
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  if (statusCode !== 429 || !Number.isFinite(reset)) return null;
  return String(Math.max(0, Math.ceil(reset - Date.now() / 1000)));
};

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

/** The longest time for a connection to open (ms). */
const CONNECT_DEADLINE = 10_000;

class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT";
}

/** The connection ended without an answer that this client can read, such as a `101` with an upgrade. */
class NoAnswer extends Error {
  readonly code = "NO_ANSWER";
}

/** Destroys a request whose connection takes too long to open. */
const limitConnecting = (request: ClientRequest, ms: number): void => {
  const timer = setTimeout(() => request.destroy(new ConnectTimeout()), ms);
  const done = (): void => clearTimeout(timer);
  request.once("close", done);
  request.once("socket", (socket) => socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", done));
};

/**
 * Sends one request on a connection of its own and returns the head of the answer. Rejects with the network's error.
 */
const answerTo = (
  { method, url, headers, body }: OutgoingRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith("http:") ? httpRequest : httpsRequest;
    const request = send(url, {
      method,
      headers: { "user-agent": "Layerhook", ...headers },
      lookup,
      signal,
      // A kept connection may have died while this instance was frozen.
      agent: false,
    });
    limitConnecting(request, CONNECT_DEADLINE);
    // Not `once`: a request that is destroyed during its answer may report the error twice.
    request.on("error", reject);
    request.once("response", resolve);
    // Node reports an upgrade only by this event. After an answer or an error it changes nothing.
    request.once("close", () => reject(new NoAnswer()));
    request.end(body);
  });

/**
 * Makes the guarded client for outgoing calls. It uses Node's own client: `lookup` is the hook between resolving a name
 * and connecting, each call has only its deadline as a limit, and no package is loaded.
 */
export const makeOutgoing = (allowHttp: boolean, resolve: Resolve = systemResolve): Outgoing => {
  const lookup = guardedLookup(allowHttp, resolve);
  return {
    async send(request: OutgoingRequest): Promise<OutgoingAnswer> {
      const { url, deadline, maxBytes, signal } = request;
      const refused = refusedUrl(url, allowHttp);
      if (refused !== null) return { kind: "silence", error: `not called: its URL ${refused}`, refused: true };
      const timeout = AbortSignal.timeout(Math.max(deadline, 1));
      try {
        const answer = await answerTo(request, lookup, AbortSignal.any([timeout, signal]));
        const read = await readCapped(answer, maxBytes ?? ANSWER_BYTES);
        return {
          kind: "answer",
          status: answer.statusCode ?? 0,
          location: answer.headers.location ?? null,
          retryAfter: answer.headers["retry-after"] ?? untilReset(answer),
          ...(request.withHeaders === true ? { headers: headersOf(answer) } : {}),
          ...read,
        };
      } catch (error) {
        if (timeout.aborted)
          return { kind: "silence", error: `timed out: no answer within ${Math.round(deadline / 1000)} s` };
        if (error instanceof RefusedAddress) {
          const error = "not called: the host name resolves to a private or reserved address";
          return { kind: "silence", error, refused: true };
        }
        const code = codeOf(error);
        const unsent = UNSENT.includes(code) ? { unsent: true } : {};
        return { kind: "silence", error: words[code] ?? `no answer (${code})`, ...unsent };
      }
    },
  };
};
