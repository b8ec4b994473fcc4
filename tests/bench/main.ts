/** Measures what a delivery costs, beside what it cannot do without and beside the queues that do the same. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine, flag, text } from "../../src/cli/commandLine.ts";
import { PARTS } from "./parts/parts.ts";
import type { Found, Part, Report } from "./report/figures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = PARTS.map(({ id }) => id).join(", ");

const { values } = commandLine({
  call: "npm run bench -- [options]",
  does: `Measures deliveries, ticks, lists, cold starts and the dashboard, beside BullMQ, pg-boss, graphile-worker and
adnanh/webhook where their servers are installed. Every figure is a ratio to something in the same run. Takes a quarter of
an hour. The first time it installs the peers and the plotting library into tests/bench.`,
  options: z.object({
    only: text(`the parts whose names are given, joined by commas: ${names}`).optional(),
    quick: flag("fewer rounds, in two minutes: good for a look, not for a comparison"),
    json: text("also writes the measurements to this file, as JSON").optional(),
    docs: flag("also writes docs/benchmarks.json, docs/benchmarks.md and its plots"),
    from: text("measures nothing and takes the measurements from this file, which --json made").optional(),
  }),
});

const refuse = (message: string): never => {
  console.error(message);
  process.exit(2);
};
const wanted = values.only?.split(",") ?? PARTS.map(({ id }) => id);
const unknown = wanted.find((name) => !PARTS.some(({ id }) => id === name));
if (unknown !== undefined) refuse(`--only must name parts of ${names}. You gave "${unknown}".`);
if (values.docs && values.only !== undefined) refuse("--docs needs all parts of one run: leave out --only.");

/** A part that fails is named in the report; what the others measured is not lost. */
const failed = (error: unknown): Found => {
  const reason = error instanceof Error ? error.message : String(error);
  return { method: "Failed.", tables: [], goals: [], absent: [{ name: "this part", reason }] };
};

// Ends what was started and removes its folders, which a signal alone would not.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const measure = async (): Promise<Report> => {
  const load = Number((loadavg()[0] ?? 0).toFixed(1));
  const began = performance.now();
  const parts: Part[] = [];
  for (const { id, title, run } of PARTS.filter((part) => wanted.includes(part.id))) {
    const from = performance.now();
    console.error(`${Math.round((from - began) / 1000)} s: ${title} …`);
    const found = await run(values.quick).catch(failed);
    parts.push({ id, title, seconds: Math.round((performance.now() - from) / 1000), ...found });
  }
  return {
    version: 1,
    at: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    quick: values.quick,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown processor",
      cores: cpus().length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
      load,
    },
    seconds: Math.round((performance.now() - began) / 1000),
    parts,
  };
};

const { reportSchema } = await import("./report/figures.ts");
const { readable } = await import("./report/readable.ts");
const { readReport } = await import("./report/readReport.ts");
const readGiven = (file: string): Report => {
  try {
    return readReport(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(`--from must name a file that --json made. You gave "${file}": ${reason}`);
  }
};
const report = values.from === undefined ? reportSchema.parse(await measure()) : readGiven(values.from);
console.log(readable(report));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report)}\n`);
if (values.docs) {
  const { writePage } = await import("./report/writePage.ts");
  await writePage(root, report);
}
