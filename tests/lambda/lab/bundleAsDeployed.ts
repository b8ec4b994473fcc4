import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";

export interface BundledRoute {
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

/** A function as a deploy uploads it. */
export interface BundledFunction {
  readonly name: string;
  /** Where its files lie, unpacked. */
  readonly directory: string;
  readonly background: boolean;
  readonly scheduled: boolean;
  readonly routes: readonly BundledRoute[];
  /** Calls that one address may make within so many seconds; null: any number. */
  readonly rateLimit: { readonly calls: number; readonly seconds: number } | null;
}

const tomlSchema = z.looseObject({
  build: z.looseObject({
    command: z.string().optional(),
    environment: z.record(z.string(), z.string()).default({}),
  }),
  functions: z.looseObject({ directory: z.string().default("netlify/functions") }),
});
const sectionSchema = z.looseObject({
  schedule: z.string().optional(),
  included_files: z.array(z.string()).optional(),
  external_node_modules: z.array(z.string()).optional(),
  ignored_node_modules: z.array(z.string()).optional(),
});
const manifestSchema = z.looseObject({
  functions: z.array(
    z.looseObject({
      name: z.string(),
      path: z.string(),
      invocationMode: z.string().optional(),
      schedule: z.string().optional(),
      routes: z
        .array(
          z.looseObject({ pattern: z.string(), literal: z.string().optional(), expression: z.string().optional() }),
        )
        .default([]),
      trafficRules: z
        .looseObject({
          action: z.looseObject({
            config: z.looseObject({
              rateLimitConfig: z.looseObject({ windowLimit: z.number(), windowSize: z.number() }),
            }),
          }),
        })
        .optional(),
    }),
  ),
});
type ManifestFunction = z.output<typeof manifestSchema>["functions"][number];

const matcher = ({ literal, expression = "$^" }: ManifestFunction["routes"][number]): BundledRoute["matches"] => {
  if (literal !== undefined) return (path) => path.replace(/(.)\/$/, "$1").toLowerCase() === literal.toLowerCase();
  const compiled = new RegExp(expression, "i");
  return (path) => compiled.test(path);
};

const bundled = (about: ManifestFunction): BundledFunction => {
  const limit = about.trafficRules?.action.config.rateLimitConfig;
  return {
    name: about.name,
    directory: about.path,
    background: about.invocationMode === "background",
    scheduled: about.schedule !== undefined,
    routes: about.routes.map((route) => ({ pattern: route.pattern, matches: matcher(route) })),
    rateLimit: limit === undefined ? null : { calls: limit.windowLimit, seconds: limit.windowSize },
  };
};

/** Reads a folder of bundles that `bundleAsDeployed` made. */
export const readBundles = (directory: string): readonly BundledFunction[] => {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
  return manifestSchema.parse(manifest).functions.map(bundled);
};

/**
 * Does what Netlify's build does with the checkout at `root`: runs the build command of netlify.toml, then bundles the
 * folder of functions named there with the same bundler, options and switches. The bundles stand in `directory` as
 * folders instead of archives, with the manifest that a deploy sends along. Throws if the build or the bundling fails.
 */
export const bundleAsDeployed = async (root: string, directory: string): Promise<readonly BundledFunction[]> => {
  const toml: unknown = parse(readFileSync(join(root, "netlify.toml"), "utf8"));
  const { build, functions } = tomlSchema.parse(toml);
  if (build.command !== undefined) {
    const env = { ...process.env, ...build.environment, NODE_ENV: "production", VITEST: "" };
    const { status } = spawnSync(build.command, {
      cwd: root,
      shell: true,
      stdio: ["ignore", "ignore", "inherit"],
      env,
    });
    if (status !== 0) throw new Error(`The build command failed: ${build.command}`);
  }
  const sections = Object.entries(functions).flatMap(([name, section]) => {
    const parsed = sectionSchema.safeParse(section);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  const nodeVersion = build.environment["NODE_VERSION"];
  const settings = (section: z.output<typeof sectionSchema>) => ({
    ...(nodeVersion === undefined ? {} : { nodeVersion }),
    includedFilesBasePath: root,
    ...(section.schedule === undefined ? {} : { schedule: section.schedule }),
    ...(section.included_files === undefined ? {} : { includedFiles: section.included_files }),
    ...(section.external_node_modules === undefined ? {} : { externalNodeModules: section.external_node_modules }),
    ...(section.ignored_node_modules === undefined ? {} : { ignoredNodeModules: section.ignored_node_modules }),
  });
  // Netlify's bundler takes a second to load.
  const { zipFunctions } = await import("@netlify/zip-it-and-ship-it");
  await zipFunctions(join(root, functions.directory), directory, {
    archiveFormat: "none",
    basePath: root,
    repositoryRoot: root,
    manifest: join(directory, "manifest.json"),
    config: { "*": settings({}), ...Object.fromEntries(sections.map(([name, section]) => [name, settings(section)])) },
    // What is off unless Netlify turns it on for a site; the rest is the bundler's own default.
    featureFlags: { traceWithNft: false },
  });
  return readBundles(directory);
};
