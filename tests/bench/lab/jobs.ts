import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { bodyOf } from "./signed.ts";

/** A call of a sync job. Times are those of `performance.now()`. */
export interface Run {
  readonly at: number;
  readonly body: string;
}

/** The team's sync jobs, in this process. A path is a job, whoever calls it. */
export interface Jobs {
  readonly url: string;
  /** How a job behaves: it answers after so long (ms), or never. It answers at once if nothing is said of it. */
  set(path: string, takes: number | "never"): void;
  /** The calls of a job since it was last set. */
  runs(path: string): readonly Run[];
  /** Resolves when no job was called for so long from now on (ms), and none is under way. */
  quiet(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts them on a free port. */
export const startJobs = async (): Promise<Jobs> => {
  const takes = new Map<string, number | "never">();
  const called = new Map<string, Run[]>();
  let underWay = 0;
  let last = performance.now();
  const server = createServer(async (request, response) => {
    const at = performance.now();
    last = at;
    const path = request.url ?? "/";
    const body = (await bodyOf(request)).toString();
    called.set(path, [...(called.get(path) ?? []), { at, body }]);
    const ms = takes.get(path) ?? 0;
    if (ms === "never") return;
    underWay += 1;
    await sleep(ms);
    underWay -= 1;
    last = performance.now();
    response.writeHead(200, { "content-type": "application/json" }).end('{"changed":true}');
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    set(path, ms) {
      takes.set(path, ms);
      called.delete(path);
    },
    runs: (path) => called.get(path) ?? [],
    async quiet(ms) {
      // A call of long ago says nothing of a run that has yet to begin.
      const from = performance.now();
      while (underWay > 0 || performance.now() - Math.max(last, from) < ms) await sleep(50);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
