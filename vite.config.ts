import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { apiPageBuild } from "./src/dev/apiPage.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: `${here}src/dashboard`,
  plugins: [apiPageBuild(here)],
  build: { outDir: `${here}dist`, emptyOutDir: true },
  test: {
    root: here,
    include: [process.env["LAYERHOOK_LIVE"] === "1" ? "tests/live/**/*.test.ts" : "tests/**/*.test.ts"],
    exclude: ["node_modules/**", ...(process.env["LAYERHOOK_LIVE"] === "1" ? [] : ["tests/live/**"])],
    setupFiles: ["tests/support/watchSecrets.ts"],
    // The first test of a file may read and compile the whole description of the API, on a machine that does other things.
    testTimeout: 60_000,
  },
});
