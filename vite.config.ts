import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { apiPageBuild } from "./src/dev/pages/apiPage.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: `${here}src/dashboard`,
  plugins: [apiPageBuild(here)],
  // Nothing is put into the page itself: its policy lets in files of this site alone.
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
});
