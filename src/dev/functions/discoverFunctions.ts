import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";

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

/** What `readFunctions.ts` sends. */
const readSchema = z.object({
  functions: z.array(
    z.object({
      name: z.string(),
      mainFile: z.string(),
      path: z.string(),
      routes: z.array(
        z.object({
          pattern: z.string(),
          methods: z.array(z.string()),
          literal: z.string().optional(),
          expression: z.string().optional(),
        }),
      ),
      background: z.boolean(),
      schedule: z.string().nullable(),
    }),
  ),
  failures: z.array(z.object({ name: z.string(), message: z.string() })),
});
export type ReadFunctions = z.infer<typeof readSchema>;
type ReadFunction = ReadFunctions["functions"][number];

const READER = fileURLToPath(new URL("./readFunctions.ts", import.meta.url));

/**
 * Reads every function of `directory` and `[functions]` of `root/netlify.toml`. Netlify's own analyser reads the
 * functions, so a function that a deploy would not understand (one with a computed `config`, say) fails here too. A
 * function that cannot be read is returned as a failure and the others work. Writes Netlify's runtime to `output`.
 *
 * The analyser runs in a process of its own, which takes its hundred megabytes along when it ends. Throws if that process
 * fails or `signal` ends it.
 */
export async function discoverFunctions(
  root: string,
  directory: string,
  output: string,
  signal: AbortSignal,
): Promise<Discovery> {
  const { functions, failures } = readSchema.parse(await readInOwnProcess([root, directory, output], signal));
  return {
    functions: functions.map(toDiscovered),
    failures: failures.map(({ name, message }) => ({ name, error: new Error(message) })),
  };
}

function readInOwnProcess(args: readonly string[], signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const reader = fork(READER, args, { execArgv: [], signal });
    reader.once("message", resolve);
    reader.once("error", reject);
    reader.once("exit", (code) => reject(new Error(`Netlify's analyser ended with ${code ?? "a signal"}`)));
  });
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

function toDiscovered({ name, mainFile, path, routes, background, schedule }: ReadFunction): DiscoveredFunction {
  return {
    name,
    source: pathToFileURL(mainFile).href,
    runtime: pathToFileURL(join(path, "___netlify-bootstrap.mjs")).href,
    routes: routes.map(toRoute),
    background,
    schedule,
  };
}

function toRoute({ pattern, methods, literal, expression }: ReadFunction["routes"][number]): FunctionRoute {
  if (expression === undefined) return { pattern, methods, matches: (path) => path === literal?.toLowerCase() };
  const compiled = new RegExp(expression, "i");
  return { pattern, methods, matches: (path) => compiled.test(path) };
}
