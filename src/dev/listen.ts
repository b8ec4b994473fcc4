import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";

export interface Listening {
  readonly port: number;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Thrown when the requested port is invalid or taken. */
export class PortError extends Error {
  override readonly name = "PortError";
}

/** The first port tried when none is requested. */
export const DEFAULT_PORT = 8888;
/** How many ports are tried, starting with the default. */
export const TRIES = 50;

/**
 * Serves `listener` on the loopback addresses: IPv4 and, if the machine has it, IPv6, because `localhost` means either.
 * `requested` is the value of `PORT` (0: any free port). If undefined, uses `preferred` or the next free port.
 * Throws `PortError` if the requested port is invalid or taken.
 */
export async function listen(
  listener: RequestListener,
  requested: string | undefined,
  preferred = DEFAULT_PORT,
): Promise<Listening> {
  if (requested !== undefined && requested !== "") {
    const port = /^\d{1,5}$/.test(requested) ? Number(requested) : Number.NaN;
    if (!(port <= 65_535)) throw new PortError(`PORT=${requested} is not a port number.`);
    const listening = await listenOn(listener, port);
    if (listening === undefined) {
      throw new PortError(`Port ${requested} is in use. Choose another PORT, or unset PORT to get the next free port.`);
    }
    return listening;
  }
  for (let port = preferred; port < preferred + TRIES; port += 1) {
    const listening = await listenOn(listener, port);
    if (listening !== undefined) return listening;
  }
  throw new PortError(`Ports ${preferred} to ${preferred + TRIES - 1} are all taken. Set PORT to a free one.`);
}

async function listenOn(listener: RequestListener, port: number): Promise<Listening | undefined> {
  // macOS allows this bind even if another process listens on all addresses, and would then take part of its traffic.
  if (port !== 0 && (await Promise.all([answers("127.0.0.1", port), answers("::1", port)])).includes(true)) {
    return undefined;
  }
  const first = await bind(listener, "127.0.0.1", port);
  if (typeof first === "string") {
    if (first === "EADDRINUSE") return undefined;
    throw new PortError(`Port ${port} cannot be used (${first}).`);
  }
  const address = first.address();
  const bound = address !== null && typeof address !== "string" ? address.port : port;
  const second = await bind(listener, "::1", bound);
  if (second === "EADDRINUSE") {
    await close(first);
    return port === 0 ? listenOn(listener, 0) : undefined;
  }
  const servers = typeof second === "string" ? [first] : [first, second];
  return {
    port: bound,
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

function bind(listener: RequestListener, host: string, port: number): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer(listener);
    // Senders reuse connections. If the server closes one too early, a delivery fails.
    server.keepAliveTimeout = 60_000;
    server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    server.listen(port, host, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.setTimeout(500, () => end(false));
  });
}
