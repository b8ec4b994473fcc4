import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "vite";

/** Leaves out zod's messages in fifty other languages, which were a sixth of the API's bundle. */
const englishAlone: Plugin = {
  name: "english-alone",
  load: (id) => (/\/zod\/v4\/locales\/index\.js$/.test(id) ? 'export { default as en } from "./en.js";' : null),
};

/**
 * Bundles each function of `root/netlify/functions` with its packages into `output/<name>.mjs`, with a source map. A
 * deploy uses these files, because Netlify's bundler leaves hundreds of files, which Node takes three times as long to
 * load. Empties `output` first. Throws if a function cannot be bundled.
 */
export const bundleFunctions = async (root: string, output: string): Promise<void> => {
  const directory = join(root, "netlify", "functions");
  rmSync(output, { recursive: true, force: true });
  for (const name of readdirSync(directory)) {
    await build({
      configFile: false,
      root,
      logLevel: "warn",
      publicDir: false,
      plugins: [englishAlone],
      ssr: { noExternal: true, target: "node" },
      build: {
        ssr: join(directory, name),
        outDir: output,
        emptyOutDir: false,
        target: "es2023",
        sourcemap: true,
        // Unminified code loads as fast, and its stack traces name our functions.
        minify: false,
        // One file for each function: Netlify's bundler would join more files into one and wrap every module.
        rolldownOptions: {
          // Licences stay. Explanations would be an eighth of what Node reads.
          output: {
            entryFileNames: "[name].mjs",
            codeSplitting: false,
            comments: { legal: true, annotation: false, jsdoc: false },
          },
        },
      },
    });
  }
};
