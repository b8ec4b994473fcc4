import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { apiPageBuild } from "./src/dev/pages/apiPage.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: `${here}src/dashboard`,
  plugins: [apiPageBuild(here)],
  resolve: { alias: [{ find: /^react$/, replacement: `${here}src/dashboard/react.js` }] },
  // Nothing is put into the page itself: its policy lets in files of this site alone.
  build: {
    outDir: `${here}dist`,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog(level, log, handle) {
        // The component base marks its files for servers that render; here is none.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
});
