import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { z } from "zod";
import { runNode } from "../runNode.ts";
import type { Breakage } from "./breakage.ts";
import { breakages } from "./breakages.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** How many worlds a breakage may survive; the first of them come before the small worlds, which take longer. */
const SOON = 250;
const SURVIVABLE = 4000;

/** What of the project a law or a test needs. */
export const PARTS: readonly string[] = [
  ...[
    "docs/examples",
    "src",
    "tests/api",
    "tests/app",
    "tests/core",
    "tests/edge",
    "tests/senders",

    "tests/simulate",
    "tests/status",
    "tests/support",
    "tests/watch",
    "tests/worlds",
  ],
  ...["package.json", "tsconfig.json", "vite.config.ts", "vitest.config.ts"],
];

/** A copy of the project with one defence taken out; null if the text to break is not there (any more). */
const broken = ({ patches }: Breakage): { readonly copy: string } | { readonly missing: string } => {
  const copy = mkdtempSync(join(tmpdir(), "layerhook-broken-"));
  for (const part of PARTS) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const { file, from, to } of patches) {
    const whole = readFileSync(join(copy, file), "utf8");
    if (whole.split(from).length !== 2) {
      rmSync(copy, { recursive: true, force: true });
      return { missing: file };
    }
    const text = whole.replace(from, () => to);
    writeFileSync(join(copy, file), text);
  }
  return { copy };
};

const seedThat = (told: string): string | null => {
  const [, seed, law] = /^seed (\d+): (.*)$/m.exec(told) ?? [];
  return seed === undefined ? null : `"${law}", with seed ${seed}`;
};

const worldThat = (told: string): string | null => {
  const [, world, law] = /^world (.*?): (.*)$/m.exec(told) ?? [];
  return world === undefined ? null : `"${law}", in the small world "${world}"`;
};

const resultSchema = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) })),
});

/** The first test of a file that fails; null: none does. Throws if the file has no test that runs. */
const testThat = async (copy: string, file: string): Promise<string | null> => {
  const results = join(copy, "results.json");
  const args = ["run", file, "--reporter=json", `--outputFile=${results}`];
  // Tests that fail end in an exit code, which rejects.
  await runNode(join(ROOT, "node_modules/vitest/vitest.mjs"), args, copy).catch(() => undefined);
  const { testResults } = resultSchema.parse(JSON.parse(readFileSync(results, "utf8")));
  const tried = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (tried.length === 0) throw new Error(`${file} cannot be loaded`);
  const failed = tried.find((one) => one.status === "failed");
  return failed === undefined ? null : `"${failed.title}", a test of ${file}`;
};

/** What notices the breakage, in words; null: nothing does. */
const noticed = async (copy: string, { seed, test }: Breakage): Promise<string | null> => {
  if (test !== undefined) return testThat(copy, test);
  const seeds = (first: number, count: number) => {
    const args = ["--first", "--seed", `${first}`, "--seeds", `${count}`];
    return runNode(join(copy, "tests/simulate/main.ts"), args, copy);
  };
  return (
    (seed === undefined ? null : seedThat(await seeds(seed, 1))) ??
    seedThat(await seeds(1, SOON)) ??
    worldThat(await runNode(join(copy, "tests/worlds/main.ts"), ["--ordinary", "--first"], copy)) ??
    seedThat(await seeds(1 + SOON, SURVIVABLE - SOON))
  );
};

const tell = async (breakage: Breakage): Promise<boolean> => {
  const made = broken(breakage);
  if ("missing" in made) {
    console.log(`NOT APPLIED  ${breakage.name}: ${made.missing} does not hold the text once`);
    return false;
  }
  try {
    const by = await noticed(made.copy, breakage);
    console.log(
      `${by === null ? "NOT CAUGHT" : "caught"}  ${breakage.name} (without: ${breakage.without})${by === null ? "" : `: ${by}`}`,
    );
    return by !== null;
  } catch (error) {
    console.log(`NOT TRIED  ${breakage.name}: ${error instanceof Error ? error.message : error}`);
    return false;
  } finally {
    rmSync(made.copy, { recursive: true, force: true });
  }
};

/** Takes every defence whose name holds `only` out of a copy of the project, and tells what notices. */
export const breakAll = async (only: string, jobs: number): Promise<void> => {
  const limit = pLimit(jobs);
  const chosen = breakages.filter(({ name }) => name.includes(only));
  const caught = await Promise.all(chosen.map((breakage) => limit(() => tell(breakage))));
  const missed = caught.filter((was) => !was).length;
  console.log(`${chosen.length} breakages, ${missed} not caught`);
  if (missed > 0) process.exitCode = 1;
};
