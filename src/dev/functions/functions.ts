import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { type DiscoveredFunction, discoverFunctions, matchFunction } from "./discoverFunctions.ts";
import { FunctionPool } from "./functionPool.ts";
import type { Invocation } from "./makeJob.ts";

/** A request to a function. `url` is absolute and passed on unchanged. */
export interface FunctionRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly clientAddress: string;
  /** The id that the function's log uses; absent: a new one. */
  readonly requestId?: string;
}

/** The function that answers a request. */
export interface MatchedFunction {
  readonly name: string;
  readonly background: boolean;
  readonly scheduled: boolean;
  invoke(request: FunctionRequest): Invocation;
}

export interface Functions {
  /** Starts to load the functions that answer requests, before the first request. Does not wait for the end. */
  warm(): void;
  match(pathname: string, method: string): MatchedFunction | undefined;
  readonly names: readonly string[];
  /** The functions that run on a schedule. No request from outside reaches them. */
  readonly scheduled: readonly MatchedFunction[];
  close(): Promise<void>;
}

export interface FunctionsOptions {
  readonly root: string;
  /** A folder for files made at start. Each start empties it. */
  readonly output: string;
  readonly report: (line: string) => void;
  /** Takes each line that a function prints; absent: the lines go to this process's output. */
  readonly onPrinted?: ((line: string) => void) | undefined;
}

interface Loaded {
  readonly about: DiscoveredFunction;
  readonly pool: FunctionPool;
}

const poolsOf = (all: ReadonlyMap<string, Loaded>): ReadonlySet<FunctionPool> =>
  new Set([...all.values()].map(({ pool }) => pool));

/** The platform's limits: 60 s for an answer, 30 s for a scheduled run, 15 minutes in the background. */
const TIMEOUT_MS = { answer: 60_000, scheduled: 30_000, background: 900_000 };
const RELOAD_AFTER_MS = 150;

/**
 * Runs the functions of `root/netlify/functions` and reloads them when a file there or in `root/src` changes. A
 * function that can no longer be read is reported, and its last working version keeps running.
 */
export async function startFunctions({ root, output, report, onPrinted }: FunctionsOptions): Promise<Functions> {
  const directory = join(root, "netlify", "functions");
  rmSync(output, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  let generation = 0;
  let loaded = new Map<string, Loaded>();
  const closing = new AbortController();

  const load = async (): Promise<void> => {
    generation += 1;
    const place = join(output, String(generation));
    const { functions, failures } = await discoverFunctions(root, directory, place, closing.signal);
    const failed = new Set(failures.map(({ name }) => name));
    for (const { name, error } of failures) report(`The function ${name} cannot be read: ${error.message}`);
    const next = new Map([...loaded].filter(([name]) => failed.has(name)));
    // Delete the runtime only after the last instance has ended, because the instance may still import a file of it.
    const pool = new FunctionPool(functions, () => rmSync(place, { recursive: true, force: true }), onPrinted);
    for (const about of functions) next.set(about.name, { about, pool });
    for (const pool of poolsOf(loaded)) if (!poolsOf(next).has(pool)) pool.retire();
    loaded = next;
  };
  await load();

  const toMatched = ({ about, pool }: Loaded, pattern: string | null): MatchedFunction => ({
    name: about.name,
    background: about.background,
    scheduled: about.schedule !== null,
    invoke: (request) => {
      const timeout = about.background ? "background" : about.schedule === null ? "answer" : "scheduled";
      // An edit may have replaced the pool while the request waited in a queue or for its retry.
      const current = loaded.get(about.name)?.pool ?? pool;
      return current.invoke({ source: about.source, event: toEvent(request, pattern), timeoutMs: TIMEOUT_MS[timeout] });
    },
  });

  let timer: NodeJS.Timeout | undefined;
  let loading = Promise.resolve();
  const changed = (name: string): void => {
    if (closing.signal.aborted || !/\.(?:[cm]?[jt]s|json)$/.test(name) || /^(?:dashboard|dev)\b/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      loading = loading.then(load).then(
        () => report("Reloaded the functions."),
        (error: unknown) => {
          if (!closing.signal.aborted) report(`The functions cannot be loaded: ${String(error)}`);
        },
      );
    }, RELOAD_AFTER_MS);
  };
  const watchers = [directory, join(root, "src")].flatMap((path) => {
    try {
      const watcher = watch(path, { recursive: true }, (_, name) => changed(name ?? ""));
      // If this machine watches too many files or the directory is gone, only reloading stops.
      watcher.on("error", (error) => report(`The dev server can no longer watch ${path}: ${error.message}`));
      return [watcher];
    } catch {
      return [];
    }
  });

  return {
    warm() {
      for (const pool of poolsOf(loaded)) pool.warm();
    },
    match(pathname, method) {
      const all = [...loaded.values()].map(({ about }) => about);
      const found = matchFunction(all, pathname, method);
      const entry = found && loaded.get(found.found.name);
      return entry && toMatched(entry, found.pattern);
    },
    get names() {
      return [...loaded.keys()];
    },
    get scheduled() {
      const entries = [...loaded.values()].filter(({ about }) => about.schedule !== null);
      return entries.map((entry) => toMatched(entry, null));
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await Promise.all([...poolsOf(loaded)].map((pool) => pool.close()));
    },
  };
}

/** Makes the event that the platform gives to Netlify's runtime. The body is always base64, which keeps its bytes. */
function toEvent(request: FunctionRequest, pattern: string | null): object {
  const bodyless = request.method === "GET" || request.method === "HEAD" || request.body.byteLength === 0;
  return {
    rawUrl: request.url,
    httpMethod: request.method,
    headers: {
      ...request.headers,
      "x-nf-client-connection-ip": request.clientAddress,
      "x-nf-request-id": request.requestId ?? randomUUID(),
      "x-nf-site-id": "unlinked",
      "x-nf-geo": "e30=",
    },
    body: bodyless ? null : Buffer.from(request.body).toString("base64"),
    isBase64Encoded: true,
    ...(pattern === null ? {} : { route: pattern }),
  };
}
