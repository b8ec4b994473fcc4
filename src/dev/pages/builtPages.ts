import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

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
    // Import Vite late: it takes most of a second to load, and webhooks and API calls must not wait for it.
    const { build: viteBuild } = await import("vite");
    await viteBuild({
      configFile: join(root, "vite.config.ts"),
      logLevel: "warn",
      // Build for production, whatever NODE_ENV this process has.
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
      // A failed build fails this request, and the next request builds again.
      done.catch(() => {
        building = undefined;
      });
      return done;
    },
  };
}
