/**
 * Gives every npm script of this project a Node that its packages can run on.
 *
 * Machines often carry Node 20. The optional package in `src/dev/node` depends on a Node binary for each platform, pinned by the
 * lockfile, and its `engines` are the Nodes that are too old: elsewhere npm (from 11.6) does not install it. npm puts
 * `node_modules/.bin` first on the PATH of every script. npm 10 and older make no link there when several packages offer a `node`,
 * so this script does.
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
