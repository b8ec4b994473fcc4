import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nowSchema, type Trial, type Verdict, verdictLineSchema } from "./trialSchemas.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/mutate/vitest.config.ts"];
/** So long may one test of a mutant take. All judges together take seconds, on the code as it is. */
const PATIENCE_MS = 30_000;

const nowOf = (folder: string) => nowSchema.parse(JSON.parse(readFileSync(`${folder}/now.json`, "utf8")));

/** Ends a process whose test does not end. Resolves when `ended` does. */
const watch = async (folder: string, ended: Promise<unknown>): Promise<void> => {
  let isRunning = true;
  const end = ended.finally(() => {
    isRunning = false;
  });
  while (isRunning) {
    await Promise.race([end, setTimeout(1000, undefined, { ref: false })]);
    const path = `${folder}/now.json`;
    const isStuck = isRunning && existsSync(path) && Date.now() - statSync(path).mtimeMs > PATIENCE_MS;
    if (!isStuck || nowOf(folder).mutant === undefined) continue;
    // Vitest notices the end of its worker, and ends some seconds later.
    process.kill(nowOf(folder).pid, "SIGKILL");
    break;
  }
  await end;
};

const runProcess = async (folder: string): Promise<string> => {
  const env = { ...process.env, LAYERHOOK_TRIAL: folder };
  const child = spawn(process.execPath, VITEST, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += String(data);
    });
  }
  await watch(folder, new Promise((resolve) => child.once("close", resolve)));
  return output;
};

/**
 * Lets the tests of a trial judge its mutants in a process of its own, and in a fresh one after each mutant that does not
 * let a test end. Returns the verdict on each mutant. Throws if a test fails on the code as it is.
 */
export const runTrial = async (folder: string, trial: Trial): Promise<Map<string, Verdict>> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/trial.json`, JSON.stringify(trial));
  const record = `${folder}/verdicts.jsonl`;
  appendFileSync(record, "");
  for (;;) {
    const output = await runProcess(folder);
    if (existsSync(`${folder}/ended`)) break;
    const mutant = existsSync(`${folder}/now.json`) ? nowOf(folder).mutant : undefined;
    if (mutant === undefined) throw new Error(output);
    appendFileSync(record, `${JSON.stringify([mutant, "timeout"])}\n`);
    rmSync(`${folder}/now.json`);
  }
  const lines = readFileSync(record, "utf8").split("\n").filter(Boolean);
  return new Map(lines.map((line) => verdictLineSchema.parse(JSON.parse(line))));
};
