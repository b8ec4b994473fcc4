import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const packageSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()) });
const installedSchema = z.looseObject({ version: z.string() });

const isInstalled = (folder: string): boolean => {
  const { dependencies } = packageSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  return Object.entries(dependencies).every(([name, wanted]) => {
    const file = join(folder, "node_modules", name, "package.json");
    return existsSync(file) && installedSchema.parse(JSON.parse(readFileSync(file, "utf8"))).version === wanted;
  });
};

/** Installs what a folder's own lockfile pins, unless it is there. Returns whether it is there now. */
export const installWorkspace = (folder: string): boolean => {
  if (isInstalled(folder)) return true;
  console.error(`Installing ${folder} (once) …`);
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return status === 0 && isInstalled(folder);
};
