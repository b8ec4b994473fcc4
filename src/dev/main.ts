import { enableCompileCache, flushCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine, flag, number } from "../cli/commandLine.ts";
import { readConfig } from "../edge/config.ts";
import { banner } from "./banner.ts";
import { DataDirectoryInUseError } from "./dataDirectory.ts";
import { DEMO_LAYER_ID, seedDemo } from "./demo/demo.ts";
import type { DevServer } from "./devServer.ts";
import { DEFAULT_PORT, PortError } from "./listen.ts";
import { createTerminal } from "./terminal/createTerminal.ts";
import { createOwnerNames } from "./terminal/ownerNames.ts";
import { whoStarted } from "./whoStarted.ts";

const { values } = commandLine({
  call: "npm run dev",
  does: `Runs the whole system on this machine, with a demo layer, until Ctrl-C. It prints its
addresses with a link that signs you in, then a line for each publish, sync, build, change and failure.

PORT                the port; 8888 or the next free one if unset
LAYERHOOK_DATA_DIR  the folder of its data; .layerhook if unset
NO_COLOR            no colors in the output, if set
The other variables are those of a deploy: see the table in docs/configuration.md.`,
  options: z.object({
    port: number("the port, instead of PORT", 0, 65_535).optional(),
    json: flag("prints the log as lines of JSON, including every request"),
    "build-seconds": number("how long a build of the demo takes", 0, 900).default(8),
  }),
});

const CLOSE_WITHIN_MS = 1_000;
const PARENT_EVERY_MS = 250;
/** How long to wait for the port and folder of a server that was just stopped. */
const WAIT_FOR_FORMER_MS = 4_000;

const demoBuildMs = values["build-seconds"] * 1000;
const requestedPort = values.port?.toString() ?? (process.env["PORT"] || undefined);
const write = (text: string): void => console.log(text);
const root = resolve(fileURLToPath(import.meta.url), "../../..");
const dataDirectory = resolve(root, process.env["LAYERHOOK_DATA_DIR"] || ".layerhook");

// An unhandled rejection is a bug to report, but no reason to stop the server.
process.on("unhandledRejection", (reason) => {
  console.error("Unhandled rejection in the dev server:", reason);
});
// After an uncaught exception the state is unknown, so the process ends. Everything that was answered is on disk.
process.on("uncaughtException", (error) => {
  console.error("The dev server failed:", error);
  process.exit(1);
});

let server: DevServer | undefined;
const terminal = values.json
  ? undefined
  : createTerminal({
      names: createOwnerNames(() => server),
      base: () => server?.base ?? "",
      write,
      colours: process.stdout.isTTY && !process.env["NO_COLOR"],
    });
const report = terminal?.note ?? write;
let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  // Running functions are dropped, as the platform drops instances. The stored state survives that.
  void setTimeout(CLOSE_WITHIN_MS, undefined, { ref: false }).then(() => process.exit(0));
  void Promise.resolve(server?.close()).finally(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// Stop this server when npm or `netlify dev` stops. npm's shell dies of a signal without passing it on, and `netlify
// dev` does not stop its children.
const starters = whoStarted();
const watched = process.env["npm_lifecycle_event"] !== undefined || process.env["NETLIFY_DEV"] === "true";
/**
 * Returns whether this server is stopping. Checked before each answer, or this server would answer the next one's
 * callers.
 */
const leaving = (): boolean => {
  if (watched && whoStarted() !== starters) stop();
  return stopping;
};
if (watched) setInterval(leaving, PARENT_EVERY_MS).unref();
// A closed output pipe must not end the server.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// The compile cache halves the second start, because Netlify's analyser is large. The import comes after this line for
// that.
enableCompileCache(join(dataDirectory, "compile-cache"));
process.env["NODE_COMPILE_CACHE"] ??= join(dataDirectory, "compile-cache");

try {
  const { startDevServer } = await import("./devServer.ts");
  const listeners = terminal === undefined ? {} : { onPrinted: terminal.show, onRequest: terminal.remember };
  const start = (): Promise<DevServer> =>
    startDevServer({ root, dataDirectory, port: requestedPort, report, leaving, demoBuildMs, ...listeners });
  server = await afterFormer(start);
  // Seed the demo before printing its URLs, because a reader may call them at once.
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

/** Calls `start`, and retries while a server that is stopping still holds the port or the folder. */
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

function announce({ base, port, ownerToken, ownerTokenGenerated, functionNames, signInLink }: DevServer): void {
  const text = banner({
    base,
    publish: `${base}/hooks/data_layer/data_source/publish/${DEMO_LAYER_ID}`,
    signIn: signInLink(),
    dataDirectory,
    startedAfterMs: process.uptime() * 1000,
    ownerToken: ownerTokenGenerated ? ownerToken : null,
    remarks: [
      ...(requestedPort === undefined && port !== DEFAULT_PORT
        ? [`(Port ${DEFAULT_PORT} is in use, so the dev server uses the next free port.)`]
        : []),
      ...readConfig(process.env, true).problems.map(
        (problem) => `Management is disabled until you fix this: ${problem}`,
      ),
      ...(functionNames.length === 0 ? ["No function could be loaded from netlify/functions."] : []),
    ],
  });
  write(text);
}
