/**
 * The real Payload against the real system, both on this machine:
 *
 *     npm run test:payload
 *
 * installs a pinned Payload into a temporary folder, runs a project whose hook calls a webhook when a page is published
 * (`project.mjs`), and looks whether every call arrived, was verified, is named in the log, and is covered by a sync.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { DevServer } from "../drill/devServer.ts";

const VERSION = "3.90.2";
const ITEMS = 10;
const SETTLED_WITHIN = 60_000;
const LAYER = "/data-layers/payload-layer";
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

const deliverySchema = z.looseObject({
  outcome: z.string(),
  code: z.string().nullable(),
  syncId: z.string().nullable(),
  secret: z.string().nullable(),
  subject: z
    .looseObject({ event: z.string().nullable(), type: z.string().nullable(), id: z.string().nullable() })
    .nullable(),
});
const pageSchema = z.looseObject({ items: z.array(deliverySchema) });
const webhookSchema = z.looseObject({ url: z.string() });
const syncSchema = z.looseObject({ status: z.string() });

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
};

const failures: string[] = [];
const expectThat = (holds: boolean, what: string): void => {
  console.log(`${holds ? "yes" : "NO "}  ${what}`);
  if (!holds) failures.push(what);
};

const directory = process.env["LAYERHOOK_PAYLOAD_DIR"] ?? join(tmpdir(), `layerhook-payload-${VERSION}`);
console.log(`Payload ${VERSION} in ${directory}`);
install(directory);
const data = mkdtempSync(join(tmpdir(), "layerhook-"));
const server = new DevServer(await freePort(), data);

const api = async (method: string, path: string, body?: object): Promise<unknown> => {
  const answer = await server.api(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** Waits until so many deliveries are in the log and their syncs have ended. */
const settled = async (count: number) => {
  const began = performance.now();
  for (;;) {
    const all = pageSchema.parse(await api("GET", `${LAYER}/deliveries?limit=100`)).items;
    const ids = [...new Set(all.flatMap(({ syncId }) => syncId ?? []))];
    const syncs = await Promise.all(ids.map(async (id) => syncSchema.parse(await api("GET", `${LAYER}/syncs/${id}`))));
    const isOver = syncs.every(({ status }) => status === "succeeded" || status === "failed");
    if ((all.length >= count && isOver) || performance.now() - began > SETTLED_WITHIN) return { all, syncs };
    await sleep(500);
  }
};

try {
  await server.start();
  await api("POST", "/data-layers?sync=false", { id: "payload-layer", name: "Payload" });
  const verification = { scheme: "standard-webhooks", secret: SECRET };
  const { url } = webhookSchema.parse(await api("POST", `${LAYER}/webhooks`, { name: "Payload", verification }));
  publish(directory, url, ITEMS);
  const { all, syncs } = await settled(ITEMS);
  expectThat(all.length === ITEMS, `${all.length} calls arrived: one for each page published, none for a draft`);
  expectThat(
    all.every(({ secret, outcome, code }) => secret === "current" && outcome !== "ignored" && code === null),
    "each was signed and accepted, and none was taken for a repetition",
  );
  expectThat(
    all.every(
      ({ subject }) => subject?.event === "content.published" && subject.type === "pages" && subject.id !== null,
    ),
    "the log names each page",
  );
  expectThat(
    syncs.length > 0 && syncs.every(({ status }) => status === "succeeded"),
    `${syncs.length} syncs, all succeeded`,
  );
} finally {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
if (failures.length > 0) process.exitCode = 1;
