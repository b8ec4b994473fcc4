import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type fc from "fast-check";
import { Pool } from "undici";
import { afterAll, beforeAll, vi } from "vitest";
import { type BlobsServer, startBlobsServer } from "../../../src/dev/blobs/blobsServer.ts";
import { BlobsStore } from "../../../src/store/blobs.ts";
import { counter, must } from "../../support/builders.ts";
import type { Fault } from "./fault.ts";
import type { Evidence } from "./portLaws.ts";
import { Schedule } from "./schedule.ts";
import { ScheduledFetch } from "./scheduledFetch.ts";
import { type PortCall, WatchedStore } from "./watchedStore.ts";

const TOKEN = "a-token-for-the-local-server";
const SITE = "site-1";
/** Thousands of small files that nobody reads after the test: in memory, where the system has a place for that. */
const SCRATCH = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** One run: processes that share one adapter, whose requests and replies a schedule orders and a list of faults spoils. */
export class Race {
  readonly schedule: Schedule;
  readonly network: ScheduledFetch;
  readonly calls: PortCall[] = [];
  readonly #store: BlobsStore;
  readonly #base: URL;

  constructor(scheduler: fc.Scheduler, faults: readonly Fault[], pool: Pool, server: string, name: string) {
    this.schedule = new Schedule(scheduler);
    this.network = new ScheduledFetch(this.schedule, pool, faults);
    this.#store = new BlobsStore({ kind: "site", name }, this.network.fetch);
    this.#base = new URL(`/${SITE}/site:${name}/`, server);
  }

  /** The port as the process `by` sees it. */
  store(by: string): WatchedStore {
    return new WatchedStore(this.#store, this.schedule, this.calls, by);
  }

  /** Lets a document stand there before the race begins. */
  place(key: string, text: string): Promise<void> {
    const headers = new Headers({ authorization: `Bearer ${TOKEN}`, "if-none-match": "*" });
    return this.network.place(new URL(key, this.#base), headers, text);
  }

  get evidence(): Evidence {
    const { sent, arrived } = this.network;
    return { calls: this.calls, sent, arrived, uncached: this.#base.host };
  }
}

/** A broken law is shrunk to its shortest race, which takes as long as it takes. */
export const WHILE_SHRINKING = 180_000;

/** A strict local server for the tests of one file, and a new store in it for each run. */
export const raceTrack = (): ((scheduler: fc.Scheduler, faults: readonly Fault[]) => Race) => {
  const names = counter("race-");
  let directory: string | undefined;
  let server: BlobsServer | undefined;
  let pool: Pool | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(SCRATCH, "layerhook-races-"));
    server = await startBlobsServer({ directory, token: TOKEN });
    pool = new Pool(server.url, { connections: 1 });
    // Whoever asks the cache instead of the store asks another host, and is found out by it.
    const context = { edgeURL: "http://cache.test", uncachedEdgeURL: server.url, siteID: SITE, token: TOKEN };
    vi.stubEnv("NETLIFY_BLOBS_CONTEXT", Buffer.from(JSON.stringify(context)).toString("base64"));
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await pool?.close();
    await server?.close();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  return (scheduler, faults) => new Race(scheduler, faults, must(pool), must(server).url, names());
};
