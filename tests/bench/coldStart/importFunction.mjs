/**
 * Imports a deployed function as Lambda does: Netlify's start first, and the function itself only in the first call, when
 * the instance has its share of a core and no more. Waits for a line on the standard input between the two, and writes
 * what each cost, in milliseconds. Plain JavaScript: Node would take types out of it first.
 *
 *     node importFunction.mjs <folder of the function>
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder = ""] = process.argv.slice(2);
const start = readFileSync(join(folder, "___netlify-entry-point.mjs"), "utf8");
const file = /getLambdaHandler\('([^']+)'\)/.exec(start)?.[1];
if (file === undefined) throw new Error(`the start in ${folder} names no function`);

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

await import(pathToFileURL(join(folder, "___netlify-bootstrap.mjs")).href);
process.stdout.write("started\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const startCpu = cpu();
const before = performance.now();
await import(pathToFileURL(join(folder, file)).href);
const wall = performance.now() - before;
process.stdout.write(`${JSON.stringify({ startCpu, importCpu: cpu() - startCpu, wall })}\n`, () => process.exit(0));
