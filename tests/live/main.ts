/** Runs the store's laws on a real Netlify site; asks for its credentials instead of failing in the middle. */
import { spawnSync } from "node:child_process";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";

commandLine({
  call: "npm run test:live",
  does: `Runs the store's laws on a real Netlify site, in stores of their own, which are emptied afterwards.
Needs NETLIFY_SITE_ID and NETLIFY_AUTH_TOKEN.`,
  options: z.object({}),
});

const missing = ["NETLIFY_SITE_ID", "NETLIFY_AUTH_TOKEN"].filter((name) => (process.env[name] ?? "") === "");
if (missing.length > 0) {
  console.error(
    `Set ${missing.join(" and ")}: the laws run in stores of their own on that site, which are emptied afterwards.`,
  );
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run"], {
  stdio: "inherit",
  env: { ...process.env, LAYERHOOK_LIVE: "1" },
});
process.exit(status ?? 1);
