import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The tests that judge a mutant, quick ones first: the first that fails ends its trial. */
const JUDGES = [
  "tests/core/!(properties|world|size).test.ts",
  "tests/store/{update,memory,blobs,blobs.faults}.test.ts",
  "tests/core/{size,properties}.test.ts",
  "tests/app/{schedules,work}.test.ts",
];
const rank = ({ moduleId }: TestSpecification): number =>
  ["/tests/core/", "/tests/store/", ".test.ts"].findIndex((part) => moduleId.includes(part)) +
  (/(properties|size)\.test/.test(moduleId) ? 2.5 : 0);

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: JUDGES,
    env: { LAYERHOOK_REPETITIONS_PERCENT: "5" },
    isolate: false,
    setupFiles: ["tests/mutate/seed.ts"],
    sequence: { sequencer: QuickFirst },
    testTimeout: 20_000,
  },
});
