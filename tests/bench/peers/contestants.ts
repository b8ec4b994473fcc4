import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Child, startChild } from "../lab/child.ts";
import { installWorkspace } from "../lab/installWorkspace.ts";
import type { Jobs } from "../lab/jobs.ts";
import { removeFolder, scratchFolder } from "../lab/scratchFolder.ts";
import { createLayers, layerId, type Site, startSite } from "../lab/site.ts";
import { startStore } from "../lab/store.ts";
import type { Absent } from "../report/figures.ts";
import type { QueueName } from "./queues.ts";
import { programAt, type Server, startPostgres, startRedis, startWebhook } from "./servers.ts";

export const OURS = "Layerhook";

/** Something that takes deliveries and lets a job run for them. */
export interface Contestant {
  readonly name: string;
  readonly origin: () => string;
  /** The path for deliveries to a layer. */
  readonly pathOf: (layer: number) => string;
  /** The processor time of the process that answers (ms so far); null: unknown. */
  readonly cpu: () => Promise<number | null>;
  /** Resolves when everything is done that was to be done after answers. */
  readonly settle: () => Promise<void>;
  /** What a worker does and what survives; null: this one has no worker and no store. */
  readonly queue: {
    /** The path of its job. */
    readonly job: string;
    /** What the body of a call of the job holds if it is for this layer. */
    readonly markOf: (layer: number) => string;
    startWorker(): Promise<void>;
    /** Kills the worker, as a machine that dies. */
    killWorker(): Promise<void>;
    /** Runs what its clock would run. */
    tick(): Promise<void>;
    /** Kills the store and what stands before it, and starts both again. */
    restart(): Promise<void>;
    /** The layers for which something is pending. */
    kept(): Promise<readonly number[]>;
  } | null;
  /** How many runs there were, for one that calls no job. */
  readonly countRuns?: () => number;
  stop(): Promise<void>;
}

const startOurs = async (jobs: Jobs, layers: number): Promise<Contestant> => {
  const directory = scratchFolder();
  const job = "/ours";
  const quick = await startStore(directory, false);
  const first = await startSite(quick.url);
  const paths = await createLayers(first, layers, `${jobs.url}${job}`);
  await Promise.all([first.kill(), quick.kill()]);
  let store = await startStore(directory, true);
  let site: Site = await startSite(store.url);
  const again = async (): Promise<void> => {
    await site.kill();
    site = await startSite(store.url);
  };
  const layerSchema = z.looseObject({ sync: z.looseObject({ pending: z.unknown() }) });
  return {
    name: OURS,
    origin: () => site.url,
    pathOf: (layer) => paths[layer] ?? "",
    cpu: () => site.cpu(),
    settle: () => site.settle(),
    queue: {
      job,
      markOf: (layer) => layerId(layer),
      async startWorker() {
        await site.setWorking(true);
        await site.tick();
      },
      killWorker: again,
      tick: () => site.tick(),
      async restart() {
        await Promise.all([site.kill(), store.kill()]);
        store = await startStore(directory, true);
        site = await startSite(store.url);
      },
      async kept() {
        const kept: number[] = [];
        for (let layer = 0; layer < layers; layer += 1) {
          const { body } = await site.api("GET", `/data-layers/${layerId(layer)}`);
          if (layerSchema.parse(body).sync.pending !== null) kept.push(layer);
        }
        return kept;
      },
    },
    async stop() {
      await Promise.all([site.kill(), store.kill()]);
      removeFolder(directory);
    },
  };
};

const PEER = fileURLToPath(new URL("peerProcess.ts", import.meta.url));

const startQueue = async (name: QueueName, server: Server, jobs: Jobs): Promise<Contestant> => {
  const job = `/${name}`;
  const options = { queue: name, port: server.port };
  let front = await startChild(PEER, options);
  let worker: Child | null = null;
  const killWorker = async (): Promise<void> => {
    await worker?.kill();
    worker = null;
  };
  return {
    name,
    origin: () => front.url,
    pathOf: (layer) => `/layer/${layer}`,
    cpu: () => front.cpu(),
    settle: async () => undefined,
    queue: {
      job,
      markOf: (layer) => `"layer":${layer},`,
      async startWorker() {
        worker = await startChild(PEER, { ...options, jobUrl: `${jobs.url}${job}` });
      },
      killWorker,
      tick: async () => undefined,
      async restart() {
        await Promise.all([front.kill(), killWorker(), server.restart()]);
        front = await startChild(PEER, options);
      },
      kept: () => front.ask({ about: "kept" }, z.array(z.number())),
    },
    async stop() {
      await Promise.all([front.kill(), killWorker()]);
      await server.stop();
    },
  };
};

const startAdnanh = async (program: string): Promise<Contestant> => {
  const server = await startWebhook(program);
  return {
    name: "adnanh/webhook",
    origin: () => `http://127.0.0.1:${server.port}`,
    pathOf: () => "/hooks/bench",
    cpu: async () => null,
    settle: async () => undefined,
    queue: null,
    countRuns: () => (existsSync(server.runsFile) ? readFileSync(server.runsFile, "utf8").split("\n").length - 1 : 0),
    stop: () => server.stop(),
  };
};

/** Starts a contestant on a program of this machine, or says why it is absent. Never throws. */
export const contestantOrAbsent = async (
  name: string,
  program: string,
  start: (path: string) => Promise<Contestant>,
): Promise<Contestant | Absent> => {
  const path = programAt(program);
  if (path === null) return { name, reason: `there is no ${program} on this machine` };
  try {
    return await start(path);
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message : "it did not start" };
  }
};

const SERVERS: readonly { readonly queue: QueueName; readonly program: string; readonly start: typeof startRedis }[] = [
  { queue: "bullmq", program: "redis-server", start: startRedis },
  { queue: "pg-boss", program: "postgres", start: startPostgres },
  { queue: "graphile-worker", program: "postgres", start: startPostgres },
];

/** Starts every contestant that can be had here, ours with so many layers, and says which cannot. */
export const startContestants = async (
  jobs: Jobs,
  layers: number,
): Promise<{ readonly contestants: readonly Contestant[]; readonly absent: Absent[] }> => {
  const contestants: Contestant[] = [await startOurs(jobs, layers)];
  const absent: Absent[] = [];
  const add = (found: Contestant | Absent): void => {
    if ("reason" in found) absent.push(found);
    else contestants.push(found);
  };
  const installed = installWorkspace(fileURLToPath(new URL(".", import.meta.url)));
  for (const { queue, program, start } of SERVERS) {
    if (installed) {
      add(await contestantOrAbsent(queue, program, async (path) => startQueue(queue, await start(path), jobs)));
    } else add({ name: queue, reason: "npm could not install it; `npm ci --prefix tests/bench/peers` says why" });
  }
  add(await contestantOrAbsent("adnanh/webhook", "webhook", startAdnanh));
  return { contestants, absent };
};
