import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(`${root}/${name}`, "utf8"));

const versionsSchema = z.record(z.string(), z.string()).default({});
const { dependencies, devDependencies } = z
  .looseObject({ dependencies: versionsSchema, devDependencies: versionsSchema })
  .parse(read("package.json"));

const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]).optional();
const { packages } = z
  .looseObject({
    packages: z.record(
      z.string(),
      z.looseObject({
        dev: z.boolean().default(false),
        os: words,
        cpu: words,
        libc: words,
        engines: z.looseObject({ node: z.string().optional() }).optional().catch(undefined),
        dependencies: versionsSchema,
        optionalDependencies: versionsSchema,
      }),
    ),
  })
  .parse(read("package-lock.json"));

const NODE = /\/(?:layerhook-node|node-(?:bin-)?(?:darwin|linux|win)[\w-]+)$/;

/** What npm installs on Netlify's machines and on most others: Linux on x64 with glibc, and a Node that is new enough. */
const installed = Object.entries(packages)
  .filter(([path]) => path.startsWith("node_modules/") && !NODE.test(path))
  .filter(
    ([, { os, cpu, libc }]) =>
      (os?.includes("linux") ?? true) && (cpu?.includes("x64") ?? true) && (libc?.includes("glibc") ?? true),
  )
  .map(([path, { dev }]) => ({ path, dev }));

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The packages that these files and all they import of ours load; an import of types alone loads nothing. */
const loadedBy = async (input: readonly string[]): Promise<string[]> => {
  const found = new Set<string>();
  await build({
    root,
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
    build: {
      ssr: true,
      write: false,
      rolldownOptions: {
        input: input.map((file) => `${root}/${file}`),
        external: (id) => {
          if (/^[./\0]/.test(id) || isBuiltin(id)) return isBuiltin(id);
          found.add(packageOf(id));
          return true;
        },
      },
    },
  });
  return [...found].sort();
};

describe("a deploy installs `dependencies` alone, and needs no more", () => {
  test.each([
    ["the pages", ["src/dashboard/main.tsx"], ["preact"]],
    [
      "vite.config.ts and the other steps of a build",
      ["vite.config.ts", "src/dev/functions/buildFunctions.ts"],
      ["vite"],
    ],
    [
      "the functions",
      ["api", "callback", "deploys", "drain", "publish", "run-sync", "status"].map(
        (name) => `netlify/functions/${name}.ts`,
      ),
      ["@netlify/blobs", "zod"],
    ],
  ])("the imports of %s are packages of `dependencies` alone", async (_, files, some) => {
    const loaded = await loadedBy(files);
    expect(loaded).toEqual(expect.arrayContaining(some));
    expect(loaded.filter((name) => !(name in dependencies))).toEqual([]);
  });

  test("no package is in both lists, and each has an exact version", () => {
    expect(Object.keys(dependencies).filter((name) => name in devDependencies)).toEqual([]);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, name).toMatch(/^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+$|^file:src\/dev\/[\w-]+$/);
    }
  });

  test("npm learns so whatever NODE_ENV says", () => {
    expect(readFileSync(`${root}/netlify.toml`, "utf8")).toMatch(/^ {2}NPM_FLAGS = "--omit=dev"$/m);
  });
});

test("a deploy installs at most 110 packages, development at most 400", () => {
  expect(installed.filter(({ dev }) => !dev).length).toBeLessThanOrEqual(110);
  expect(installed.length).toBeLessThanOrEqual(400);
});

// Newest releases below Netlify's bundler bring 140 packages that nothing here runs: what polyfills old engines, what
// reads the imports of old functions with a TypeScript of its own. Overrides and `src/dev/no-precinct` keep them out.
test("a deploy has one TypeScript and no polyfill of old engines", () => {
  const named = (name: RegExp) => Object.keys(packages).filter((path) => name.test(path));
  expect(named(/\/typescript$/)).toEqual(["node_modules/typescript"]);
  expect(named(/\/(?:es-abstract|bare-fs)$/)).toEqual([]);
});

test.each(["", "tests/mutate/", "tests/senders/vendors/", "tests/lambda/"])(
  "no package of %spackage.json runs a script of its own when it is installed",
  (folder) => {
    const { allowScripts } = z
      .looseObject({ allowScripts: z.record(z.string(), z.literal(false)).default({}) })
      .parse(read(`${folder}package.json`));
    const lock = z
      .looseObject({ packages: z.record(z.string(), z.looseObject({ hasInstallScript: z.boolean().default(false) })) })
      .parse(read(`${folder}package-lock.json`));
    const scripted = Object.entries(lock.packages)
      .filter(([path, { hasInstallScript }]) => path !== "" && hasInstallScript)
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    expect(scripted.filter((name) => !(name in allowScripts))).toEqual([]);
  },
);

test("a machine whose Node is older than 24.11, or 25, installs another, and no other machine does", () => {
  const bringers = Object.entries(packages).filter(
    ([path, { dependencies, optionalDependencies }]) =>
      path !== "" && Object.keys({ ...dependencies, ...optionalDependencies }).some((name) => NODE.test(`/${name}`)),
  );
  expect(bringers.map(([path, { engines }]) => [path, engines?.node])).toEqual([["src/dev/node", "<24.11 || ^25"]]);
  expect(packages[""]?.optionalDependencies).toEqual({ "layerhook-node": "file:src/dev/node" });
});
