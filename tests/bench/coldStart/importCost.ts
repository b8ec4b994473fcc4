import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { zipFunction } from "@netlify/zip-it-and-ship-it";
import { z } from "zod";
import { limitCpu } from "../../lambda/lab/cpuShare.ts";

const child = fileURLToPath(new URL("importFunction.mjs", import.meta.url));
const costSchema = z.object({
  /** Of the processor, until Node and Netlify's start are there (ms). */
  startCpu: z.number(),
  /** Of the processor, for the import of the function (ms). */
  importCpu: z.number(),
  /** By the clock, for the import of the function (ms). */
  wall: z.number(),
});
/** What a cold start of a function costs until the function is loaded. */
export type ImportCost = z.infer<typeof costSchema>;

/**
 * Loads a deployed function in a fresh process, the function itself with `share` of a core (null: all of it). Throws where
 * this machine lets nobody limit a process.
 */
export const importOnce = async (folder: string, share: number | null): Promise<ImportCost> => {
  const running = spawn(process.execPath, [child, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(running, "exit");
  let unlimit = (): void => {};
  try {
    const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
    await lines.next();
    if (share !== null && running.pid !== undefined) unlimit = limitCpu(running.pid, share);
    running.stdin.write("go\n");
    const { value } = await lines.next();
    return costSchema.parse(JSON.parse(value ?? ""));
  } finally {
    running.kill();
    await exited;
    unlimit();
  }
};

/**
 * Deploys a function that imports `@netlify/blobs` and does nothing else, as Netlify's bundler makes it of anybody's
 * source. Returns its folder. The source lies below `root`, where its package is found.
 */
export const deployBlobsAlone = async (root: string, output: string): Promise<string> => {
  const directory = join(root, ".netlify", "blobs-alone");
  mkdirSync(directory, { recursive: true });
  const source = join(directory, "blobs-alone.mjs");
  writeFileSync(
    source,
    'import { getStore } from "@netlify/blobs";\nexport default async () => Response.json(await getStore("any").get("key"));\n',
  );
  const deployed = await zipFunction(source, output, { basePath: root, archiveFormat: "none" });
  if (deployed === undefined) throw new Error("the function of @netlify/blobs alone was not bundled");
  return deployed.path;
};
