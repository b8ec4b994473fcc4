import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Child, startChild } from "./child.ts";

export const TOKEN = "token-of-the-bench";

const countsSchema = z.object({
  /** Reads and writes of layers' documents, which an answer waits for; refused writes are among the writes. */
  reads: z.number(),
  writes: z.number(),
  /** Reads and writes of everything else: the log, records, hints. */
  otherReads: z.number(),
  otherWrites: z.number(),
  lists: z.number(),
  removals: z.number(),
  refused: z.number(),
  /** The bytes of all answers' bodies. */
  bytes: z.number(),
});
/** What a store was asked for. */
export type StoreCounts = z.infer<typeof countsSchema>;

export const noRequests = (): StoreCounts => ({
  ...{ reads: 0, writes: 0, otherReads: 0, otherWrites: 0 },
  ...{ lists: 0, removals: 0, refused: 0, bytes: 0 },
});

export const requestsIn = ({ reads, writes, otherReads, otherWrites, lists, removals }: StoreCounts): number =>
  reads + writes + otherReads + otherWrites + lists + removals;

/** The strict local store, in a process of its own. */
export interface LocalStore extends Pick<Child, "url" | "cpu" | "kill"> {
  /** What it was asked for since the last call. */
  take(): Promise<StoreCounts>;
  /** How long a request is on its way from now on (ms). */
  setRoundTrip(ms: number): Promise<void>;
}

/** Starts the store on what `directory` holds; with `durable` each write waits for the disk. */
export const startStore = async (directory: string, durable: boolean, port?: number): Promise<LocalStore> => {
  const file = fileURLToPath(new URL("storeProcess.ts", import.meta.url));
  const child = await startChild(file, { directory, durable, ...(port === undefined ? {} : { port }) });
  return {
    ...child,
    async take() {
      const counts = await child.ask({ about: "counts" }, countsSchema);
      await child.tell({ about: "reset" });
      return counts;
    },
    setRoundTrip: (ms) => child.tell({ about: "slow", ms }),
  };
};
