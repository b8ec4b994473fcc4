import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLIENT = own("node_modules/aws-lambda-ric/");

/**
 * Installs AWS's Node runtime client beside the lab, from the lab's own lockfile, unless it is there. Its native part is
 * not built; ours takes its place, under the name that the client asks for. Throws if npm fails.
 */
export const installRuntimeClient = (): void => {
  if (!existsSync(`${CLIENT}index.mjs`)) {
    console.error("Installing AWS's runtime client (19 MB, once) …");
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status } = spawnSync("npm", args, {
      cwd: own("."),
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    if (status !== 0) throw new Error("npm could not install AWS's runtime client; `npm ci` in tests/lambda says why");
  }
  // Node finds this where the client asks for "./rapid-client.node", which is not there.
  copyFileSync(own("rapidClient.mjs"), `${CLIENT}rapid-client.node.js`);
};
