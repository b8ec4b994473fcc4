import { globSync } from "node:fs";
import { matchesGlob, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The tests that judge a mutant, in this order: the first that fails ends its trial, so the quick ones come first. Left
 * out are those that take seconds each and rest on the same code: the explored worlds, the simulation, HTTP.
 */
const JUDGES = [
  "tests/core/schemas.test.ts",
  "tests/core/*/**/*.test.ts",
  "tests/core/!(properties|schemas|size|values).test.ts",
  "tests/store/{update,update.steps,memory,keys,codec,stepBack,pacedFetch,blobs.faults,blobs.requests}.test.ts",
  "tests/core/{size,values,properties}.test.ts",
  "tests/store/blobs.test.ts",
  "tests/app/worker/*.test.ts",
  "tests/app/repair/schedules.test.ts",
];
const unmatched = JUDGES.filter((judge) => globSync(judge, { cwd: root }).length === 0);
if (unmatched.length > 0) throw new Error(`No test is named like ${unmatched.join(", ")}: who judges the mutants?`);

const rank = ({ moduleId }: TestSpecification): number =>
  JUDGES.findIndex((judge) => matchesGlob(relative(root, moduleId), judge));

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  root,
  test: {
    include: JUDGES,
    env: { LAYERHOOK_REPETITIONS_PERCENT: "3" },
    setupFiles: ["tests/mutate/seed.ts", "tests/mutate/stopAtFailure.ts"],
    sequence: { sequencer: QuickFirst },
    // One worker for all files of a trial; each trial has a new one.
    isolate: false,
    testTimeout: 60_000,
  },
});
