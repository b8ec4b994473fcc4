import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipFunctions } from "@netlify/zip-it-and-ship-it";
import { bundleFunctions } from "../../src/dev/functions/bundleFunctions.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The functions as a deploy makes them, and the folder that holds them. */
export interface ColdFunctions {
  /** What the build makes, one file a function with its source map. */
  readonly built: string;
  /** What Netlify's bundler makes of those files. */
  readonly deployed: Awaited<ReturnType<typeof zipFunctions>>;
  remove(): void;
}

/** Makes the functions as a deploy does: by the build, then by Netlify's bundler. Takes some seconds. */
export const makeColdFunctions = async (): Promise<ColdFunctions> => {
  const folder = mkdtempSync(join(tmpdir(), "layerhook-functions-"));
  const built = join(folder, "built");
  await bundleFunctions(root, built);
  const deployed = await zipFunctions(built, join(folder, "deployed"), { basePath: folder, archiveFormat: "none" });
  return { built, deployed, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
