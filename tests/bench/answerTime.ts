/**
 * How long a sender waits for its first answer, from a function that has not run before: the bundle as a deploy makes it,
 * started in a fresh process, against a store that takes so long for each request.
 *
 *     npm run bench:answer
 */

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request as ask, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { startBlobsServer } from "../../src/dev/blobsServer.ts";
import { BlobsStore } from "../../src/store/blobs.ts";
import { layerKey } from "../../src/store/keys.ts";
import { World } from "../app/world.ts";

commandLine({
  call: "npm run bench:answer",
  does: "Bundles the publish function, starts it cold again and again, and says how long a sender waits. Takes about a minute. Needs the command unzip.",
  options: z.object({}),
});

const STARTS = 7;
/** What one request to the store takes: on this machine, and far slower than Netlify's own documentation promises (ms). */
const TRIPS = [0, 50, 100] as const;
/** The most impatient senders we know, and what they wait (ms). */
const IMPATIENT = { Drupal: 1000, Ghost: 2000, Hygraph: 3000 } as const;

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "layerhook-answer-"));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;

// Netlify's bundler takes a second to load, which a question for help need not wait for.
const { zipFunction } = await import("@netlify/zip-it-and-ship-it");
const archive = await zipFunction(`${root}/netlify/functions/publish.ts`, join(work, "zip"), { basePath: root });
if (archive === undefined) throw new Error("not bundled");
const open = join(work, "open");
const { status, error } = spawnSync("unzip", ["-q", archive.path, "-d", open]);
if (status !== 0) throw new Error(`the command unzip is needed: ${error?.message ?? `it ended with ${status}`}`);
const entry = join(open, "netlify", "functions", "publish.mjs");
console.log("The bundle of the publish function, as it is deployed");
console.log(
  `  zipped ${kilobytes(statSync(archive.path).size)}, of which our part unpacked ${kilobytes(statSync(entry).size)}`,
);

const directory = join(work, "blobs");
const server = await startBlobsServer({ directory, token: "t" });
let delay = 0;
/** Stands before the store and makes it slow. */
const slow = createServer((request, response) => {
  const { method, url = "/", headers } = request;
  const pass = (): void => {
    const { hostname, port } = new URL(server.url);
    const passed = ask({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  };
  setTimeout(pass, delay);
});
await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
const address = slow.address();
if (address === null || typeof address === "string") throw new Error("no port");
const url = `http://127.0.0.1:${address.port}`;
const blobs = {
  ...{ edgeURL: url, uncachedEdgeURL: url, siteID: "0", token: "t", deployID: "0", primaryRegion: "us-east-2" },
};
const environment = {
  ...process.env,
  NETLIFY_BLOBS_CONTEXT: Buffer.from(JSON.stringify(blobs)).toString("base64"),
  LAYERHOOK_SECRET: "a-long-secret-for-measuring-alone",
};

const LAYER = "layer-one";
const world = new World();
await world.layer(LAYER, ["a", "b", "c"]);
const text = (await world.memory.read(layerKey(LAYER)))?.text ?? "";
const stored = async (): Promise<void> => {
  process.env["NETLIFY_BLOBS_CONTEXT"] = environment.NETLIFY_BLOBS_CONTEXT;
  const store = new BlobsStore({ kind: "site", name: "layerhook" });
  const found = await store.read(layerKey(LAYER));
  await store.write(layerKey(LAYER), text, found?.etag ?? null);
};

/** One process: loads the function, answers one delivery, and says how long each took (ms since the process began). */
const script = `
  const began = performance.now();
  const { default: publish } = await import(${JSON.stringify(entry)});
  const loaded = performance.now();
  const context = { deploy: { context: "production", published: true }, site: {}, account: {}, requestId: "1", waitUntil: (work) => void work };
  const request = new Request("https://hook.test/hooks/data_layer/data_source/publish/${LAYER}", { method: "POST" });
  console.log = console.error;
  const response = await publish(request, context);
  const answered = performance.now();
  const { user, system } = process.cpuUsage();
  process.stdout.write(JSON.stringify({ cpu: (user + system) / 1000, node: began, load: loaded - began, answer: answered - loaded, status: response.status }));
  process.exit(0);
`;

interface Start {
  /** Time of the processor: what a busy machine does not change. */
  readonly cpu: number;
  readonly node: number;
  readonly load: number;
  readonly answer: number;
}

const run = promisify(execFile);
const start = async (): Promise<Start> => {
  await stored();
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], {
    env: environment,
    cwd: work,
  });
  const { status, ...times } = JSON.parse(stdout);
  if (status !== 200) throw new Error(`answered ${status}`);
  return times;
};

console.log(`The first answer of a fresh process, the fastest of ${STARTS}: one read and one write`);
for (const trip of TRIPS) {
  delay = trip;
  const starts: Start[] = [];
  for (let i = 0; i < STARTS; i += 1) starts.push(await start());
  const whole = ({ node, load, answer }: Start): number => node + load + answer;
  const [fastest] = starts.toSorted((a, b) => whole(a) - whole(b));
  if (fastest === undefined) throw new Error("nothing was started");
  const ms = Math.round(whole(fastest));
  const parts = (["node", "load", "answer"] as const).map((part) => `${part} ${Math.round(fastest[part])}`).join(" + ");
  const usual = Math.round(median(starts.map(whole)));
  const left = Object.entries(IMPATIENT).map(([name, waits]) => `${name} ${waits - ms} ms`);
  const cpu = Math.round(Math.min(...starts.map((one) => one.cpu)));
  console.log(
    `  store ${trip} ms a request: ${parts} = ${ms} ms (median ${usual}; processor ${cpu}); left: ${left.join(", ")}`,
  );
}

slow.close();
await server.close();
rmSync(work, { recursive: true, force: true });
