/**
 * Links a Node that is new enough for the packages into `node_modules/.bin`, for every npm script of this project.
 *
 * Many machines have Node 20. The optional package in `src/dev/node` depends on a Node binary for each platform, pinned
 * by the lockfile. Its `engines` are the Nodes that are too old, so npm 11.6 and newer installs it only there. npm puts
 * `node_modules/.bin` first on the PATH of every script, but npm 10 and older links no `node` there if several packages
 * offer one. This script makes that link.
 *
 * The script runs on the machine's own Node, so it is plain JavaScript without dependencies.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const windows = process.platform === "win32";
const binary = windows ? "node.exe" : "node";
const candidates = [
  `node-${windows ? "win" : process.platform}-${process.arch}`,
  `node-bin-${process.platform}-${process.arch}`,
];
const source = candidates
  .map((name) => join(root, "node_modules", name, "bin", binary))
  .find((path) => existsSync(path));

if (source !== undefined) {
  const bin = join(root, "node_modules", ".bin");
  const target = join(bin, binary);
  mkdirSync(bin, { recursive: true });
  for (const stale of [target, join(bin, "node.cmd"), join(bin, "node.ps1"), join(bin, "node")])
    rmSync(stale, { force: true });
  if (!windows) symlinkSync(source, target);
  else {
    try {
      linkSync(source, target);
    } catch {
      copyFileSync(source, target);
    }
  }
}
