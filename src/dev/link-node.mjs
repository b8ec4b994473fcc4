/**
 * Gives every npm script of this project a Node that its packages can run on.
 *
 * The packages need Node ≥ 22.19, machines often carry 20. A Node binary for this platform comes as an ordinary
 * (optional, lockfile-pinned) dependency; npm 10 and older drop the `node_modules/.bin/node` link when several packages
 * offer the same bin name, so it is made here. npm puts `node_modules/.bin` first on the PATH of every script.
 *
 * Runs on the machine's own Node, therefore plain JavaScript without a dependency.
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
