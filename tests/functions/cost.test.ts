import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Deps } from "../../src/app/deps.ts";
import { type BlobsRequest, type BlobsServer, startBlobsServer } from "../../src/dev/blobs/blobsServer.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { BlobsStore } from "../../src/store/blobs.ts";
import { DELIVERIES } from "../../src/store/keys.ts";
import { World } from "../app/world.ts";
import { START } from "../support/builders.ts";

/** Counted at the store's server, through the real client: what the network carries, not what we believe it does. */
let server: BlobsServer;
let directory: string;
let world: World;
let deps: Deps;
/** The log of deliveries is written after the answer and apart from it; here is counted what an answer waits for. */
let requests: BlobsRequest[] = [];
const onRequest = (request: BlobsRequest): void => {
  if (request.key?.startsWith(DELIVERIES) !== true) requests.push(request);
};

const LAYER = "layer-one";
const SOURCES = ["a", "b", "c"];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "layerhook-"));
  server = await startBlobsServer({ directory, token: "t", onRequest });
  const context = {
    edgeURL: server.url,
    uncachedEdgeURL: server.url,
    siteID: "0",
    token: "t",
    deployID: "0",
    primaryRegion: "us-east-2",
  };
  process.env["NETLIFY_BLOBS_CONTEXT"] = Buffer.from(JSON.stringify(context)).toString("base64");
  world = new World();
  await world.layer(LAYER, SOURCES);
  const store = new BlobsStore({ kind: "site", name: "layerhook" });
  const document = await world.memory.read(`layers/${LAYER}`);
  await store.write(`layers/${LAYER}`, document?.text ?? "", null);
  // Time goes on with every look at it, not with the machine: a burst is within one second however slow that is.
  let looks = 0;
  const look = () => {
    looks += 1;
    return looks / 10;
  };
  const clock = {
    now: () => START + look(),
    elapsed: look,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  let id = 0;
  const unique = () => {
    id += 1;
    return `${Date.now()}-${id}`;
  };
  deps = {
    ...world.deps(),
    store,
    archive: store,
    clock,
    ids: { ...world.deps().ids, timeOrdered: unique },
    random: Math.random,
  };
  requests = [];
});

afterEach(async () => {
  delete process.env["NETLIFY_BLOBS_CONTEXT"];
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const publish = (path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> =>
  answerPublish(
    new Request(`https://hook.test/hooks/data_layer/data_source/publish/${path}`, {
      method: "POST",
      headers,
      ...(body === undefined ? {} : { body }),
    }),
    deps,
    () => undefined,
  );

const written = () => requests.filter(({ method, status }) => method === "PUT" && status === 200).length;
const of = (method: string) => requests.filter((request) => request.method === method).length;

describe("store requests, counted at the server", () => {
  test("a delivery costs one read and at most one write, authentication included", async () => {
    expect((await publish(LAYER)).status).toBe(200);
    expect([of("GET"), of("PUT")]).toEqual([1, 1]);
    expect((await publish(LAYER)).status).toBe(200);
    expect([of("GET"), of("PUT")]).toEqual([2, 1]);
    expect(requests).toHaveLength(3);
  });

  test("a hundred bodiless deliveries at once: one write lands, and every one is answered 200", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => publish(LAYER)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(written()).toBe(1);
  });

  test("a hundred deliveries with bodies for three sources at once: at most two writes a source land", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        publish(LAYER, { "x-connect-data-source": SOURCES[i % 3] ?? "a" }, `{"id":${i}}`),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(written()).toBeLessThanOrEqual(6);
  });

  test("a flood that is not a working webhook's writes nothing", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => publish(i % 2 === 0 ? `nobody-${i}-here` : `${LAYER}/unknown-hook-${i}`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 404]));
    expect(of("PUT")).toBe(0);
    expect(of("GET")).toBe(100);
  });
});
