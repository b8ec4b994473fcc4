import { connect, createServer, type Socket } from "node:net";
import { close, listen } from "./outside.ts";

/**
 * How a kept connection has died by the time a frozen instance goes on: the next byte is answered by a reset; it is
 * swallowed and nothing ever comes; or the other side has said goodbye.
 */
export type Death = "reset" | "stall" | "half-close";

/** A TCP relay whose kept connections can die unnoticed. */
export interface Wire {
  readonly port: number;
  /** Kills every connection that was idle for `idleMs` or longer. */
  killIdle(death: Death, idleMs: number): void;
  /** How many connections died, and how many of them somebody used again. */
  counts(): { readonly died: number; readonly reused: number };
  close(): Promise<void>;
}

interface Relayed {
  readonly client: Socket;
  readonly server: Socket;
  usedAt: number;
  death: Death | null;
}

export const startWire = async (target: number): Promise<Wire> => {
  const relayed = new Set<Relayed>();
  let died = 0;
  let reused = 0;

  const useDead = (one: Relayed): void => {
    reused += 1;
    if (one.death !== "stall") one.client.resetAndDestroy();
  };
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect(target, "127.0.0.1");
    const one: Relayed = { client, server, usedAt: Date.now(), death: null };
    relayed.add(one);
    client.on("data", (bytes) => {
      if (one.death !== null) return useDead(one);
      one.usedAt = Date.now();
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      one.usedAt = Date.now();
      if (one.death === null) client.write(bytes);
    });
    const end = (): void => {
      relayed.delete(one);
      client.destroy();
      server.destroy();
    };
    client.on("end", end).on("error", end).on("close", end);
    for (const event of ["end", "error", "close"]) server.on(event, () => (one.death === null ? end() : undefined));
  });
  const port = await listen(relay);

  return {
    port,
    killIdle(death, idleMs) {
      for (const one of relayed) {
        if (one.death !== null || Date.now() - one.usedAt < idleMs) continue;
        one.death = death;
        died += 1;
        if (death === "half-close") one.client.end();
        one.server.destroy();
      }
    },
    counts: () => ({ died, reused }),
    async close() {
      for (const { client, server } of relayed) {
        client.destroy();
        server.destroy();
      }
      await close(relay);
    },
  };
};
