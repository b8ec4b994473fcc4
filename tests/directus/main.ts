/**
 * The real Directus against the real system, both on this machine:
 *
 *     npm run test:directus
 *
 * installs a pinned Directus into a temporary folder, makes a flow with a header, creates thirty items and publishes them
 * at once, and looks whether every call arrived, was verified, is named in the log, and is covered by a sync.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { DevServer } from "../drill/devServer.ts";
import { Directus, installDirectus, VERSION } from "./directus.ts";

commandLine({
  call: "npm run test:directus",
  does: `Installs a real Directus (1 GB, some minutes the first time), publishes thirty items at once and accounts for every call.
LAYERHOOK_DIRECTUS_DIR names another folder, LAYERHOOK_DIRECTUS_NODE a Node 22 or newer that its database was compiled for.`,
  options: z.object({}),
});

const ITEMS = 30;
const SETTLED_WITHIN = 60_000;
const SECRET = "Bearer a-secret-of-the-webhook";
const LAYER = "/data-layers/directus-layer";

const subjectSchema = z.looseObject({
  event: z.string().nullable(),
  type: z.string().nullable(),
  id: z.string().nullable(),
});
const deliverySchema = z.looseObject({
  outcome: z.string(),
  syncId: z.string().nullable(),
  secret: z.string().nullable(),
  subject: subjectSchema.nullable(),
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

const directory = process.env["LAYERHOOK_DIRECTUS_DIR"] ?? join(tmpdir(), `layerhook-directus-${VERSION}`);
console.log(`Directus ${VERSION} in ${directory}`);
installDirectus(directory);
const data = mkdtempSync(join(tmpdir(), "layerhook-"));
const server = new DevServer(await freePort(), data);
const directus = new Directus(directory, await freePort());

const api = async (method: string, path: string, body?: object): Promise<unknown> => {
  const answer = await server.api(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

const deliveries = async () => pageSchema.parse(await api("GET", `${LAYER}/deliveries?limit=100`)).items;

/** Waits until so many deliveries are in the log and their syncs have ended. */
const settled = async (count: number) => {
  const began = performance.now();
  for (;;) {
    const all = await deliveries();
    const ids = [...new Set(all.flatMap(({ syncId }) => syncId ?? []))];
    const syncs = await Promise.all(ids.map(async (id) => syncSchema.parse(await api("GET", `${LAYER}/syncs/${id}`))));
    const isOver = syncs.every(({ status }) => status === "succeeded" || status === "failed");
    if ((all.length >= count && isOver) || performance.now() - began > SETTLED_WITHIN) return { all, syncs };
    await sleep(500);
  }
};

try {
  await server.start();
  await api("POST", "/data-layers?sync=false", { id: "directus-layer", name: "Directus" });
  const verification = { scheme: "header-secret", secret: SECRET };
  const { url } = webhookSchema.parse(await api("POST", `${LAYER}/webhooks`, { name: "Directus", verification }));
  await directus.start();
  await directus.flow(url, { Authorization: SECRET }, "{{$trigger}}");
  const keys = await directus.create(ITEMS);
  await directus.publish(keys);
  const { all, syncs } = await settled(ITEMS + 1);
  expectThat(all.length === ITEMS + 1, `${all.length} calls arrived: one for each item created, one for all published`);
  expectThat(
    all.every(({ secret, outcome }) => secret === "current" && (outcome === "queued" || outcome === "coalesced")),
    "each proved itself by its header and was accepted",
  );
  expectThat(
    all.filter(({ subject }) => subject?.event === "pages.items.update" && subject.type === "pages").length === 1,
    "the log names the publish",
  );
  expectThat(
    all.filter(({ subject }) => subject?.event === "pages.items.create" && subject.id !== null).length === ITEMS,
    "the log names each item created",
  );
  expectThat(syncs.length >= 1 && syncs.length <= 4, `${syncs.length} syncs`);
  expectThat(
    syncs.every(({ status }) => status === "succeeded"),
    "all succeeded",
  );
} finally {
  await directus.stop();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
if (failures.length > 0) process.exitCode = 1;
