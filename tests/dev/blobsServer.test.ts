import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { getDeployStore, getStore } from "@netlify/blobs";
import { expect, onTestFinished, test } from "vitest";
import { openBlobDirectory } from "../../src/dev/blobs/blobDirectory.ts";
import { type BlobsRequest, type BlobsServer, startBlobsServer } from "../../src/dev/blobs/blobsServer.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

const TOKEN = "a-token";
const md5 = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

const serve = async (directory = temporaryDirectory(), onRequest?: (request: BlobsRequest) => void) => {
  const problems: string[] = [];
  const onProblem = (problem: string): void => {
    problems.push(problem);
  };
  const server = await startBlobsServer({ directory, token: TOKEN, onProblem, ...(onRequest ? { onRequest } : {}) });
  onTestFinished(() => server.close());
  return { server, store: storeAt(server), directory, problems };
};
const access = (server: BlobsServer) => ({
  siteID: "site",
  token: TOKEN,
  edgeURL: server.url,
  uncachedEdgeURL: server.url,
});
const storeAt = (server: BlobsServer, name = "state") => getStore({ name, consistency: "strong", ...access(server) });

test.each([8, 64])("one of %i writers that all want to be first succeeds", async (writers) => {
  const { store } = await serve();
  for (let round = 0; round < 3; round += 1) {
    const all = Array.from({ length: writers }, (_, n) => store.set(`k${round}`, `writer ${n}`, { onlyIfNew: true }));
    const results = await Promise.all(all);
    const winners = results.flatMap(({ modified }, n) => (modified ? [n] : []));
    expect(winners).toHaveLength(1);
    expect(await store.get(`k${round}`)).toBe(`writer ${winners[0]}`);
  }
});

test.each([8, 64])("one of %i writers that change the same version succeeds", async (writers) => {
  const { store } = await serve();
  let { etag } = await store.set("k", "start");
  for (let round = 0; round < 3; round += 1) {
    const onlyIfMatch = etag ?? "";
    const all = Array.from({ length: writers }, (_, n) => store.set("k", `${round}/${n}`, { onlyIfMatch }));
    const winners = (await Promise.all(all)).filter(({ modified }) => modified);
    expect(winners).toHaveLength(1);
    etag = winners[0]?.etag;
    expect((await store.getWithMetadata("k"))?.etag).toBe(etag);
  }
});

test.each([
  ["that all want to be first", { "if-none-match": "*" }],
  ["that change the same version", { "if-match": md5("start") }],
])(
  "one of 16 writers %s, and whose content arrives only after all have announced it, succeeds",
  async (_, condition) => {
    const { server, store } = await serve();
    if ("if-match" in condition) await store.set("k", "start");
    const headers = { authorization: `Bearer ${TOKEN}`, expect: "100-continue", ...condition };
    const writers = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const writer = request(`${server.url}/site/site:state/k`, { method: "PUT", headers, agent: false });
        writer.flushHeaders();
        await once(writer, "continue");
        return writer;
      }),
    );
    const statuses = writers.map(async (writer, n) => {
      writer.end(`writer ${n}`);
      const [response]: IncomingMessage[] = await once(writer, "response");
      response?.resume();
      return response?.statusCode;
    });
    expect((await Promise.all(statuses)).sort()).toEqual([200, ...Array(15).fill(412)]);
  },
);

test("a change of a key that does not exist is refused", async () => {
  const { store } = await serve();
  expect(await store.set("gone", "x", { onlyIfMatch: md5("x") })).toEqual({ modified: false });
  expect(await store.get("gone")).toBeNull();
});

test("the etag is the MD5 of the content wherever one is given", async () => {
  const { store } = await serve();
  expect(await store.set("k", "hello")).toEqual({ modified: true, etag: md5("hello") });
  expect((await store.getWithMetadata("k"))?.etag).toBe(md5("hello"));
  expect((await store.getMetadata("k"))?.etag).toBe(md5("hello"));
  expect((await store.list()).blobs).toEqual([{ key: "k", etag: md5("hello") }]);
});

