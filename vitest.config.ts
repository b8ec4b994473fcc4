import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import { ALONE, SHARED, SHARED_BROWSER } from "./tests/support/setup/sharedWorkers.ts";
import pages from "./vite.config.ts";

const elsewhere = ["**/node_modules/**", "tests/lambda/**"];
const projects =
  process.env["LAYERHOOK_LIVE"] === "1"
    ? [{ extends: true as const, test: { name: "live", include: ["tests/live/**/*.test.ts"], exclude: elsewhere } }]
    : [
        // Vitest runs projects in the order of their names. The long files come first, and the short ones fill both cores.
        {
          extends: true as const,
          test: {
            name: "alone",
            include: [`tests/!(${[...SHARED, ...SHARED_BROWSER].join("|")})/**/*.test.ts`, ...ALONE],
            exclude: [...elsewhere, "tests/live/**"],
          },
        },
        {
          extends: true as const,
          test: {
            name: "browser",
            include: SHARED_BROWSER.map((folder) => `tests/${folder}/**/*.test.ts`),
            exclude: elsewhere,
            isolate: false,
          },
        },
        {
          extends: true as const,
          test: {
            name: "shared",
            include: SHARED.map((folder) => `tests/${folder}/**/*.test.ts`),
            exclude: [...elsewhere, ...ALONE],
            isolate: false,
          },
        },
      ];

/** The tests see the pages' sources as the build does. What only tests need stands here: a deploy installs no vitest. */
export default mergeConfig(
  pages,
  defineConfig({
    test: {
      root: fileURLToPath(new URL(".", import.meta.url)),
      projects,
      // Vitest leaves one core to itself, which is one of two on a small machine, and needs it only for a moment.
      maxWorkers: "100%",
      // Garbage of a short life fits, which saves an eighth of the time of the worlds and the simulation.
      execArgv: ["--max-semi-space-size=64"],
      setupFiles: ["tests/support/setup/watchSecrets.ts"],
      // The first test of a file may read and compile the whole description of the API, on a machine that does other things.
      testTimeout: 60_000,
    },
  }),
);
