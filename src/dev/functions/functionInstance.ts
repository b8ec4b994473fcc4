/**
 * One running instance, in a worker thread, like a warm instance on the platform. It runs any of the functions. Netlify's
 * own runtime makes Request, Context and waitUntil from the event.
 */
import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";

interface ResponseHead {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[]>>;
}

class ResponseStream extends PassThrough {
  head: ResponseHead = {};
}

type Handler = (event: unknown, stream: ResponseStream, context: unknown) => Promise<unknown>;

const port = parentPort;
if (port === null) throw new Error("functionInstance.ts runs in a worker thread only");

// On the platform, Netlify's runtime finds this streaming interface. Here the handler is called directly.
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: Handler): Handler => handler,
    HttpResponseStream: {
      from: (stream: ResponseStream, head: ResponseHead): ResponseStream => {
        stream.head = head;
        return stream;
      },
    },
  },
});

const handlers = new Map<string, Promise<Handler>>();
const first: { readonly runtime: string; readonly sources: readonly string[] } = workerData;
const ready = (): void => port.postMessage({ type: "ready" });
// Report ready even if loading failed: each request then fails with the reason, and the thread does not end.
void Promise.allSettled(first.sources.map(handlerOf)).then(ready);

port.on("message", (message: { source: string; event: unknown; deadline: number }) => {
  invoke(message.source, message.event, message.deadline).then(
    () => port.postMessage({ type: "done" }),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ type: "threw", error: text });
    },
  );
});

function handlerOf(source: string): Promise<Handler> {
  const known = handlers.get(source) ?? load(source);
  handlers.set(source, known);
  return known;
}

async function load(source: string): Promise<Handler> {
  const [runtime]: unknown[] = await Promise.all([import(first.runtime), import(source)]);
  const getHandler: unknown =
    typeof runtime === "object" && runtime !== null && Reflect.get(runtime, "getLambdaHandler");
  if (typeof getHandler !== "function") throw new Error("Netlify's runtime has no getLambdaHandler");
  const handler: unknown = Reflect.apply(getHandler, undefined, [source]);
  if (typeof handler !== "function") throw new Error("Netlify's runtime gave no handler");
  return async (event, stream, context) => Reflect.apply(handler, undefined, [event, stream, context]);
}

async function invoke(source: string, event: unknown, deadline: number): Promise<void> {
  const handler = await handlerOf(source);
  const stream = new ResponseStream();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  // Send the answer when its body ends. The handler ends later, after everything given to waitUntil.
  const answered = new Promise<void>((resolve) => {
    stream.on("end", () => {
      port?.postMessage({ type: "answer", ...flatten(stream.head), body: Buffer.concat(chunks) });
      resolve();
    });
  });
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
  await handler(event, stream, context);
  // The handler ends with the last write to the stream, one step before the stream's last read.
  if (stream.writableEnded) await answered;
}

function flatten(head: ResponseHead): { status: number; headers: [string, string][] } {
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(head.headers ?? {})) {
    if (value !== undefined) headers.push([name.toLowerCase(), String(value)]);
  }
  for (const [name, values] of Object.entries(head.multiValueHeaders ?? {})) {
    for (const value of values) headers.push([name.toLowerCase(), String(value)]);
  }
  return { status: head.statusCode ?? 200, headers };
}
