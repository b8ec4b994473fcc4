import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const viteCommand = (root: string): string =>
  join(dirname(createRequire(join(root, "package.json")).resolve("vite/package.json")), "bin", "vite.js");

/** When the newest file in the folder and below changed (ms). */
const newestChange = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

/** The dashboard, built as for a deploy, so that the page's content security policy applies here too. */
export interface BuiltPages {
  /** Returns the folder of the pages, built from the current sources. Throws Vite's error. */
  current(): Promise<string>;
}

/**
 * Builds the pages of `root/src/dashboard` into `output` with `root/vite.config.ts`, again after each change of a
 * source. Reuses the folder of an earlier start if no source is newer.
 */
export function createBuiltPages(root: string, output: string): BuiltPages {
  const source = join(root, "src", "dashboard");
  let building: { readonly of: number; readonly done: Promise<string> } | undefined;

  const build = async (): Promise<string> => {
    const args = ["build", "--config", join(root, "vite.config.ts"), "--logLevel", "warn", "--outDir", output];
    // In a process of its own, which takes its three hundred megabytes along. As it is deployed, whatever runs this one.
    const env = { ...process.env, NODE_ENV: "production" };
    await run(process.execPath, [viteCommand(root), ...args, "--emptyOutDir"], { cwd: root, env });
    return output;
  };
  const builtAt = (): number => statSync(join(output, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;

  return {
    async current() {
      const of = newestChange(source);
      if (building?.of === of) return building.done;
      const done = builtAt() > of ? Promise.resolve(output) : build();
      building = { of, done };
      // A failed build fails this request, and the next request builds again.
      done.catch(() => {
        building = undefined;
      });
      return done;
    },
  };
}
