/**
 * Reads the functions of a folder with the analyser that Netlify deploys with, and sends what it found to the process that
 * started this one. Arguments: the project's folder, the functions' folder, the folder for Netlify's runtime.
 *
 * The sources are not bundled: tracing their packages takes two seconds a function, at every start and every edit, and
 * Node runs them as they are.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, listFunctions, zipFunction } from "@netlify/zip-it-and-ship-it";
import { parse } from "smol-toml";
import type { ReadFunctions } from "./discoverFunctions.ts";

type Zipped = NonNullable<Awaited<ReturnType<typeof zipFunction>>>;

const [root = "", directory = "", output = ""] = process.argv.slice(2);
const read: ReadFunctions = { functions: [], failures: [] };
const config: Config = { ...readToml(join(root, "netlify.toml")), "*": { nodeBundler: "none" } };
const listed = await listFunctions([directory]);
const results = await Promise.allSettled(
  listed.map(({ srcPath }) => zipFunction(srcPath, output, { archiveFormat: "none", basePath: root, config })),
);
for (const [index, result] of results.entries()) {
  const name = listed[index]?.name ?? "";
  if (result.status === "rejected") {
    const { reason } = result;
    read.failures.push({ name, message: reason instanceof Error ? reason.message : String(reason) });
  } else if (result.value === undefined || result.value.runtimeAPIVersion !== 2) {
    read.failures.push({ name, message: "The file has no default export that takes a Request" });
  } else {
    read.functions.push(toRead(result.value));
  }
}
process.send?.(read, undefined, undefined, () => process.exit());

function toRead({
  name,
  mainFile,
  path,
  routes = [],
  invocationMode,
  schedule,
}: Zipped): ReadFunctions["functions"][number] {
  return {
    name,
    mainFile,
    path,
    routes: routes.map(({ pattern, methods = [], ...route }) => ({ pattern, methods, ...route })),
    background: invocationMode === "background",
    schedule: schedule ?? null,
  };
}

/**
 * Reads the schedules of `[functions."name"]`. The other settings concern bundling, and these functions are not
 * bundled.
 */
function readToml(path: string): Config {
  if (!existsSync(path)) return {};
  const sections: unknown = parse(readFileSync(path, "utf8"))["functions"];
  if (typeof sections !== "object" || sections === null) return {};
  const schedules: Config = {};
  for (const [name, section] of Object.entries(sections)) {
    const schedule: unknown = typeof section === "object" && section !== null ? Reflect.get(section, "schedule") : null;
    if (typeof schedule === "string") schedules[name] = { schedule };
  }
  return schedules;
}
