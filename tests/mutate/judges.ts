import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The tests that judge a mutant. Left out are those that take seconds each and rest on the same code: the explored
 * worlds, the simulation, HTTP.
 */
const JUDGES = [
  "tests/core/**/*.test.ts",
  "tests/store/{update,update.steps,memory,keys,codec,stepBack,pacedFetch,blobs,blobs.faults,blobs.requests}.test.ts",
  "tests/app/worker/*.test.ts",
  "tests/app/repair/schedules.test.ts",
];

const filesOf = (pattern: string): string[] => {
  const files = globSync(pattern, { cwd: root }).map((path) => path.replaceAll("\\", "/"));
  if (files.length === 0) throw new Error(`No test is named like ${pattern}: who judges the mutants?`);
  return files;
};

/** The paths of all tests that judge a mutant. Throws if a pattern matches no file. */
export const judges = (): string[] => JUDGES.flatMap(filesOf).sort();

/** Says whether a test's path is in the folder of a room's own tests: `tests/core/watch` for `core/watch`. */
export const isOwnJudge = (room: string, path: string): boolean =>
  path.slice(0, path.lastIndexOf("/")) === `tests/${room}`;
