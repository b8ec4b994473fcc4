import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { trialSchema } from "./trialSchemas.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url)).replaceAll("\\", "/");
const KNOW_VITEST = [own("gatheredTests.ts"), own("judgeMutants.ts")];

const folder = process.env["LAYERHOOK_TRIAL"];
if (folder === undefined) throw new Error("`npm run mutate` starts these tests.");
const { instrumented, mutants } = trialSchema.parse(JSON.parse(readFileSync(`${folder}/trial.json`, "utf8")));
const mutated = new Set(mutants.map(({ fileName }) => fileName));

export default defineConfig({
  root,
  plugins: [
    {
      name: "mutants",
      enforce: "pre",
      resolveId: (source, importer) =>
        source === "vitest" && importer !== undefined && !KNOW_VITEST.includes(importer)
          ? own("gatheredTests.ts")
          : undefined,
      load: (id) => {
        const path = relative(root, id).replaceAll("\\", "/");
        return mutated.has(path) && existsSync(id) ? readFileSync(`${instrumented}/${path}`, "utf8") : undefined;
      },
    },
  ],
  test: {
    include: ["tests/mutate/judgeMutants.ts"],
    env: { LAYERHOOK_REPETITIONS_PERCENT: "3" },
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 0,
    // Kept modules would be those of other mutants: the cache knows a file by its content, not by what `load` gives.
    fsModuleCache: false,
  },
});
