import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, listFunctions, zipFunction } from "@netlify/zip-it-and-ship-it";
import { parse } from "smol-toml";

export interface FunctionRoute {
  /** The path as the function's `config` declares it. */
  readonly pattern: string;
  readonly methods: readonly string[];
  matches(path: string): boolean;
}

/** One function of the functions folder, as a deploy would see it. */
export interface DiscoveredFunction {
  readonly name: string;
  /** File URL of the source. */
  readonly source: string;
  /** File URL of Netlify's runtime, which turns events into calls of the function. */
  readonly runtime: string;
  readonly routes: readonly FunctionRoute[];
  readonly background: boolean;
  readonly schedule: string | null;
}

export interface Discovery {
  readonly functions: DiscoveredFunction[];
  readonly failures: { readonly name: string; readonly error: Error }[];
}

type Zipped = NonNullable<Awaited<ReturnType<typeof zipFunction>>>;
type ZippedRoute = NonNullable<Zipped["routes"]>[number];

/**
 * Reads every function of `directory` and `[functions]` of `root/netlify.toml`. Netlify's own analyser reads the
 * functions, so a function that a deploy would not understand (one with a computed `config`, say) fails here too. A
 * function that cannot be read is returned as a failure and the others work. Writes Netlify's runtime to `output`.
 *
 * The sources are not bundled: tracing their packages takes two seconds a function, at every start and every edit, and
 * Node runs them as they are.
 */
export async function discoverFunctions(root: string, directory: string, output: string): Promise<Discovery> {
  const config: Config = { ...readToml(join(root, "netlify.toml")), "*": { nodeBundler: "none" } };
  const listed = await listFunctions([directory]);
  const results = await Promise.allSettled(
    listed.map(({ srcPath }) => zipFunction(srcPath, output, { archiveFormat: "none", basePath: root, config })),
  );
  const functions: DiscoveredFunction[] = [];
  const failures: Discovery["failures"] = [];
  for (const [index, result] of results.entries()) {
    const name = listed[index]?.name ?? "";
    if (result.status === "rejected") {
      failures.push({ name, error: result.reason instanceof Error ? result.reason : new Error(String(result.reason)) });
    } else if (result.value === undefined || result.value.runtimeAPIVersion !== 2) {
      failures.push({ name, error: new Error("It has no default export that takes a Request") });
    } else {
      functions.push(toDiscovered(result.value));
    }
  }
  return { functions, failures };
}

/**
 * Finds the function that answers `method` on `pathname`. A function answers at its `path` alone, or, without a `path`,
 * at `/.netlify/functions/{name}`.
 */
export function matchFunction(
  functions: readonly DiscoveredFunction[],
  pathname: string,
  method: string,
): { found: DiscoveredFunction; pattern: string | null } | undefined {
  const path = (pathname.length > 1 && pathname.endsWith("/") ? pathname.slice(0, -1) : pathname).toLowerCase();
  for (const found of functions) {
    if (found.routes.length === 0 && path === `/.netlify/functions/${found.name.toLowerCase()}`) {
      return { found, pattern: null };
    }
    const route = found.routes.find(
      ({ methods, matches }) => (methods.length === 0 || methods.includes(method)) && matches(path),
    );
    if (route !== undefined) return { found, pattern: route.pattern };
  }
  return undefined;
}

function toDiscovered(zipped: Zipped): DiscoveredFunction {
  return {
    name: zipped.name,
    source: pathToFileURL(zipped.mainFile).href,
    runtime: pathToFileURL(join(zipped.path, "___netlify-bootstrap.mjs")).href,
    routes: (zipped.routes ?? []).map(toRoute),
    background: zipped.invocationMode === "background",
    schedule: zipped.schedule ?? null,
  };
}

function toRoute(route: ZippedRoute): FunctionRoute {
  const { pattern, methods = [] } = route;
  if ("literal" in route) return { pattern, methods, matches: (path) => path === route.literal.toLowerCase() };
  const expression = new RegExp(route.expression, "i");
  return { pattern, methods, matches: (path) => expression.test(path) };
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
