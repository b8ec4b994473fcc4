import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DAY } from "../../src/core/durations.ts";
import { createBuiltPages } from "../../src/dev/pages/builtPages.ts";
import { CACHE } from "../support/cache.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns a digest of all files that the build of the pages can read. */
const digestOfSources = (): string => {
  const hash = createHash("sha256");
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of [...sources.sort(), join(ROOT, "vite.config.ts"), join(ROOT, "package-lock.json")]) {
    hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
};

const removeFormer = (): void => {
  for (const name of readdirSync(CACHE).filter((one) => one.startsWith("pages-"))) {
    const { mtimeMs } = statSync(join(CACHE, name));
    if (mtimeMs < Date.now() - DAY) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
};

/** Builds the dashboard as for a deploy, once for all test files, and returns the folder. Throws Vite's error. */
export const builtDashboard = async (): Promise<string> => {
  const folder = join(CACHE, `pages-${digestOfSources()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  removeFormer();
  const own = mkdtempSync(join(CACHE, "pages-building-"));
  await createBuiltPages(ROOT, own).current();
  try {
    renameSync(own, folder);
  } catch (error) {
    // Another test file has built the same pages meanwhile.
    rmSync(own, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
};
