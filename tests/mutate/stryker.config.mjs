const cache = "node_modules/.cache/stryker";

/**
 * Changes the code of the core and the store in every small way there is, one at a time, and asks whether a test notices.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  mutate: ["src/core/**/*.ts", "src/store/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "tests/mutate/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 5000,
  timeoutFactor: 2,
  // Not below node_modules, whose files the test runner takes as they are.
  tempDirName: ".stryker-tmp",
  // The sandbox has every file that tsconfig.json names; rewriting it needs a compiler API that TypeScript 7 has not.
  tsconfigFile: "none",
  incremental: true,
  incrementalFile: `${cache}/incremental.json`,
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: `${cache}/report.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  allowConsoleColors: false,
  thresholds: { high: 99, low: 97, break: 95 },
};
