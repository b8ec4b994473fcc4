import { enableCompileCache, flushCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine, number } from "../cli/commandLine.ts";
import { readConfig } from "../edge/config.ts";
import { DataDirectoryInUseError } from "./dataDirectory.ts";
import { DEMO_LAYER_ID, seedDemo } from "./demo/demo.ts";
import type { DevServer } from "./devServer.ts";
import { DEFAULT_PORT, PortError } from "./listen.ts";
import { whoStarted } from "./whoStarted.ts";

const { values } = commandLine({
  call: "npm run dev",
  does: `Runs the whole system on this machine, with a demo layer. It goes on until Ctrl-C.

PORT                the port; 8888 or the next free one if unset
LAYERHOOK_DATA_DIR  the folder of its data; .layerhook if unset
The other variables are those of a deploy: see the table in README.md.`,
  options: z.object({ port: number("the port, whatever PORT says", 0, 65_535).optional() }),
});

const CLOSE_WITHIN_MS = 1_000;
const PARENT_EVERY_MS = 250;
/** A server that was just stopped may hold its port and its folder for a moment longer. */
const WAIT_FOR_FORMER_MS = 4_000;

const requestedPort = values.port?.toString() ?? (process.env["PORT"] || undefined);
const report = (line: string): void => console.log(line);
const root = resolve(fileURLToPath(import.meta.url), "../../..");
const dataDirectory = resolve(root, process.env["LAYERHOOK_DATA_DIR"] || ".layerhook");

// A promise nobody looked at, of ours or of a dependency, is a bug to read about and no reason to drop everybody's work.
process.on("unhandledRejection", (reason) => {
  console.error("Unhandled rejection in the dev server:", reason);
});
// After an uncaught exception the state is unknown: it is said aloud and the process ends. What was answered is on disk.
process.on("uncaughtException", (error) => {
  console.error("The dev server failed:", error);
  process.exit(1);
});

let server: DevServer | undefined;
let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  // What still runs is given up, as the platform gives up instances: every state outlives that.
  void setTimeout(CLOSE_WITHIN_MS, undefined, { ref: false }).then(() => process.exit(0));
  void Promise.resolve(server?.close()).finally(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// npm starts this through a shell that dies of a signal without passing it on, and `netlify dev` leaves behind what it
// started. Whoever stops one of them means this server.
const starters = whoStarted();
const watched = process.env["npm_lifecycle_event"] !== undefined || process.env["NETLIFY_DEV"] === "true";
/** Whether this server is on its way out. Looked at before each answer, or a successor's callers would be answered here. */
const leaving = (): boolean => {
  if (watched && whoStarted() !== starters) stop();
  return stopping;
};
if (watched) setInterval(leaving, PARENT_EVERY_MS).unref();
// A reader of the output that goes away is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// Netlify's analyser is large: the second start is done in half the time. Hence the late import.
enableCompileCache(join(dataDirectory, "compile-cache"));
process.env["NODE_COMPILE_CACHE"] ??= join(dataDirectory, "compile-cache");

try {
  const { startDevServer } = await import("./devServer.ts");
  const start = (): Promise<DevServer> => startDevServer({ root, dataDirectory, port: requestedPort, report, leaving });
  server = await afterFormer(start);
  // Before the addresses are printed: whoever reads them may call them at once.
  if (!stopping) await seedDemo(server.base, server.ownerToken).catch(notSeeded);
  if (stopping) await server.close();
  else announce(server);
  flushCompileCache();
} catch (error) {
  const known = error instanceof PortError || error instanceof DataDirectoryInUseError;
  const text = error instanceof Error ? error.message : String(error);
  console.error(known ? text : `The dev server could not start with its data in ${dataDirectory}: ${text}`);
  process.exit(1);
}

/** Starts; what is still in use is waited for, as long as a former server may take to leave. */
async function afterFormer(start: () => Promise<DevServer>): Promise<DevServer> {
  const until = performance.now() + WAIT_FOR_FORMER_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const inUse = error instanceof PortError || error instanceof DataDirectoryInUseError;
      if (!inUse || stopping || performance.now() >= until) throw error;
      await setTimeout(PARENT_EVERY_MS);
    }
  }
}

function notSeeded(error: unknown): void {
  report(`The demo layer could not be set up: ${error instanceof Error ? error.message : String(error)}`);
}

function announce({ base, port, ownerToken, ownerTokenGenerated, functionNames }: DevServer): void {
  const publish = `${base}/hooks/data_layer/data_source/publish/${DEMO_LAYER_ID}`;
  const lines = [
    "",
    `Layerhook is ready on ${base} after ${(process.uptime() * 1000).toFixed(0)} ms.`,
    ...(requestedPort === undefined && port !== DEFAULT_PORT
      ? [`(Port ${DEFAULT_PORT} is taken, so this is the next free one.)`]
      : []),
    ...readConfig(process.env, true).problems.map((problem) => `Management is disabled until you fix this: ${problem}`),
    ...(functionNames.length === 0 ? ["No function could be loaded from netlify/functions."] : []),
    "",
    `  Dashboard     ${base}/`,
    `  Demo site     ${base}/demo/site`,
    `  Demo webhook  ${publish}`,
    ...(ownerTokenGenerated ? [`  Owner token   ${ownerToken}`] : []),
    `  Data          ${dataDirectory}`,
    "",
    "Trigger a sync:",
    "",
    `  curl -X POST ${publish}`,
    "",
  ];
  report(lines.join("\n"));
}