test("a reader who has the newest version is told so without the content", async () => {
  const { store } = await serve();
  await store.set("k", "hello", { metadata: { a: 1 } });
  const read = await store.getWithMetadata("k", { etag: md5("hello") });
  expect(read).toEqual({ data: null, etag: md5("hello"), metadata: { a: 1 } });
});

test("metadata comes back as it was given, and goes with the next write that has none", async () => {
  const { store } = await serve();
  await store.setJSON("k", { n: 1 }, { metadata: { who: "Zoë", n: [1, 2] } });
  expect((await store.getMetadata("k"))?.metadata).toEqual({ who: "Zoë", n: [1, 2] });
  await store.setJSON("k", { n: 2 });
  expect(await store.getWithMetadata("k", { type: "json" })).toMatchObject({ data: { n: 2 }, metadata: {} });
});

const KEYS = ["A", "a", "p", "p/q", "p/q/r", "con", "NUL", "dot.", "..x", "sp ace", "ü/é", "100%", "x".repeat(600)];

test("keys that differ in case, contain one another or are no file names are kept apart, also after a restart", async () => {
  const first = await serve();
  for (const key of KEYS) await first.store.set(key, `content of ${key}`);
  await first.server.close();
  const { store, problems } = await serve(first.directory);
  for (const key of KEYS) expect(await store.get(key)).toBe(`content of ${key}`);
  expect((await store.list()).blobs.map(({ key }) => key).sort()).toEqual([...KEYS].sort());
  expect(problems).toEqual([]);
});

test("a deleted key stays deleted after a restart", async () => {
  const first = await serve();
  await first.store.set("k", "1");
  await first.store.delete("k");
  await first.store.delete("never there");
  await first.server.close();
  expect(await (await serve(first.directory)).store.get("k")).toBeNull();
});

test("sites, stores and deploys do not see each other's keys, and a region changes nothing", async () => {
  const { server, store } = await serve();
  const other = storeAt(server, "other");
  const deploy = getDeployStore({ name: "state", deployID: "abc", region: "us-east-2", ...access(server) });
  await store.set("k", "site");
  await other.set("k", "other");
  await deploy.set("k", "deploy");
  expect(await Promise.all([store, other, deploy].map((each) => each.get("k")))).toEqual(["site", "other", "deploy"]);
  expect(await other.deleteAll()).toEqual({ deletedBlobs: 1 });
  expect(await Promise.all([store, other, deploy].map((each) => each.get("k")))).toEqual(["site", null, "deploy"]);
});

test("a list of more than a thousand keys comes whole, in pages of a thousand", async () => {
  const pages: BlobsRequest[] = [];
  const { directory, server } = await serve();
  await server.close();
  const blobs = openBlobDirectory(directory, () => {});
  const keys = Array.from({ length: 2001 }, (_, n) => `k/${String(n).padStart(5, "0")}`);
  for (const key of [...keys, "a", "z"]) blobs.put("site/site:state", key, Buffer.from(key), null);
  const { store } = await serve(directory, (request) => pages.push(request));
  expect((await store.list({ prefix: "k/" })).blobs.map(({ key }) => key)).toEqual(keys);
  expect(pages.map(({ method, status }) => [method, status])).toEqual(Array(3).fill(["LIST", 200]));
  expect((await store.list()).blobs).toHaveLength(keys.length + 2);
  expect((await store.list({ prefix: "none" })).blobs).toEqual([]);
});

