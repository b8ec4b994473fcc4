import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Files of this folder and below, and when the newest of them changed (ms). */
const newestChange = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

/** Builds the dashboard as it is deployed, so that what the page's policy forbids fails here as well. */
export interface BuiltPages {
  /** The folder of the pages as their sources are now. Throws what Vite throws. */
  current(): Promise<string>;
}

/**
 * Pages built from `root/src/dashboard` into `output` with `root/vite.config.ts`, anew when a source has changed. A built
 * folder of an earlier start is taken if no source is younger.
 */
export function createBuiltPages(root: string, output: string): BuiltPages {
  const source = join(root, "src", "dashboard");
  let building: { readonly of: number; readonly done: Promise<string> } | undefined;

  const build = async (): Promise<string> => {
    // Vite takes most of a second to load, which a webhook or a first API call has no reason to wait for.
    const { build: viteBuild } = await import("vite");
    await viteBuild({
      configFile: join(root, "vite.config.ts"),
      logLevel: "warn",
      // Whatever the one who builds it runs as: it is built as it is deployed.
      define: { "process.env.NODE_ENV": JSON.stringify("production") },
      build: { outDir: output, emptyOutDir: true },
    });
    return output;
  };
  const builtAt = (): number => statSync(join(output, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;

  return {
    async current() {
      const of = newestChange(source);
      if (building?.of === of) return building.done;
      const done = builtAt() > of ? Promise.resolve(output) : build();
      building = { of, done };
      // A failed build is told to this request and tried again by the next one.
      done.catch(() => {
        building = undefined;
      });
      return done;
    },
  };
}
