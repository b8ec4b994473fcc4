/** Runs the laws of a deploy: the real bundles under AWS's own Node runtime client. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";

commandLine({
  call: "npm run test:lambda",
  does: `Bundles the functions as a deploy does and runs them under AWS's own Node runtime client: frozen between calls, with
lost connections, previews, scheduled calls and a broken store. Takes about two minutes. It builds the site into dist, and
the first time it installs the client (19 MB) into tests/lambda.`,
  options: z.object({}),
});

const root = fileURLToPath(new URL("../..", import.meta.url));
const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/lambda/vitest.config.ts"];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
