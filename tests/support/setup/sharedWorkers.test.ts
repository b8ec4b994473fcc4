import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ALONE, SHARED, SHARED_BROWSER } from "./sharedWorkers.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const TRACE =
  /\bvi\.(?:mock|doMock|stubEnv|resetModules)\(|\bprocess\.(?:env\b[^;\n]*[^=!<>]=[^=]|chdir|on\()|child_process"/;
const leavesTrace = (file: string): boolean => TRACE.test(readFileSync(join(root, file), "utf8"));

test("a test file that shares its worker mocks no module, sets no environment variable and starts no process", () => {
  const files = globSync(`tests/{${[...SHARED, ...SHARED_BROWSER].join(",")}}/**/*.test.ts`, { cwd: root });
  expect(files.length).toBeGreaterThan(100);
  const here = join("tests", "support", "setup", "sharedWorkers.test.ts");
  expect(files.filter((file) => file !== here && leavesTrace(file)).sort()).toEqual(ALONE);
});
