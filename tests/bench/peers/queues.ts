import { z } from "zod";

const entrySchema = z.object({ layer: z.number(), id: z.number() });
/** What a delivery says: which layer, and which delivery it is. */
export type Entry = z.infer<typeof entrySchema>;
type Work = (entry: Entry) => Promise<void>;

/** A queue with at most one running and one pending job for each layer, as far as it can. */
export interface Queue {
  /** Resolves when the entry is durable. */
  add(entry: Entry): Promise<void>;
  /** The layers that have a pending job. It may take the jobs with it. */
  kept(): Promise<readonly number[]>;
  /** Starts to work, on a hundred layers at a time. */
  work(work: Work): Promise<void>;
}

const AT_ONCE = 100;
const keyOf = ({ layer }: Entry): string => `layer-${layer}`;
const postgres = (port: number): string => `postgres://bench@127.0.0.1:${port}/postgres`;

/** The deduplication that keeps the last one while a job is active. */
const bullmq = async (port: number): Promise<Queue> => {
  const { Queue, Worker } = await import("bullmq");
  const connection = { host: "127.0.0.1", port };
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  return {
    async add(entry) {
      const deduplication = { id: keyOf(entry), keepLastIfActive: true };
      await queue.add("sync", entry, { deduplication, removeOnComplete: true, removeOnFail: true });
    },
    async kept() {
      const jobs = await queue.getJobs(["waiting", "delayed", "prioritized"], 0, 10_000);
      return jobs.map(({ data }) => entrySchema.parse(data).layer);
    },
    async work(work) {
      const handle = ({ data }: { readonly data: unknown }) => work(entrySchema.parse(data));
      await new Worker("bench", handle, { connection, concurrency: AT_ONCE }).waitUntilReady();
    },
  };
};

/** The policy "stately", with `upsert`: the nearest to Layerhook's contract. */
const pgBoss = async (port: number): Promise<Queue> => {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss(postgres(port));
  boss.on("error", () => undefined);
  await boss.start();
  await boss.createQueue("bench", { policy: "stately" });
  return {
    async add(entry) {
      await boss.upsert("bench", entry, { singletonKey: keyOf(entry) });
    },
    async kept() {
      const jobs = await boss.fetch("bench", { batchSize: 10_000 });
      return jobs.map(({ data }) => entrySchema.parse(data).layer);
    },
    async work(work) {
      const options = { batchSize: AT_ONCE, pollingIntervalSeconds: 0.5 };
      await boss.work("bench", options, async (jobs) => {
        await Promise.all(jobs.map(({ data }) => work(entrySchema.parse(data))));
      });
    },
  };
};

const graphileWorker = async (port: number): Promise<Queue> => {
  const { Logger, makeWorkerUtils, run } = await import("graphile-worker");
  const options = { connectionString: postgres(port), logger: new Logger(() => () => undefined) };
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  return {
    async add(entry) {
      await utils.addJob("sync", entry, { jobKey: keyOf(entry), queueName: keyOf(entry) });
    },
    async kept() {
      const { Client } = await import("pg");
      const client = new Client(options.connectionString);
      await client.connect();
      const { rows } = await client.query("select key from graphile_worker.jobs where locked_at is null");
      await client.end();
      return rows.map((row) => Number(z.object({ key: z.string() }).parse(row).key.slice("layer-".length)));
    },
    async work(work) {
      const taskList = { sync: (payload: unknown) => work(entrySchema.parse(payload)) };
      await run({ ...options, concurrency: AT_ONCE, noHandleSignals: true, taskList });
    },
  };
};

/** The queues by their packages' names, each on a server at a port of this machine. */
export const QUEUES = { bullmq, "pg-boss": pgBoss, "graphile-worker": graphileWorker } as const;
export type QueueName = keyof typeof QUEUES;
