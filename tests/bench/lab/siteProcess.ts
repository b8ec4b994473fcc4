/**
 * The functions of Layerhook behind a plain HTTP server, as the other contestants stand behind one. Paths below /bench are
 * for the bench: a bare read of the store, a tick, and a request whose signature is checked and that does nothing else.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { v7 } from "uuid";
import { z } from "zod";
import { BlobsStore } from "../../../src/store/blobs.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { answerParent, listen, optionsOf } from "./serveAsChild.ts";
import { bodyOf, isSigned } from "./signed.ts";
import { layerId } from "./site.ts";
import { TOKEN } from "./store.ts";

type Handler = (request: Request, context: never) => Promise<Response | undefined>;
const handlerSchema = z.object({ default: z.custom<Handler>((value) => typeof value === "function") });

const { storeUrl, port } = optionsOf(z.object({ storeUrl: z.string(), port: z.number().optional() }));
let site = "bench";
let works = false;
const underWay = new Set<Promise<unknown>>();

const openStore = (id: string): void => {
  site = id;
  const context = { edgeURL: storeUrl, uncachedEdgeURL: storeUrl, siteID: id, token: TOKEN, primaryRegion: "here" };
  process.env["NETLIFY_BLOBS_CONTEXT"] = Buffer.from(JSON.stringify(context)).toString("base64");
};
openStore(site);

const loaded = new Map<string, Promise<Handler>>();
const functionNamed = (name: string): Promise<Handler> => {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const file = new URL(`../../../netlify/functions/${name}.ts`, import.meta.url).href;
  const loading = import(file).then((module) => handlerSchema.parse(module).default);
  loaded.set(name, loading);
  return loading;
};

const keep = (work: Promise<unknown>): void => {
  const kept = work.catch(() => undefined).finally(() => underWay.delete(kept));
  underWay.add(kept);
};

const call = async (name: string, request: Request): Promise<Response> => {
  const handler = await functionNamed(name);
  const context = {
    requestId: v7(),
    account: { id: "" },
    ip: "127.0.0.1",
    site: { id: site, url: base },
    deploy: { id: "bench", context: "production", published: true },
    waitUntil: keep,
  };
  return (await Reflect.apply(handler, undefined, [request, context])) ?? new Response(null, { status: 202 });
};

const functionAt = (path: string): string | null => {
  if (path.startsWith("/hooks/data_layer/")) return "publish";
  if (path.startsWith("/hooks/callbacks/")) return "callback";
  return path.startsWith("/api/v1") ? "api" : null;
};

const answerBench = async (path: string, body: Buffer, signature: string | null): Promise<Response> => {
  if (path === "/bench/nothing") return new Response(null, { status: isSigned(body, signature) ? 200 : 401 });
  if (path === "/bench/tick") return call("drain", new Request(`${base}/tick`, { method: "POST" }));
  if (path === "/bench/read") {
    const found = await new BlobsStore({ kind: "site", name: "layerhook" }).read(layerKey(layerId(0)));
    return new Response(null, { status: found === null ? 404 : 200 });
  }
  return new Response(null, { status: 404 });
};

const answer = async (request: IncomingMessage, body: Buffer): Promise<Response> => {
  const path = request.url ?? "/";
  const named = functionAt(path);
  const signature = request.headers["x-hub-signature-256"];
  if (path.startsWith("/bench/")) return answerBench(path, body, typeof signature === "string" ? signature : null);
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const method = request.method ?? "GET";
  const bodied = method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) };
  const asked = new Request(`${base}${path}`, { method, headers, ...bodied });
  if (named !== null) return call(named, asked);
  if (path !== "/internal/run-sync") return new Response(null, { status: 404 });
  if (works) keep(call("run-sync", asked));
  return new Response(null, { status: 202 });
};

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const answered = await answer(request, await bodyOf(request));
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
};

const base = await listen((request, response) => {
  serve(request, response).catch(() => response.writeHead(500).end());
}, port);
await functionNamed("publish");

answerParent(base, {
  /** Answers when everything is done that was to be done after answers. */
  settle: async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  },
  open: ({ site: id }) => openStore(String(id)),
  work: ({ on }) => {
    works = on === true;
  },
});
