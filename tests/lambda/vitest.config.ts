import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("../..", import.meta.url));

export default defineConfig({
  root,
  test: {
    include: ["tests/lambda/*.test.ts"],
    globalSetup: ["tests/lambda/lab/bundleOnce.ts"],
    // Thirty instances at once are enough for a machine.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
