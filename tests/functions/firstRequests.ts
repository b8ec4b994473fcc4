import { startBlobsServer } from "../../src/dev/blobs/blobsServer.ts";
import { sendWake } from "../../src/edge/outgoing/wake.ts";
import { BlobsStore } from "../../src/store/blobs.ts";
import { layerKey } from "../../src/store/keys.ts";
import { World } from "../app/world.ts";

const LAYER = "layer-one";
const SITE = "https://hook.test";
const SECRET = "kX7pQ2vL9sT4wZ8rB3nM6cJ1yH5dG0fA";
const OWNER_TOKEN = "Jw4nR8tK2mV6xP1zQ9sD3gL7bY5hC0eF";

/** A request that a function can be started with in another process. */
export interface FirstRequest {
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The body of a wake as the publish function sends one, for a layer that nobody has. */
const wakeBody = async (): Promise<string> => {
  let body = "";
  await sendWake(SITE, SECRET, { kind: "layer", id: "nobody-has-it" }, Date.now(), async (_, init) => {
    body = String(init?.body);
    return new Response(null, { status: 202 });
  });
  return body;
};

/** One ordinary request for each function, which makes it do what it is there for. */
export const firstRequests = async (): Promise<Readonly<Record<string, FirstRequest>>> => ({
  api: { path: "/api/v1/session", method: "GET", headers: { authorization: `Bearer ${OWNER_TOKEN}` } },
  callback: { path: "/hooks/callbacks/nobody", method: "POST", body: "{}" },
  deploys: { path: "/hooks/deploys/nobody", method: "POST", body: "{}" },
  drain: { path: "/.netlify/functions/drain", method: "POST", body: '{"next_run":"2027-01-01T00:00:00Z"}' },
  publish: { path: `/hooks/data_layer/data_source/publish/${LAYER}`, method: "POST", body: "{}" },
  status: { path: "/status/nobody-has-this-token", method: "GET" },
  "run-sync": { path: "/internal/run-sync", method: "POST", body: await wakeBody() },
});

/** A store with one layer, and the environment in which a function of another process finds it. */
export interface FirstStore {
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** Starts a store with one layer in `directory`. */
export const startFirstStore = async (directory: string): Promise<FirstStore> => {
  const server = await startBlobsServer({ directory, token: "t" });
  const edge = { edgeURL: server.url, uncachedEdgeURL: server.url, primaryRegion: "us-east-2" };
  const blobs = JSON.stringify({ ...edge, siteID: "0", token: "t", deployID: "0" });
  const context = Buffer.from(blobs).toString("base64");
  const world = new World();
  await world.layer(LAYER, ["a", "b", "c"]);
  const text = (await world.memory.read(layerKey(LAYER)))?.text ?? "";
  process.env["NETLIFY_BLOBS_CONTEXT"] = context;
  await new BlobsStore({ kind: "site", name: "layerhook" }).write(layerKey(LAYER), text, null);
  const environment = {
    PATH: process.env["PATH"],
    NETLIFY_BLOBS_CONTEXT: context,
    LAYERHOOK_SECRET: SECRET,
    LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN,
  };
  return { environment, close: () => server.close() };
};
