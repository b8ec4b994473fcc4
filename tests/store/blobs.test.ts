import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BlobsServer, startBlobsServer } from "../../src/dev/blobs/blobsServer.ts";
import { BlobsStore } from "../../src/store/blobs.ts";
import { counter, must } from "../support/builders.ts";
import { storeLaws } from "./contract.ts";

const TOKEN = "a-token-for-the-local-server";
const names = counter("store-");
let directory: string | undefined;
let server: BlobsServer | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "layerhook-blobs-"));
  server = await startBlobsServer({ directory, token: TOKEN });
  const { url } = server;
  const context = {
    edgeURL: url,
    uncachedEdgeURL: url,
    siteID: "site-1",
    deployID: "0123456789abcdef01234567",
    token: TOKEN,
  };
  vi.stubEnv(
    "NETLIFY_BLOBS_CONTEXT",
    Buffer.from(JSON.stringify({ ...context, primaryRegion: "us-east-1" })).toString("base64"),
  );
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

describe("Netlify Blobs, spoken to over HTTP by its own client", () => {
  storeLaws({ open: async () => new BlobsStore({ kind: "site", name: names() }), numRuns: 15 });

  test("Netlify Blobs keeps a preview's documents apart from the site's", async () => {
    const name = names();
    const site = new BlobsStore({ kind: "site", name });
    const preview = new BlobsStore({ kind: "deploy", name });
    await site.write("layers/one", "production", null);
    expect(await preview.read("layers/one")).toBeNull();
    expect((await preview.write("layers/one", "preview", null)).kind).toBe("written");
    expect((await site.read("layers/one"))?.text).toBe("production");
  });

  test("Netlify Blobs is called exactly once for each read, write and removal", async () => {
    const store = new BlobsStore({ kind: "site", name: names() });
    const before = must(server).requests().total;
    const written = await store.write("layers/one", "1", null);
    await store.read("layers/one");
    await store.write("layers/one", "2", written.kind === "written" ? written.etag : null);
    await store.write("layers/one", "3", null);
    await store.remove("layers/one");
    expect(must(server).requests().total - before).toBe(5);
  });
});
