/**
 * How long a sender waits for its first answer, from a function that has not run before: the bundles as a deploy makes
 * them, with the share of a core that Netlify's functions have, against a store that takes so long for each request.
 *
 *     npm run bench:answer
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine } from "../../../src/cli/commandLine.ts";
import type { ImportCost } from "./importCost.ts";

commandLine({
  call: "npm run bench:answer",
  does: `Builds and bundles the functions as a deploy does, starts them cold again and again, and says what loading each of them
costs and how long a sender waits for its first answer. Takes about two minutes. The first time it installs AWS's runtime
client (19 MB) into tests/lambda. It limits its processes to a share of a core, which needs control groups and root.`,
  options: z.object({}),
});

const STARTS = 11;
/** What one request to the store takes (ms): as Netlify's documentation promises, and far slower. */
const TRIPS = [0, 25, 50, 100] as const;
/** The most impatient senders we know, and what they wait (ms). */
const IMPATIENT = { Drupal: 1000, Ghost: 2000, Hygraph: 3000 } as const;
const PUBLISH = "/hooks/data_layer/data_source/publish";

// Netlify's bundler takes a second to load, which a question for help need not wait for.
const { bundleAsDeployed } = await import("../../lambda/lab/bundleAsDeployed.ts");
const { startLab } = await import("../../lambda/lab/lab.ts");
const { deployBlobsAlone } = await import("./importCost.ts");
const { measureImports, shareHere } = await import("./importCosts.ts");

const root = fileURLToPath(new URL("../../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "layerhook-answer-"));
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
const least = (values: readonly number[]): number => Math.min(...values);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const directory = join(work, "functions");
const bundles = await bundleAsDeployed(root, directory);
const blobsAlone = await deployBlobsAlone(root, join(work, "alone"));
/** The share that processes here can be limited to; null: none, and the clock's times are those of a whole core. */
const share = await shareHere(blobsAlone);
console.log(
  share === null
    ? "No control groups can be made here: times by the clock are those of a whole core, 1.7 times as much as a function has."
    : `Times by the clock are those of ${share} of a core, which a function with 1,024 MB has.`,
);

console.log("\nThe bundles, unpacked: our own code with its packages; the rest is Netlify's");
for (const bundle of bundles) {
  const sizes = readdirSync(bundle.directory).map((file) => ({
    own: !file.startsWith("___netlify-"),
    size: statSync(join(bundle.directory, file)).size,
  }));
  const sum = (own: boolean) => sizes.filter((one) => one.own === own).reduce((total, { size }) => total + size, 0);
  console.log(`  ${bundle.name.padEnd(12)} ${kilobytes(sum(true))} and ${kilobytes(sum(false))}`);
}

console.log(`\nWhat a cold start costs the processor until a function is loaded, the least of ${STARTS}:`);
console.log("Node and Netlify's start, and then the import of the function.");
console.log("× compares with a function that imports @netlify/blobs and nothing else, as Netlify bundles it.");
const alone = "blobs alone";
const functions = [{ name: alone, directory: blobsAlone }, ...bundles];
const costs = await measureImports(functions, share, STARTS);
const start = least([...costs.values()].flat().map(({ startCpu }) => startCpu));
const importOf = (of: readonly ImportCost[]): number => least(of.map(({ importCpu }) => importCpu));
const base = importOf(costs.get(alone) ?? []);
for (const [name, mine] of costs) {
  const own = importOf(mine);
  const whole = `${start.toFixed(0)} + ${own.toFixed(0)} ms ×${((start + own) / (start + base)).toFixed(2)}`;
  const byItself = `the import alone ×${(own / base).toFixed(1)}, ${least(mine.map(({ wall }) => wall)).toFixed(0)} ms by the clock`;
  console.log(`  ${name.padEnd(12)} ${whole} (${byItself})`);
}

console.log(`\nThe first answer of a cold publish function, the fastest of ${STARTS}: one read and one write`);
for (const trip of TRIPS) {
  const lab = await startLab({ bundles: directory, storeDelay: trip, ...(share === null ? {} : { cpuShare: share }) });
  const answers: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    const id = `answer-time-${i}`;
    const made = await lab.call("/api/v1/data-layers", { method: "POST", body: { id, name: id, paused: true } });
    if (made.status !== 201) throw new Error(`the layer was not created: ${made.status} ${made.text}`);
    await lab.kill("publish", "all");
    const { status, ms } = await lab.call(`${PUBLISH}/${id}`, { method: "POST", body: {} });
    if (status !== 200) throw new Error(`answered ${status}`);
    answers.push(ms);
  }
  const fastest = Math.round(least(answers));
  const cold = lab.finished.filter((one) => one.functionName === "publish" && one.cold);
  const init = Math.round(least(cold.map(({ initMs }) => initMs)));
  const left = Object.entries(IMPATIENT).map(([name, waits]) => `${name} ${waits - fastest} ms`);
  console.log(
    `  store ${trip} ms a request: ${fastest} ms (median ${Math.round(median(answers))}; the start of an instance is ${init} of it); left: ${left.join(", ")}`,
  );
  await lab.stop();
}

rmSync(work, { recursive: true, force: true });
rmSync(join(root, ".netlify", "blobs-alone"), { recursive: true, force: true });
