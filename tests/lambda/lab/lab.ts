import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBlobsServer } from "../../../src/dev/blobs/blobsServer.ts";
import { createStaticPages } from "../../../src/dev/pages/staticPages.ts";
import { installRuntimeClient } from "../runtime/installRuntimeClient.ts";
import type { Connections } from "../runtime/instance.ts";
import { type Finished, LambdaFunction } from "../runtime/lambdaFunction.ts";
import { createBackgroundCalls } from "./backgroundCalls.ts";
import { type BundledFunction, bundleAsDeployed, readBundles } from "./bundleAsDeployed.ts";
import { type Call, callLab, type LabAnswer } from "./callLab.ts";
import { type Deploy, deployAt, deployHeaders, FORMER, PREVIEW, PUBLISHED, SITE, STORE_HOST } from "./deploys.ts";
import { makeEvent } from "./event.ts";
import { createGateway, TIMEOUT } from "./gateway.ts";
import { startOutside, startPlain } from "./outside.ts";
import { blobsOf, type StoreFault, storeFront, TOKEN } from "./storeFront.ts";

export interface LabOptions {
  /** A folder that `bundleAsDeployed` filled; without one the functions are bundled anew. */
  readonly bundles?: string;
  /** For callers on this machine; any free one if unset. */
  readonly port?: number;
  /** What the site's owner sets, beside a secret and an owner's token. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What each request to the store takes (ms). */
  readonly storeDelay?: number;
  /** Of a core that an instance has from its first call on, as Lambda gives 0.58 for 1,024 MB. Needs control groups. */
  readonly cpuShare?: number;
  /** How kept connections die while their instance is frozen; if unset, they live. */
  readonly connections?: Connections;
  /** Sees each line of the functions' log when it comes. */
  readonly onLine?: (line: LogLine) => void;
  /** Answers what the functions call beside their own site and store: jobs, build hooks, Netlify's API. */
  readonly outside?: RequestListener;
}

/** A line of a function's log, and the fact in it if it is one of ours. */
export interface LogLine {
  readonly functionName: string;
  readonly text: string;
  readonly fact: Readonly<Record<string, unknown>> | null;
}

