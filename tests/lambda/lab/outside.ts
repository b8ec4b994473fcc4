import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { makeAuthority } from "./certificate.ts";

/** The world around the instances: one server that answers for every host name. */
export interface Outside {
  readonly port: number;
  /** The certificate an instance has to trust, as PEM. */
  readonly authority: string;
  close(): Promise<void>;
}

/** How long a kept connection may idle at this end (ms): longer than any law freezes an instance. */
const KEEP_ALIVE = 65_000;

export const listen = async (server: Server, port = 0): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("A server of the lab has no port");
  return address.port;
};

export const close = (server: Server & { closeAllConnections?(): void }): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });

/** Starts a plain server for callers on this machine. */
export const startPlain = async (
  listener: RequestListener,
  port?: number,
): Promise<{ port: number; close(): Promise<void> }> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, listener);
  return { port: await listen(server, port), close: () => close(server) };
};

/** Starts the server that stands for all others. `listener` tells them apart by the header `host`. */
export const startOutside = async (listener: RequestListener): Promise<Outside> => {
  const authority = makeAuthority();
  const contexts = new Map<string, SecureContext>();
  const contextOf = (host: string): SecureContext => {
    const known = contexts.get(host);
    if (known !== undefined) return known;
    const { certificate, key } = authority.issue(host);
    const context = createSecureContext({ cert: certificate, key });
    contexts.set(host, context);
    return context;
  };
  const server = createTlsServer(
    { keepAliveTimeout: KEEP_ALIVE, SNICallback: (host, done) => done(null, contextOf(host)) },
    listener,
  );
  server.on("tlsClientError", () => {});
  return { port: await listen(server), authority: authority.certificate, close: () => close(server) };
};
