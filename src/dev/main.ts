import { enableCompileCache, flushCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DataDirectoryInUseError } from "./dataDirectory.ts";
import { DEMO_LAYER_ID, seedDemo } from "./demo.ts";
import type { DevServer } from "./devServer.ts";
import { PortError } from "./listen.ts";

const CLOSE_WITHIN_MS = 1_000;
const DEFAULT_PORT = 8888;

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
  setTimeout(() => process.exit(0), CLOSE_WITHIN_MS).unref();
  void Promise.resolve(server?.close()).finally(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

// Netlify's analyser is large: the second start is done in half the time. Hence the late import.
enableCompileCache(join(dataDirectory, "compile-cache"));
process.env["NODE_COMPILE_CACHE"] ??= join(dataDirectory, "compile-cache");

try {
  const { startDevServer } = await import("./devServer.ts");
  server = await startDevServer({ root, dataDirectory, port: process.env["PORT"] || undefined, report });
  // Before the addresses are printed: whoever reads them may call them at once.
  if (!stopping) await seedDemo(server.base, server.ownerToken).catch(notSeeded);
  if (stopping) await server.close();
  else announce(server);
  flushCompileCache();
} catch (error) {
  if (!(error instanceof PortError || error instanceof DataDirectoryInUseError)) throw error;
  console.error(error.message);
  process.exit(1);
}
function notSeeded(error: unknown): void {
  report(`The demo layer could not be set up: ${error instanceof Error ? error.message : String(error)}`);
}

function announce({ base, port, ownerToken, ownerTokenGenerated, functionNames }: DevServer): void {
  const publish = `${base}/hooks/data_layer/data_source/publish/${DEMO_LAYER_ID}`;
  const lines = [
    "",
    `Layerhook is ready on ${base} after ${(process.uptime() * 1000).toFixed(0)} ms.`,
    ...(!process.env["PORT"] && port !== DEFAULT_PORT
      ? [`(Port ${DEFAULT_PORT} is taken, so this is the next free one.)`]
      : []),
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
