/**
 * What a delivery costs: counted first, then timed as a ratio to the bare store calls it cannot do without, in one run on
 * one machine, so that the figure means the same on any.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { type BlobsRequest, startBlobsServer } from "../../src/dev/blobs/blobsServer.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { BlobsStore } from "../../src/store/blobs.ts";
import { DELIVERIES } from "../../src/store/keys.ts";
import { World } from "../app/world.ts";

commandLine({
  call: "npm run bench",
  does: "Counts the store requests of a delivery and times it beside the bare store. Takes about a minute.",
  options: z.object({}),
});

const LAYER = "layer-one";
const KEY = `layers/${LAYER}`;
const ROUNDS = 200;

const directory = mkdtempSync(join(tmpdir(), "layerhook-bench-"));
let requests = 0;
/** What an answer waits for; the log of deliveries is written after it. */
const onRequest = ({ key }: BlobsRequest): void => {
  if (key?.startsWith(DELIVERIES) !== true) requests += 1;
};
const server = await startBlobsServer({ directory, token: "t", onRequest });
const context = {
  edgeURL: server.url,
  uncachedEdgeURL: server.url,
  siteID: "0",
  token: "t",
  deployID: "0",
  primaryRegion: "us-east-2",
};
process.env["NETLIFY_BLOBS_CONTEXT"] = Buffer.from(JSON.stringify(context)).toString("base64");

const world = new World();
await world.layer(LAYER, ["a", "b", "c"]);
const initial = (await world.memory.read(KEY))?.text ?? "";
const store = new BlobsStore({ kind: "site", name: "bench" });
let skew = 0;
let id = 0;
const deps = {
  ...world.deps(),
  store,
  archive: store,
  report: () => undefined,
  clock: {
    now: () => Date.now() + skew,
    elapsed: () => performance.now(),
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  },
  ids: {
    ...world.deps().ids,
    timeOrdered: () => {
      id += 1;
      return `0198-${id}`;
    },
  },
};
const publish = (headers: Record<string, string> = {}, body?: string) =>
  answerPublish(
    new Request(`https://hook.test/hooks/data_layer/data_source/publish/${LAYER}`, {
      method: "POST",
      headers,
      ...(body === undefined ? {} : { body }),
    }),
    deps,
    () => undefined,
  );

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const counted = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  const before = requests;
  await work();
  console.log(`  ${name.padEnd(62)} ${requests - before}`);
};

await store.write(KEY, initial, null);
console.log("Store requests (reads and writes, refused writes included)");
await counted("the first delivery of a burst", () => publish());
await counted("one that it covers", () => publish());
await counted("one with a body for a source", () => publish({ "x-connect-data-source": "a" }, '{"id":1}'));
skew = 5000;
await counted("100 at once without bodies", () => Promise.all(Array.from({ length: 100 }, () => publish())));
skew = 10_000;
await counted("100 at once with bodies for one source", () =>
  Promise.all(Array.from({ length: 100 }, (_, i) => publish({ "x-connect-data-source": "a" }, `{"id":${i}}`))),
);
console.log(
  `  bytes of the layer's document (three sources)${" ".repeat(18)}${Buffer.byteLength((await store.read(KEY))?.text ?? "")}`,
);

const reads: number[] = [];
const covered: number[] = [];
const pairs: number[] = [];
const written: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  reads.push(await timed(() => store.read(KEY)));
  covered.push(await timed(() => publish()));
  pairs.push(
    await timed(async () => {
      const found = await store.read(KEY);
      await store.write(KEY, `${found?.text} `, found?.etag ?? null);
    }),
  );
  skew += 2000;
  written.push(await timed(() => publish()));
}
const row = (name: string, mine: number[], bare: number[]) =>
  console.log(
    `  ${name.padEnd(30)} ${median(mine).toFixed(2)} ms   bare ${median(bare).toFixed(2)} ms   ratio ${(median(mine) / median(bare)).toFixed(2)}`,
  );
console.log(`Time, medians of ${ROUNDS}`);
row("a covered delivery / one read", covered, reads);
row("a written one / read and write", written, pairs);

console.log("Import of each function in a fresh process, medians of 5 (an empty process subtracted)");
const start = (code: string) => {
  const began = performance.now();
  spawnSync(process.execPath, ["--input-type=module", "-e", code]);
  return performance.now() - began;
};
const empty = median(Array.from({ length: 5 }, () => start("")));
for (const name of ["publish", "callback", "api", "run-sync", "drain"]) {
  const file = fileURLToPath(new URL(`../../netlify/functions/${name}.ts`, import.meta.url));
  const took = median(Array.from({ length: 5 }, () => start(`await import(${JSON.stringify(file)})`)));
  console.log(`  ${name.padEnd(10)} ${(took - empty).toFixed(0)} ms`);
}

await server.close();
rmSync(directory, { recursive: true, force: true });
