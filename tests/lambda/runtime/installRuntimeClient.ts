import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLIENT = own("../node_modules/aws-lambda-ric/");
const INSTALL = ["ci", "--prefix", own(".."), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

const wantedSchema = z.looseObject({ dependencies: z.looseObject({ "aws-lambda-ric": z.string() }) });
const installedSchema = z.looseObject({ version: z.string() });

const isInstalled = (): boolean => {
  if (!existsSync(`${CLIENT}package.json`)) return false;
  const wanted = wantedSchema.parse(JSON.parse(readFileSync(own("../package.json"), "utf8")));
  const installed = installedSchema.parse(JSON.parse(readFileSync(`${CLIENT}package.json`, "utf8")));
  return installed.version === wanted.dependencies["aws-lambda-ric"];
};

/**
 * Installs AWS's Node runtime client beside the lab, from the lab's own lockfile, unless it is there. Its native part is
 * not built; ours takes its place, under the name that the client asks for. Throws if npm fails.
 */
export const installRuntimeClient = (): void => {
  if (!isInstalled()) {
    console.error("Installing AWS's runtime client (19 MB, once) …");
    const { status } = spawnSync("npm", INSTALL, {
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    if (status !== 0)
      throw new Error("npm could not install AWS's runtime client; `npm ci --prefix tests/lambda` says why");
  }
  // Node finds this where the client asks for "./rapid-client.node", which is not there.
  copyFileSync(own("rapidClient.mjs"), `${CLIENT}rapid-client.node.js`);
};
