/** Run by vitest, with the instrumented sources: tries each mutant of a trial with the tests that reach it. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type GatheredTest, gatherTests } from "./gatheredTests.ts";
import { trialSchema, type Verdict, verdictLineSchema } from "./trialSchemas.ts";

type Counts = Record<string, number>;

declare global {
  /** How instrumented code is told which mutant acts, and counts what a test reaches. */
  var __stryker__:
    | {
        activeMutant?: string | undefined;
        currentTestId?: string | undefined;
        hitCount?: number | undefined;
        hitLimit?: number | undefined;
        mutantCoverage?: { static: Counts; perTest: Record<string, Counts> };
      }
    | undefined;
}

// Every mutant is judged by the same examples: a score that moves by chance could not be guarded.
fc.configureGlobal({ seed: 1_800_000_000 });

globalThis.__stryker__ ??= {};
const switches = globalThis.__stryker__;
const folder = process.env["LAYERHOOK_TRIAL"] ?? "";
const trial = trialSchema.parse(JSON.parse(readFileSync(`${folder}/trial.json`, "utf8")));
const record = `${folder}/verdicts.jsonl`;

const sayNow = (mutant?: string): void =>
  writeFileSync(`${folder}/now.json`, JSON.stringify({ pid: process.pid, mutant }));

/** Runs a test, and returns why it failed. A mutant is noticed by any failure, be it that the machine was slow. */
const failureOf = async ({ run }: GatheredTest): Promise<unknown> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error ?? new Error("failed");
  }
};

/** The failure of a test on the code as it is, which runs again if a busy machine may have failed it. */
const lastingFailureOf = async (test: GatheredTest): Promise<unknown> =>
  (await failureOf(test)) === undefined ? undefined : await failureOf(test);

interface Reached {
  readonly test: GatheredTest;
  readonly tookMs: number;
  readonly hits: Counts;
}

/** Runs each test once on the code as it is, and notes which mutants it reaches. */
const reach = async (tests: readonly GatheredTest[]): Promise<Reached[]> => {
  const wanted = new Set(trial.mutants.map(({ id }) => id));
  const all: Reached[] = [];
  for (const test of tests) {
    sayNow();
    switches.currentTestId = test.id;
    const from = performance.now();
    const failure = await lastingFailureOf(test);
    switches.currentTestId = undefined;
    if (failure !== undefined) throw new Error(`${test.id} fails on the code as it is`, { cause: failure });
    const perTest = switches.mutantCoverage?.perTest ?? {};
    const hits = Object.entries(perTest[test.id] ?? {}).filter(([id]) => wanted.has(id));
    // A test reaches many mutants of other trials, which need not be kept.
    delete perTest[test.id];
    all.push({ test, tookMs: performance.now() - from, hits: Object.fromEntries(hits) });
  }
  return all;
};

const judge = async (id: string, reached: readonly Reached[]): Promise<Verdict> => {
  const hits = reached.reduce((sum, one) => sum + (one.hits[id] ?? 0), 0);
  // Ends a loop that the mutant makes endless.
  Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: hits * 10 + 1000 });
  try {
    for (const { test } of reached) {
      sayNow(id);
      if ((await failureOf(test)) !== undefined) return "noticed";
    }
    return "survived";
  } finally {
    Object.assign(switches, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
  }
};

test("each mutant of a trial is judged", async () => {
  const tests: GatheredTest[] = [];
  for (const file of trial.tests) tests.push(...(await gatherTests(file)));
  const reached = (await reach(tests)).sort((a, b) => a.tookMs - b.tookMs);
  const whileLoading = { ...switches.mutantCoverage?.static };
  const lines = existsSync(record) ? readFileSync(record, "utf8").split("\n").filter(Boolean) : [];
  const judged = new Set(lines.map((line) => verdictLineSchema.parse(JSON.parse(line))[0]));
  for (const { id, passed } of trial.mutants) {
    if (judged.has(id)) continue;
    const reaching = reached.filter(({ hits }) => hits[id] !== undefined);
    const left = reaching.filter(({ test }) => !passed.includes(test.file));
    const untried: Verdict = whileLoading[id] === undefined ? "untested" : "static";
    const verdict = reaching.length === 0 ? untried : await judge(id, left);
    appendFileSync(record, `${JSON.stringify([id, verdict])}\n`);
  }
  sayNow();
  // A mutant that left something behind would be noticed by tests that cannot notice the ones after it.
  const marked: string[] = [];
  const tried = reached.filter(({ hits }) => trial.mutants.some(({ id }) => hits[id] !== undefined));
  for (const { test } of tried) if ((await lastingFailureOf(test)) !== undefined) marked.push(test.id);
  expect(marked).toEqual([]);
  writeFileSync(`${folder}/ended`, "");
});
