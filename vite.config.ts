import { defineConfig } from "vitest/config";

export default defineConfig({
  root: ".",
  build: { outDir: "dist", emptyOutDir: true },
  test: { include: ["tests/**/*.test.ts"], exclude: ["tests/live/**", "node_modules/**"], testTimeout: 20_000 },
});
