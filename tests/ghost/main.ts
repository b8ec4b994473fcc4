/**
 * The real Ghost against the real system, both on this machine:
 *
 *     npm run test:ghost
 *
 * installs a pinned Ghost into a temporary folder, makes webhooks with a secret for two events, publishes posts, and looks
 * whether every call arrived, was verified by its signature, and is covered by a sync.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { DevServer } from "../drill/devServer.ts";
import { Ghost, installGhost, VERSION } from "./ghost.ts";

commandLine({
  call: "npm run test:ghost",
  does: `Installs a real Ghost (600 MB, some minutes the first time), publishes posts and accounts for every call.
LAYERHOOK_GHOST_DIR names another folder, LAYERHOOK_GHOST_NODE a Node 22 or 24 that its database was compiled for.`,
  options: z.object({}),
});

const POSTS = 5;
const SETTLED_WITHIN = 60_000;
const LAYER = "/data-layers/ghost-layer";
const SECRET = "a-secret-of-a-run-on-this-machine";

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

const directory = process.env["LAYERHOOK_GHOST_DIR"] ?? join(tmpdir(), `layerhook-ghost-${VERSION}`);
console.log(`Ghost ${VERSION} in ${directory}`);
installGhost(directory);
const data = mkdtempSync(join(tmpdir(), "layerhook-"));
const server = new DevServer(await freePort(), data);
const ghost = new Ghost(directory, await freePort());

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
  await api("POST", "/data-layers?sync=false", { id: "ghost-layer", name: "Ghost" });
  const verification = { scheme: "ghost", secret: SECRET };
  const { url } = webhookSchema.parse(await api("POST", `${LAYER}/webhooks`, { name: "Ghost", verification }));
  await ghost.start();
  await ghost.hook(url, SECRET, ["site.changed", "post.published"]);
  const ids: string[] = [];
  for (let post = 0; post < POSTS; post += 1) ids.push(await ghost.publish(`Post ${post} é 漢字`));
  const { all, syncs } = await settled(2 * POSTS);
  expectThat(all.length === 2 * POSTS, `${all.length} calls arrived: two for each post, one of them for the site`);
  expectThat(
    all.every(({ secret, outcome, code }) => secret === "current" && outcome !== "ignored" && code === null),
    "each was signed and accepted, and none was taken for a repetition",
  );
  const named = all.flatMap(({ subject }) => (subject?.event === "post.published" ? [subject.id] : []));
  expectThat(
    ids.every((id) => named.includes(id)),
    "the log names each post",
  );
  expectThat(
    syncs.length > 0 && syncs.every(({ status }) => status === "succeeded"),
    `${syncs.length} syncs, all succeeded`,
  );
} finally {
  await ghost.stop();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
if (failures.length > 0) process.exitCode = 1;
