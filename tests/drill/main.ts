/**
 * A drill on the running system: a steady stream and bursts on several layers, jobs of every kind and one that misbehaves,
 * and a process that is killed again and again. At the end every `200` ever given is accounted for, by the revisions in
 * the records alone: the sync it named, or one that took over from it, was claimed at a higher revision.
 *
 *     npm run drill                 three minutes
 *     npm run drill -- --minutes 10
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { commandLine, number } from "../../src/cli/commandLine.ts";
import { DevServer } from "./devServer.ts";
import { startJobServer } from "./jobServer.ts";

const { minutes } = commandLine({
  call: "npm run drill -- [options]",
  does: `Starts the whole system, publishes to it, kills it again and again, and accounts for every 200 at the end.
PORT is its port, 8899 if unset.`,
  options: z.object({ minutes: number("how long it goes on", 1, 1440).default(3) }),
}).values;
const PORT = Number(process.env["PORT"] ?? 8899);
const REST_WITHIN = 6 * 60_000;

interface Given {
  readonly layer: string;
  readonly syncId: string;
  readonly revision: number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const data = mkdtempSync(join(tmpdir(), "layerhook-drill-"));
const jobs = await startJobServer(Math.random);
const server = new DevServer(PORT, data);
const starts = [await server.start()];

const made = async (path: string, body: object): Promise<Record<string, unknown>> => {
  const { status, body: answer } = await server.api("POST", path, body);
  if (status !== 201) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`);
  return answer;
};
const { id: siteId } = await made("/sites", { name: "Drill", buildHook: `${jobs.base}/hook` });
const layers: Record<string, string[]> = {
  "drill-direct": ["direct", "polled"],
  "drill-parked": ["parked", "direct"],
  "drill-moody": ["moody", "direct"],
  "drill-builds": [],
};
for (const [id, slugs] of Object.entries(layers)) {
  const dataSources = slugs.map((slug) => ({
    slug,
    name: slug,
    type: "http",
    url: `${jobs.base}/${slug}`,
    timeoutSeconds: 60,
    // It kills calls that are under way, not the wait before them.
    settleSeconds: 0,
  }));
  await made("/data-layers?sync=false", { id, name: id, dataSources, connectedSites: [{ siteId }] });
}

const given: Given[] = [];
const refused: Record<string, number> = {};
const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(Math.random() * items.length)];

const publish = async (layer: string): Promise<void> => {
  const slug = Math.random() < 0.5 ? pick(layers[layer] ?? []) : undefined;
  const headers: Record<string, string> = slug === undefined ? {} : { "x-connect-data-source": slug };
  try {
    const response = await fetch(`${server.base}/hooks/data_layer/data_source/publish/${layer}`, {
      method: "POST",
      headers,
      body: JSON.stringify({ id: given.length }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await response.json();
    if (response.status === 200) given.push({ layer, syncId: answer.syncId, revision: answer.revision });
    else refused[response.status] = (refused[response.status] ?? 0) + 1;
  } catch {
    refused["no answer"] = (refused["no answer"] ?? 0) + 1;
  }
};

let going = true;
const steady = async () => {
  while (going) {
    await publish(pick(Object.keys(layers)) ?? "");
    await wait(200 + Math.random() * 400);
  }
};
const bursts = async () => {
  while (going) {
    await wait(5000 + Math.random() * 10_000);
    const layer = pick(Object.keys(layers)) ?? "";
    await Promise.all(Array.from({ length: 30 }, () => publish(layer)));
  }
};
let kills = 0;
const killer = async () => {
  while (going) {
    await wait(10_000 + Math.random() * 25_000);
    if (!going) return;
    await server.kill();
    kills += 1;
    await wait(Math.random() * 3000);
    starts.push(await server.start());
  }
};

const began = Date.now();
const all = Promise.all([steady(), bursts(), killer()]);
await wait(minutes * 60_000);
going = false;
await all;
jobs.heal();

const stopped = Date.now();
const resting = async (): Promise<boolean> => {
  for (const id of Object.keys(layers)) {
    const { body } = await server.api("GET", `/data-layers/${id}`);
    if (body["status"] === "idle") continue;
    if (body["status"] === "retrying") {
      // The moody job waits for its next try; it is well by now, so it need not wait.
      const { body: list } = await server.api("GET", `/data-layers/${id}/syncs`);
      const items = Array.isArray(list["items"]) ? list["items"] : [];
      for (const { id: sync, status } of items) {
        if (status === "retrying") await server.api("POST", `/data-layers/${id}/syncs/${sync}/retry`, {});
      }
    }
    return false;
  }
  return true;
};
while (!(await resting())) {
  if (Date.now() - stopped > REST_WITHIN) throw new Error("not at rest in time: something is stuck");
  await wait(1000);
}
const restAfter = Date.now() - stopped;

const records = new Map<string, Record<string, unknown>>();
const recordOf = async (layer: string, sync: string): Promise<Record<string, unknown>> => {
  const known = records.get(sync);
  if (known !== undefined) return known;
  const { status, body } = await server.api("GET", `/data-layers/${layer}/syncs/${sync}`);
  if (status !== 200) throw new Error(`sync ${sync}, which was answered, is not found (${status})`);
  records.set(sync, body);
  return body;
};
const lost: string[] = [];
for (const { layer, syncId, revision } of given) {
  let record = await recordOf(layer, syncId);
  const path = [syncId];
  const claimed = record["claimRevision"];
  if (typeof claimed !== "number" || claimed <= revision)
    lost.push(`${syncId} was not claimed after revision ${revision}`);
  while (record["status"] === "superseded") {
    const next = String(record["supersededBy"]);
    if (path.includes(next)) break;
    path.push(next);
    record = await recordOf(layer, next);
  }
  if (!["succeeded", "failed"].includes(String(record["status"])))
    lost.push(`${path.join(" → ")}: ${record["status"]}`);
}

const endings: Record<string, number> = {};
for (const { status } of records.values()) endings[String(status)] = (endings[String(status)] ?? 0) + 1;
const code = await server.stop();
jobs.close();
rmSync(data, { recursive: true, force: true });

console.log({
  seconds: Math.round((stopped - began) / 1000),
  accepted: given.length,
  refused,
  kills,
  startMs: starts.map(Math.round),
  syncs: records.size,
  endings,
  calls: jobs.counts,
  restAfterSeconds: Math.round(restAfter / 1000),
  troubles: server.troubles.length,
  exitCode: code,
  unaccounted: lost.length,
});
for (const line of lost.slice(0, 10)) console.log(line);
process.exit(lost.length === 0 && code === 0 ? 0 : 1);
