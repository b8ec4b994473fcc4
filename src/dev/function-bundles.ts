import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listFunctions, zipFunction } from "@netlify/zip-it-and-ship-it";

export interface FunctionRoute {
  /** The path as the function's `config` declares it. */
  readonly pattern: string;
  readonly methods: readonly string[];
  matches(path: string): boolean;
}

/** A function as it would be deployed. */
export interface FunctionBundle {
  readonly name: string;
  /** File URL of the module whose `handler` starts it. */
  readonly entry: string;
  readonly routes: readonly FunctionRoute[];
  readonly background: boolean;
  readonly schedule: string | null;
  /** Absolute paths of the project's files it was made of. */
  readonly sources: readonly string[];
}

export interface BundledFunctions {
  readonly bundles: FunctionBundle[];
  readonly failures: { readonly name: string; readonly error: Error }[];
}

type Zipped = NonNullable<Awaited<ReturnType<typeof zipFunction>>>;
type ZippedRoute = NonNullable<Zipped["routes"]>[number];

const FEATURES = { zisi_pure_esm: true, zisi_pure_esm_mjs: true };

/**
 * Bundles every function of `directory` into `output` with the bundler that Netlify deploys with, so that a function
 * it would not understand (a computed `config`, say) is not understood here either. One that cannot be bundled is
 * among the failures and keeps none of the others from working.
 */
export async function bundleFunctions(root: string, directory: string, output: string): Promise<BundledFunctions> {
  const listed = await listFunctions([directory]);
  const results = await Promise.allSettled(
    listed.map(({ srcPath }) =>
      zipFunction(srcPath, output, {
        archiveFormat: "none",
        basePath: root,
        config: { "*": { nodeSourcemap: true } },
        featureFlags: FEATURES,
      }),
    ),
  );
  const bundles: FunctionBundle[] = [];
  const failures: BundledFunctions["failures"] = [];
  for (const [index, result] of results.entries()) {
    const name = listed[index]?.name ?? "";
    if (result.status === "rejected") {
      failures.push({ name, error: result.reason instanceof Error ? result.reason : new Error(String(result.reason)) });
    } else if (result.value === undefined || result.value.runtimeAPIVersion !== 2) {
      failures.push({ name, error: new Error("It has no default export that takes a Request") });
    } else {
      bundles.push(toBundle(result.value));
    }
  }
  return { bundles, failures };
}

/**
 * The function that answers `method` on `pathname`. Without a `path` of its own a function answers at
 * `/.netlify/functions/{name}`, with one only there.
 */
export function matchFunction(
  bundles: readonly FunctionBundle[],
  pathname: string,
  method: string,
): { bundle: FunctionBundle; pattern: string | null } | undefined {
  const path = (pathname.length > 1 && pathname.endsWith("/") ? pathname.slice(0, -1) : pathname).toLowerCase();
  for (const bundle of bundles) {
    if (bundle.routes.length === 0 && path === `/.netlify/functions/${bundle.name.toLowerCase()}`) {
      return { bundle, pattern: null };
    }
    const route = bundle.routes.find(
      ({ methods, matches }) => (methods.length === 0 || methods.includes(method)) && matches(path),
    );
    if (route !== undefined) return { bundle, pattern: route.pattern };
  }
  return undefined;
}

function toBundle(zipped: Zipped): FunctionBundle {
  const dependencies = /[\\/]node_modules[\\/]/;
  return {
    name: zipped.name,
    entry: pathToFileURL(join(zipped.path, zipped.entryFilename)).href,
    routes: (zipped.routes ?? []).map(toRoute),
    background: zipped.invocationMode === "background",
    schedule: zipped.schedule ?? null,
    sources: (zipped.inputs ?? []).filter((path) => !dependencies.test(path)),
  };
}

function toRoute(route: ZippedRoute): FunctionRoute {
  const { pattern, methods = [] } = route;
  if ("literal" in route) return { pattern, methods, matches: (path) => path === route.literal.toLowerCase() };
  const expression = new RegExp(route.expression, "i");
  return { pattern, methods, matches: (path) => expression.test(path) };
}
