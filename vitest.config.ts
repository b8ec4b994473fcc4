import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import pages from "./vite.config.ts";

const live = process.env["LAYERHOOK_LIVE"] === "1";

/** The tests see the pages' sources as the build does. What only tests need stands here: a deploy installs no vitest. */
export default mergeConfig(
  pages,
  defineConfig({
    test: {
      root: fileURLToPath(new URL(".", import.meta.url)),
      include: [live ? "tests/live/**/*.test.ts" : "tests/**/*.test.ts"],
      exclude: ["**/node_modules/**", "tests/lambda/**", ...(live ? [] : ["tests/live/**"])],
      // Vitest leaves one core to itself, which is one of two on a small machine, and needs it only for a moment.
      maxWorkers: "100%",
      setupFiles: ["tests/support/watchSecrets.ts"],
      // The first test of a file may read and compile the whole description of the API, on a machine that does other things.
      testTimeout: 60_000,
    },
  }),
);
