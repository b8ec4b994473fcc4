/** Proves on a live site what the system assumes of the platform. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline/promises";
import { runCommand } from "../../src/cli/cli.ts";
import type { Outside } from "./outside.ts";
import { verifyCommand } from "./verifyCommand.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // What was created is deleted before the process ends, however often somebody asks.
    if (!interruption.signal.aborted) console.error("Ends, and deletes what it created …");
    interruption.abort();
  });
}

const confirm: Outside["confirm"] = async (question) => {
  if (!process.stdin.isTTY) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  terminal.on("SIGINT", () => interruption.abort());
  const answer = await terminal.question(question, { signal: interruption.signal }).catch(() => "");
  terminal.close();
  return answer.trim().toLowerCase() === "yes";
};

const run: Outside["run"] = async (command, args, environment) => {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    // npx is a script there.
    shell: process.platform === "win32",
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += String(chunk);
  });
  const end = (): void => void child.kill("SIGTERM");
  interruption.signal.addEventListener("abort", end);
  try {
    const [status] = await once(child, "close");
    return { status: typeof status === "number" ? status : null, ...output };
  } catch (error) {
    return { status: null, stdout: output.stdout, stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    interruption.signal.removeEventListener("abort", end);
  }
};

await runCommand((args, surroundings) =>
  verifyCommand(args, {
    ...surroundings,
    now: () => Date.now(),
    confirm,
    run,
    write(path, text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    },
    random: (bytes) => randomBytes(bytes).toString("hex"),
    interrupted: interruption.signal,
  }),
);
// A wait that Ctrl-C cut short would keep the process for as long as it was meant to be.
process.exit();