test("a list by directories names each directory once, also across pages", async () => {
  const { directory, server } = await serve();
  await server.close();
  const blobs = openBlobDirectory(directory, () => {});
  const put = (key: string) => blobs.put("site/site:state", key, Buffer.from(""), null);
  for (let n = 0; n < 1001; n += 1) put(`d${String(n).padStart(4, "0")}/1`);
  for (const n of ["0001", "0998", "0999", "1000"]) put(`d${n}/2`);
  put("plain");
  const { store } = await serve(directory);
  const top = await store.list({ directories: true });
  expect(top.directories).toHaveLength(1001);
  expect(new Set(top.directories).size).toBe(1001);
  expect(top.blobs.map(({ key }) => key)).toEqual(["plain"]);
  const inside = await store.list({ directories: true, prefix: "d0001/" });
  expect(inside).toMatchObject({ directories: [], blobs: [{ key: "d0001/1" }, { key: "d0001/2" }] });
});

test("nobody reads or writes without the token", async () => {
  const { server, store } = await serve();
  await store.set("k", "secret");
  for (const authorization of ["", "Bearer wrong", TOKEN]) {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await fetch(`${server.url}/site/site:state/k`, { method, headers: { authorization } });
      expect(response.status).toBe(401);
    }
  }
  expect(await store.get("k")).toBe("secret");
  expect(server.requests()).toMatchObject({ byStatus: { 401: 9 } });
});

test("more than five megabytes are refused and the older content stays", async () => {
  const { store } = await serve();
  await store.set("k", "x".repeat(5 * 1024 * 1024));
  await expect(store.set("k", "y".repeat(5 * 1024 * 1024 + 1))).rejects.toThrow("413");
  expect((await store.getMetadata("k"))?.etag).toBe(md5("x".repeat(5 * 1024 * 1024)));
});

test("a write that was cut off before it was complete costs nothing that was there before", async () => {
  const first = await serve();
  await first.store.set("k", "old");
  await first.server.close();
  const [file] = readdirSync(first.directory);
  const half = readFileSync(join(first.directory, file ?? "")).subarray(0, 20);
  writeFileSync(join(first.directory, `${file}.0123.tmp`), half);
  writeFileSync(join(first.directory, "0".repeat(64)), half);
  const { store, problems } = await serve(first.directory);
  expect(await store.get("k")).toBe("old");
  expect((await store.list()).blobs).toHaveLength(1);
  expect(problems).toHaveLength(1);
  expect(readdirSync(first.directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("everything confirmed before the process was killed is there afterwards", async () => {
  const directory = temporaryDirectory();
  const module = new URL("../../src/dev/blobs/blobDirectory.ts", import.meta.url).href;
  const script = `import { openBlobDirectory } from ${JSON.stringify(module)};
    const blobs = openBlobDirectory(${JSON.stringify(directory)}, console.error);
    for (let n = 1; ; n += 1) {
      blobs.put("s", "k" + (n % 3), Buffer.from(String(n).padStart(2000, " ")), null);
      if (n % 50 === 0) await new Promise((resolve) => process.stdout.write(n + "\\n", resolve));
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let confirmed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed = Number(line);
    if (confirmed >= 500) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const problems: string[] = [];
  const blobs = openBlobDirectory(directory, (problem) => problems.push(problem));
  const newest = Math.max(...blobs.keys("s").map((key) => Number(blobs.get("s", key)?.body.toString())));
  expect(newest).toBeGreaterThanOrEqual(confirmed);
  expect(problems).toEqual([]);
});

test("a store that is a round trip away answers after it, and says how many bytes it sent", async () => {
  const requests: BlobsRequest[] = [];
  const options = { directory: temporaryDirectory(), token: TOKEN, durable: true, roundTrip: () => 40 };
  const server = await startBlobsServer({ ...options, onRequest: (request) => requests.push(request) });
  onTestFinished(() => server.close());
  const store = storeAt(server);
  const began = performance.now();
  await store.set("k", "value");
  // A timer may fire a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(38);
  expect(await store.get("k")).toBe("value");
  expect(requests.map(({ method, bytes }) => [method, bytes])).toEqual([
    ["PUT", 0],
    ["GET", 5],
  ]);
  // Another server on the same folder finds it.
  expect(
    openBlobDirectory(options.directory, () => undefined)
      .get("site/site:state", "k")
      ?.body.toString(),
  ).toBe("value");
});
