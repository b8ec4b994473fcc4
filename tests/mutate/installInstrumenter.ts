import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NAME = "@stryker-mutator/instrumenter";
const INSTALL = ["ci", "--prefix", own("."), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

const wantedSchema = z.looseObject({ dependencies: z.looseObject({ [NAME]: z.string() }) });
const installedSchema = z.looseObject({ version: z.string() });

const isInstalled = (): boolean => {
  const path = own(`node_modules/${NAME}/package.json`);
  if (!existsSync(path)) return false;
  const wanted = wantedSchema.parse(JSON.parse(readFileSync(own("package.json"), "utf8")));
  return installedSchema.parse(JSON.parse(readFileSync(path, "utf8"))).version === wanted.dependencies[NAME];
};

/** Installs Stryker's instrumenter into this folder, from its lockfile, unless it is there. Throws if npm fails. */
export const installInstrumenter = (): void => {
  if (isInstalled()) return;
  console.error("Installing Stryker's instrumenter (23 MB, once) …");
  const { status } = spawnSync("npm", INSTALL, {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm could not install the instrumenter; `npm ci --prefix tests/mutate` says why");
};
