/**
 * The real Payload against the real system, both on this machine:
 *
 *     npm run test:payload
 *
 * installs a pinned Payload into a temporary folder, runs a project whose hook calls a webhook when a page is published
 * (`project.mjs`), and looks whether every call arrived, was verified, is named in the log, and is covered by a sync.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { CmsTrial } from "../support/cmsTrial.ts";

const VERSION = "3.90.2";
const ITEMS = 10;
const SECRET = `whsec_${Buffer.from("a secret of a run on this machine").toString("base64")}`;

commandLine({
  call: "npm run test:payload",
  does: `Installs a real Payload (300 MB, a minute the first time), publishes ten pages and accounts for every call.
LAYERHOOK_PAYLOAD_DIR names another folder.`,
  options: z.object({}),
});

const manifest = {
  name: "layerhook-payload",
  private: true,
  version: "0.0.0",
  type: "module",
  dependencies: { payload: VERSION, "@payloadcms/db-sqlite": VERSION, standardwebhooks: "1.1.1" },
};

/** Installs Payload into a folder of its own, unless it is there. Throws with the end of npm's words if that fails. */
const install = (directory: string): void => {
  mkdirSync(directory, { recursive: true });
  copyFileSync(fileURLToPath(new URL("project.mjs", import.meta.url)), join(directory, "project.mjs"));
  if (existsSync(join(directory, "node_modules", "payload", "package.json"))) return;
  writeFileSync(join(directory, "package.json"), JSON.stringify(manifest, null, 2));
  // Its database comes compiled.
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
  const { status, stderr } = spawnSync("npm", args, { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(`Payload could not be installed in ${directory}: ${stderr.slice(-2000)}`);
};

/** Lets editors publish so many pages in a Payload with an empty database. */
const publish = (directory: string, url: string, count: number): void => {
  rmSync(join(directory, "data.db"), { force: true });
  const env = {
    ...process.env,
    ...{ HOOK_URL: url, HOOK_SECRET: SECRET, ITEMS: `${count}` },
    PAYLOAD_DISABLE_DEPENDENCY_CHECKER: "true",
  };
  const ran = spawnSync(process.execPath, ["project.mjs"], { cwd: directory, env, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`Payload failed: ${ran.stderr.slice(-2000)}`);
};

const directory = process.env["LAYERHOOK_PAYLOAD_DIR"] ?? join(tmpdir(), `layerhook-payload-${VERSION}`);
console.log(`Payload ${VERSION} in ${directory}`);
install(directory);

const { trial, url } = await CmsTrial.begin("Payload", { scheme: "standard-webhooks", secret: SECRET });
try {
  publish(directory, url, ITEMS);
  const { all, syncs } = await trial.settled(ITEMS);
  trial.expectThat(all.length === ITEMS, `${all.length} calls arrived: one for each page published, none for a draft`);
  trial.expectThat(
    all.every(({ secret, outcome, code }) => secret === "current" && outcome !== "ignored" && code === null),
    "each was signed and accepted, and none was taken for a repetition",
  );
  trial.expectThat(
    all.every(
      ({ subject }) => subject?.event === "content.published" && subject.type === "pages" && subject.id !== null,
    ),
    "the log names each page",
  );
  trial.expectThat(
    syncs.length > 0 && syncs.every(({ status }) => status === "succeeded"),
    `${syncs.length} syncs, all succeeded`,
  );
} finally {
  await trial.end();
}
