import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher } from "undici";
import type { Outgoing, OutgoingAnswer, OutgoingRequest } from "../app/deps.ts";
import { isLoopbackHost, rangeOf, refusedUrl } from "./refusedUrl.ts";

const ANSWER_BYTES = 64 * 1024;

/** All addresses of a name, of one family (4, 6) or of both (0). Rejects if there are none. */
export type Resolve = (hostname: string, family: number) => Promise<readonly LookupAddress[]>;

const systemResolve: Resolve = (hostname, family) => lookup(hostname, { all: true, family });

class RefusedAddress extends Error {
  override name = "RefusedAddress";
}

/**
 * Resolves a name and hands the checked addresses to the connection itself: a second look-up could be answered otherwise
 * (rebinding). One internal address among several refuses all.
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
          callback(new RefusedAddress("the name resolves to a private or reserved address"), "", 0);
        } else if (options.all === true) callback(null, [...addresses]);
        else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 0);
      },
      (error: NodeJS.ErrnoException) => callback(error, "", 0),
    );
  };

const readCapped = async (
  body: Dispatcher.ResponseData["body"],
  most: number,
): Promise<{ text: string; cut: boolean }> => {
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
  const known = (candidate: unknown): string | undefined =>
    typeof candidate === "object" && candidate !== null && "code" in candidate && typeof candidate.code === "string"
      ? candidate.code
      : undefined;
  return known(error) ?? (error instanceof Error ? (known(error.cause) ?? error.name) : "unknown");
};

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "the host name does not resolve",
  ECONNRESET: "the connection broke off",
  UND_ERR_SOCKET: "the connection broke off",
  UND_ERR_CONNECT_TIMEOUT: "no connection within the time limit",
};

const single = (value: string | string[] | undefined): string | null =>
  value === undefined ? null : typeof value === "string" ? value : (value[0] ?? null);

/**
 * The guarded way out. Undici's own agent is used instead of the global `fetch`: that one gives up on headers after five
 * minutes whatever deadline is asked for, and offers no hook between resolving a name and connecting to it.
 */
export const makeOutgoing = (allowHttp: boolean, resolve: Resolve = systemResolve): Outgoing => {
  const agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup: guardedLookup(allowHttp, resolve), timeout: 10_000 },
  });
  return {
    async send({ method, url, headers, body, deadline, maxBytes, signal }: OutgoingRequest): Promise<OutgoingAnswer> {
      const refused = refusedUrl(url, allowHttp);
      if (refused !== null) return { kind: "silence", error: `not called: its URL ${refused}`, refused: true };
      const timeout = AbortSignal.timeout(Math.max(deadline, 1));
      try {
        const response = await agent.request({
          ...originAndPath(url),
          method,
          headers: { "user-agent": "Layerhook", ...headers },
          body: body ?? null,
          signal: AbortSignal.any([timeout, signal]),
        });
        const read = await readCapped(response.body, maxBytes ?? ANSWER_BYTES);
        return {
          kind: "answer",
          status: response.statusCode,
          location: single(response.headers["location"]),
          retryAfter: single(response.headers["retry-after"]),
          ...read,
        };
      } catch (error) {
        if (timeout.aborted)
          return { kind: "silence", error: `timed out: no answer within ${Math.round(deadline / 1000)} s` };
        if (error instanceof RefusedAddress || codeOf(error) === "RefusedAddress") {
          const error = "not called: the name resolves to a private or reserved address";
          return { kind: "silence", error, refused: true };
        }
        return { kind: "silence", error: words[codeOf(error)] ?? `no answer (${codeOf(error)})` };
      }
    },
  };
};

const originAndPath = (text: string): { origin: string; path: string } => {
  const url = new URL(text);
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
};
