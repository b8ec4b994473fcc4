import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { compileCache } from "./cache.ts";

const MAIN = fileURLToPath(new URL("../../src/dev/main.ts", import.meta.url));

/** A dev server in a process of its own, and what it has printed. */
export interface DevServer {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<unknown[]>;
}

/** Starts a dev server, which is killed when the test has finished. */
export const startDevServer = (env: Record<string, string>, args: readonly string[] = []): DevServer => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  return { child, output: () => output, ended: once(child, "exit") };
};

/** Resolves when a dev server has printed the text. Throws if it ends before. */
export const printed = async ({ child, output, ended }: DevServer, text: string): Promise<void> => {
  while (!output().includes(text)) {
    const next = await Promise.race([once(child.stdout ?? child, "data"), ended.then(() => "ended")]);
    if (next === "ended") throw new Error(`The dev server ended too early: ${output()}`);
  }
};