export interface Lab {
  /** Where callers on this machine reach the site by plain http. */
  readonly url: string;
  /** The same for the production deploy before, and for a preview. */
  readonly formerUrl: string;
  readonly previewUrl: string;
  /** The site's main address, as its functions know it. Only they reach it. */
  readonly siteUrl: string;
  readonly ownerToken: string;
  readonly logs: readonly LogLine[];
  readonly finished: readonly Finished[];
  /** Every request that reached the store. */
  readonly storeRequests: readonly { readonly method: string; readonly path: string }[];
  /** Calls the site on a connection of its own. */
  call(path: string, call?: Call): Promise<LabAnswer>;
  /** Runs the repair function as Netlify's clock does. `platform` replaces headers; undefined leaves one out. */
  tick(platform?: Readonly<Record<string, string | undefined>>): Promise<{ readonly failure: string | null }>;
  /** Breaks the store from the next call on, or mends it (null). */
  breakStore(fault: StoreFault | null): void;
  /** From now on each request to the store takes so long (ms). */
  delayStore(ms: number): void;
  /** Kills instances of a function: those in the middle of a call, or all. Returns how many. */
  kill(functionName: string, which?: "busy" | "all"): Promise<number>;
  /** Ends all instances; those started from now on live so much later (ms). */
  moveClock(aheadMs: number): Promise<void>;
  /** Runs each background call that failed again at once. Returns how long each would have waited (ms). */
  runAgainNow(): number[];
  /** How many connections died while instances were frozen, and how many of them were used again. */
  connections(): { readonly died: number; readonly reused: number };
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const OWNER_TOKEN = "Pq7-owner-of-the-lambda-lab-Zx81kd-Rt";
const SECRET = "b7Qk-secret-of-the-lambda-lab-Xw29fv-Lm";
/** As Netlify's clock says of itself. */
const CLOCK = { "user-agent": "Netlify Clockwork", "content-type": "application/json", "x-nf-event": "schedule" };

const factIn = (text: string): LogLine["fact"] => {
  try {
    const fact: unknown = JSON.parse(text.slice(text.indexOf("{")));
    return typeof fact === "object" && fact !== null ? { ...fact } : null;
  } catch {
    return null;
  }
};

/**
 * Starts the deployed system on this machine: the bundles under AWS's own runtime client, one process an instance, with a
 * store, a gateway, a clock, and a world outside. Throws if something of it cannot be had.
 */
export const startLab = async (options: LabOptions = {}): Promise<Lab> => {
  installRuntimeClient();
  const work = mkdtempSync(join(tmpdir(), "layerhook-lab-"));
  const bundles =
    options.bundles === undefined
      ? await bundleAsDeployed(ROOT, join(work, "functions"))
      : readBundles(options.bundles);
  const logs: LogLine[] = [];
  const finished: Finished[] = [];
  const storeRequests: { method: string; path: string }[] = [];
  const lambdas = new Map<string, LambdaFunction>();
  let fault: StoreFault | null = null;
  let ahead = 0;
  let storeDelay = options.storeDelay ?? 0;

  const blobs = await startBlobsServer({ directory: join(work, "blobs"), token: TOKEN });
  const front = storeFront(
    blobs.url,
    () => storeDelay,
    () => fault,
    (method, path) => {
      storeRequests.push({ method, path });
    },
  );
  const functionOf = (bundle: BundledFunction, deploy: Deploy): LambdaFunction => {
    const key = `${deploy.id}/${bundle.name}`;
    const known = lambdas.get(key);
    if (known !== undefined) return known;
    const made = new LambdaFunction({
      bundle,
      deployId: deploy.id,
      environment,
      clockAheadMs: () => ahead,
      cpuShare: options.cpuShare ?? null,
      onLine: (text) => {
        const line = { functionName: bundle.name, text, fact: factIn(text) };
        logs.push(line);
        options.onLine?.(line);
      },
      outsidePort: world.port,
      connections: options.connections ?? null,
      onFinished: (one) => finished.push(one),
    });
    lambdas.set(key, made);
    return made;
  };
  const { run: runInBackground, runAgainNow } = createBackgroundCalls();
  const pages = createStaticPages(ROOT);
  const gateway = createGateway({ bundles, functionOf, blobs: () => blobsOf(fault), pages, runInBackground });
  const world = await startOutside((request, response) => {
    const host = request.headers.host ?? "";
    if (host === STORE_HOST) front(request, response);
    else if (host === PUBLISHED.host || deployAt(host) !== PUBLISHED) gateway(request, response);
    else if (options.outside !== undefined) options.outside(request, response);
    else response.writeHead(404).end();
  });
  const door = await startPlain(gateway, options.port);
  const doorOf = ({ host }: Deploy) =>
    startPlain((request, response) => {
      request.headers.host = host;
      gateway(request, response);
    });
  const formerDoor = await doorOf(FORMER);
  const previewDoor = await doorOf(PREVIEW);
  const authority = join(work, "authority.pem");
  writeFileSync(authority, world.authority);
  const environment = {
    SITE_ID: SITE.id,
    SITE_NAME: SITE.name,
    URL: `https://${PUBLISHED.host}`,
    NODE_EXTRA_CA_CERTS: authority,
    LAYERHOOK_SECRET: SECRET,
    LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN,
    ...options.environment,
  };
  const killAll = () => Promise.all([...lambdas.values()].map((lambda) => lambda.kill("all")));

  return {
    url: `http://localhost:${door.port}`,
    formerUrl: `http://localhost:${formerDoor.port}`,
    previewUrl: `http://localhost:${previewDoor.port}`,
    siteUrl: `https://${PUBLISHED.host}`,
    ownerToken: OWNER_TOKEN,
    logs,
    finished,
    storeRequests,
    call: (path, call = {}) => callLab(door.port, OWNER_TOKEN, path, call),
    async tick(platform = {}) {
      const bundle = bundles.find(({ scheduled }) => scheduled);
      if (bundle === undefined) throw new Error("No function has a schedule");
      const url = new URL(`https://${PUBLISHED.host}/.netlify/functions/${bundle.name}`);
      const body = Buffer.from(JSON.stringify({ next_run: new Date(Date.now() + 300_000).toISOString() }));
      const event = makeEvent({
        ...{ url, method: "POST", headers: CLOCK, body, blobs: blobsOf(fault), route: undefined },
        platform: { ...deployHeaders(PUBLISHED), ...platform },
      });
      const failure = await functionOf(bundle, PUBLISHED).invoke(event, TIMEOUT.scheduled).ended;
      return { failure: failure?.message ?? null };
    },
    breakStore(next) {
      fault = next;
    },
    delayStore(ms) {
      storeDelay = ms;
    },
    async kill(functionName, which = "busy") {
      const named = [...lambdas.values()].filter(({ bundle }) => bundle.name === functionName);
      return (await Promise.all(named.map((lambda) => lambda.kill(which)))).reduce((sum, one) => sum + one, 0);
    },
    async moveClock(aheadMs) {
      ahead = aheadMs;
      await killAll();
    },
    runAgainNow,
    connections() {
      const counts = [...lambdas.values()].map((lambda) => lambda.connections());
      const sum = (of: "died" | "reused") => counts.reduce((total, count) => total + count[of], 0);
      return { died: sum("died"), reused: sum("reused") };
    },
    async stop() {
      await killAll();
      await Promise.all([door, formerDoor, previewDoor, world, blobs].map((server) => server.close()));
      rmSync(work, { recursive: true, force: true });
    },
  };
};
