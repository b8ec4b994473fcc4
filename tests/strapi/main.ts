/**
 * The real Strapi against the real system, both on this machine:
 *
 *     npm run test:strapi
 *
 * installs a pinned Strapi into a temporary folder (some minutes and 700 MB the first time; LAYERHOOK_STRAPI_DIR names
 * another folder, LAYERHOOK_STRAPI_NODE the Node that its database was compiled for, if that is not this one), makes an admin and a webhook with a header, publishes thirty entries at once, and looks whether every
 * call arrived, cost at most two syncs, and is covered.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { DevServer } from "../drill/devServer.ts";
import { freePort } from "../support/freePort.ts";
import { installStrapi, Strapi, VERSION } from "./strapi.ts";

commandLine({
  call: "npm run test:strapi",
  does: `Installs a real Strapi (700 MB, some minutes the first time), publishes thirty entries at once and accounts for every call.
LAYERHOOK_STRAPI_DIR names another folder, LAYERHOOK_STRAPI_NODE another Node: its database can crash on Node 24.`,
  options: z.object({}),
});

const ENTRIES = 30;
/** As a sync of a small site, and longer than the burst on a busy machine: what arrives during one is covered by the next. */
const SYNC_TAKES = 15_000;
const SETTLED_WITHIN = 120_000;
const SECRET = "Bearer a-secret-of-the-webhook";

const deliverySchema = z.looseObject({
  receivedAt: z.iso.datetime().transform((text) => Date.parse(text)),
  outcome: z.string(),
  code: z.string().nullable(),
  dataSource: z.string().nullable(),
  syncId: z.string().nullable(),
  secret: z.string().nullable(),
});
const deliveriesSchema = z.looseObject({ items: z.array(deliverySchema), nextCursor: z.string().nullable() });
const syncSchema = z.looseObject({ id: z.string(), status: z.string(), startedAt: z.string().nullable() });
const webhookSchema = z.looseObject({ url: z.string() });

/** The team's sync job; when each call came (ms). */
const startJob = async (): Promise<{ url: string; calls: number[]; close(): void }> => {
  const calls: number[] = [];
  const server = createServer((_request, response) => {
    calls.push(Date.now());
    setTimeout(() => response.writeHead(200, { "content-type": "application/json" }).end("{}"), SYNC_TAKES);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://localhost:${port}/articles`, calls, close: () => server.close() };
};

const failures: string[] = [];
const expectThat = (holds: boolean, what: string): void => {
  console.log(`${holds ? "yes" : "NO "}  ${what}`);
  if (!holds) failures.push(what);
};

const directory = process.env["LAYERHOOK_STRAPI_DIR"] ?? join(tmpdir(), `layerhook-strapi-${VERSION}`);
console.log(`Strapi ${VERSION} in ${directory}`);
installStrapi(directory);

const data = mkdtempSync(join(tmpdir(), "layerhook-"));
const server = new DevServer(await freePort(), data);
const job = await startJob();
const strapi = new Strapi(directory, await freePort());

const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${server.base}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
};

const layer = "/data-layers/strapi-layer";
const deliveries = async (): Promise<z.output<typeof deliverySchema>[]> => {
  const found: z.output<typeof deliverySchema>[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = deliveriesSchema.parse(await api("GET", `${layer}/deliveries?limit=50${query}`));
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
};

const syncsOf = (ids: Iterable<string>) =>
  Promise.all([...ids].map(async (id) => syncSchema.parse(await api("GET", `${layer}/syncs/${id}`))));

const idsOf = (all: readonly z.output<typeof deliverySchema>[]): Set<string> =>
  new Set(all.flatMap(({ syncId }) => syncId ?? []));

/** Waits until every call that is awaited has arrived, and every sync that they led to has ended. */
const settled = async (): Promise<z.output<typeof deliverySchema>[]> => {
  const began = performance.now();
  for (;;) {
    const all = await deliveries();
    const ended = (await syncsOf(idsOf(all))).every(({ status }) => status === "succeeded" || status === "failed");
    if ((all.length > ENTRIES && ended) || performance.now() - began > SETTLED_WITHIN) return all;
    await sleep(500);
  }
};

try {
  await server.start();
  const dataSources = [{ slug: "articles", name: "Articles", type: "http", url: job.url }];
  await api("POST", "/data-layers?sync=false", { id: "strapi-layer", name: "Strapi", dataSources });
  const verification = { scheme: "header-secret", secret: SECRET };
  const { url } = webhookSchema.parse(await api("POST", `${layer}/webhooks`, { name: "Strapi", verification }));
  await strapi.start();
  const headers = { "x-connect-data-source": "articles", Authorization: SECRET };
  const shown = await strapi.hook(url, headers, ["entry.publish", "entry.unpublish", "entry.delete"]);
  await strapi.publishAtOnce(ENTRIES);
  const all = await settled();
  const published = all.filter(({ outcome }) => outcome === "queued" || outcome === "coalesced");
  const syncs = await syncsOf(idsOf(published));
  const times = published.map(({ receivedAt }) => receivedAt);
  console.log(`     Trigger showed: ${shown}`);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const outcomes = `${published.filter(({ outcome }) => outcome === "queued").length} queued`;
  console.log(
    `     ${published.length} publishes within ${last - first} ms, ${outcomes}; ${job.calls.length} calls of the job`,
  );

  expectThat(all.length >= ENTRIES + 1, `${all.length} calls arrived, ${ENTRIES + 1} or more`);
  expectThat(published.length >= ENTRIES, `${published.length} of them tell of a publish`);
  const tests = all.filter(({ outcome, code }) => outcome === "ignored" && code === "TEST");
  expectThat(tests.length === 1, "Trigger was answered, logged and not synced");
  expectThat(
    all.every(({ secret, dataSource }) => secret === "current" && dataSource === "articles"),
    "each proved itself by its header and named its data source",
  );
  expectThat(syncs.length >= 1 && syncs.length <= 2, `${syncs.length} syncs, two at the most`);
  expectThat(job.calls.length === syncs.length, "the job was called once for each");
  expectThat(
    syncs.every(({ status }) => status === "succeeded"),
    "all succeeded",
  );
  const uncovered = published.filter(({ receivedAt }) => !job.calls.some((began) => began >= receivedAt));
  expectThat(uncovered.length === 0, "every publish is covered: a call began after it arrived, and succeeded");
  expectThat(!shown.includes(url.slice(url.lastIndexOf("/") + 1)), "the Trigger button shows nothing secret");
  expectThat(server.troubles.length === 0, "nothing went wrong inside");
} finally {
  await strapi.stop();
  await server.stop();
  job.close();
  rmSync(data, { recursive: true, force: true });
}
if (failures.length > 0) process.exitCode = 1;
