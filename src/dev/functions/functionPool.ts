import { Worker } from "node:worker_threads";

export interface FunctionAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A running invocation. */
export interface Invocation {
  /** Undefined if the function ended without an answer, which a background function may. */
  readonly answer: Promise<FunctionAnswer | undefined>;
  /** Settles when the function and everything it gave to waitUntil have ended. Rejects with `FunctionError`. */
  readonly ended: Promise<void>;
}

/** `threw`: an unhandled exception; `crashed`: the instance died; `timeout`: it was stopped; `closed`: shutdown. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly reason: "threw" | "crashed" | "timeout" | "closed";

  constructor(reason: FunctionError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface FunctionPool {
  /** Loads the function in an instance before the first request. */
  warm(): void;
  invoke(event: unknown, timeoutMs: number): Invocation;
  /** Lets running invocations end, and keeps no instance afterwards. */
  retire(): void;
  /** Stops everything at once, as the platform does when it takes an instance away. */
  close(): Promise<void>;
}

/** File URLs of a function and of Netlify's runtime. */
export interface FunctionFiles {
  readonly source: string;
  readonly runtime: string;
}

/** An invocation that waits for an instance or runs on one. */
interface Job {
  /** Starts the job on an instance. A job that gets no instance fails instead. */
  begin(instance: Instance): void;
  fail(error: FunctionError): void;
}

interface Instance {
  readonly worker: Worker;
  /** Whether the function is still being loaded. */
  loading: boolean;
  current: { message(value: unknown): void; fail(error: FunctionError): void } | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

const IDLE_MS = 120_000;
/** How many instances of one function load at a time. Each load keeps a processor busy for a third of a second. */
const LOADING_AT_ONCE = 1;
const INSTANCE = new URL("./functionInstance.ts", import.meta.url);

/**
 * Runs the function at `source` in worker threads. As on the platform, an instance handles one request at a time and is
 * reused while it is warm. Calls `onEmpty` when the last instance of a retired pool has ended.
 *
 * Netlify's own emulator starts a thread for each call, which costs a third of a second of CPU. Two hundred webhooks at
 * once would take most of a minute, and would arrive too far apart to coalesce. For the same reason a burst on a cold
 * server does not start an instance for each call. A waiting call takes the first free instance, and more instances
 * load one at a time while calls wait.
 */
export function createFunctionPool(files: FunctionFiles, onEmpty: () => void = () => {}): FunctionPool {
  const instances = new Set<Instance>();
  const idle: Instance[] = [];
  const waiting: Job[] = [];
  let retired = false;
  let closed = false;

  const end = (instance: Instance): void => {
    const at = idle.indexOf(instance);
    if (at >= 0) idle.splice(at, 1);
    void instance.worker.terminate();
  };

  const loading = (): number => [...instances].filter((instance) => instance.loading).length;
  const startForWaiting = (): void => {
    if (waiting.length > 0 && !closed && loading() < LOADING_AT_ONCE) start();
  };

  const start = (): void => {
    const instance = startInstance(files, {
      loaded: () => {
        free(instance);
        startForWaiting();
      },
      ended: (failure) => {
        clearTimeout(instance.idleTimer);
        instances.delete(instance);
        const at = idle.indexOf(instance);
        if (at >= 0) idle.splice(at, 1);
        // An instance that ended while loading fails one waiting call. The next call loads a new instance.
        if (instance.loading) waiting.shift()?.fail(failure);
        startForWaiting();
        if (retired && instances.size === 0) onEmpty();
      },
    });
    instances.add(instance);
  };

  const free = (instance: Instance): void => {
    instance.current = undefined;
    const next = instances.has(instance) && !closed ? waiting.shift() : undefined;
    if (next !== undefined) {
      next.begin(instance);
    } else if (retired || !instances.has(instance)) {
      end(instance);
    } else {
      idle.push(instance);
      instance.idleTimer = setTimeout(() => end(instance), IDLE_MS).unref();
    }
  };

  return {
    warm() {
      if (instances.size === 0) start();
    },
    invoke(event, timeoutMs) {
      const { job, invocation } = makeJob(event, timeoutMs, { end, free });
      const instance = idle.pop();
      if (closed) {
        job.fail(new FunctionError("closed", "The dev server is stopping"));
      } else if (instance === undefined) {
        waiting.push(job);
        startForWaiting();
      } else {
        clearTimeout(instance.idleTimer);
        job.begin(instance);
      }
      return invocation;
    },
    retire() {
      retired = true;
      for (const instance of [...idle]) end(instance);
      if (instances.size === 0) onEmpty();
    },
    async close() {
      retired = true;
      closed = true;
      const stopping = new FunctionError("closed", "The dev server is stopping");
      for (const job of waiting.splice(0)) job.fail(stopping);
      await Promise.all(
        [...instances].map((instance) => {
          instance.current?.fail(stopping);
          return instance.worker.terminate();
        }),
      );
    },
  };
}

interface Life {
  /** Called when the function is loaded. If loading failed, every call fails with the reason. */
  loaded(): void;
  /** Called when the thread has ended, with the reason. */
  ended(failure: FunctionError): void;
}

function startInstance({ source, runtime }: FunctionFiles, { loaded, ended }: Life): Instance {
  const worker = new Worker(INSTANCE, {
    workerData: { source, runtime },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const instance: Instance = { worker, loading: true, current: undefined, idleTimer: undefined };
  let failure = new FunctionError("crashed", "The function ended its own instance");
  worker.on("message", (value: unknown) => {
    if (!instance.loading) {
      instance.current?.message(value);
      return;
    }
    instance.loading = false;
    loaded();
  });
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    instance.current?.fail(failure);
    ended(failure);
  };
  worker.on("error", (error) => {
    failure = new FunctionError("threw", error instanceof Error ? (error.stack ?? error.message) : String(error));
    finish();
  });
  worker.on("exit", finish);
  return instance;
}

interface Release {
  /** Ends an instance whose state is unknown. */
  end(instance: Instance): void;
  /** Returns an instance to the pool after its work. */
  free(instance: Instance): void;
}

/** Returns a promise with the functions that settle it. */
function later<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve: (value) => resolve(value), reject: (error) => reject(error) };
}

/** Makes a job that invokes the function with `event`, and stops it after `timeoutMs`. */
function makeJob(event: unknown, timeoutMs: number, { end, free }: Release): { job: Job; invocation: Invocation } {
  const answer = later<FunctionAnswer | undefined>();
  const ended = later<void>();
  // Both promises reject together. A caller may look at only one, and the other must not count as unhandled.
  answer.promise.catch(() => {});
  ended.promise.catch(() => {});
  const fail = (error: FunctionError): void => {
    answer.reject(error);
    ended.reject(error);
  };
  const begin = (instance: Instance): void => {
    const failWith = (error: FunctionError, release: (instance: Instance) => void): void => {
      clearTimeout(timer);
      instance.current = undefined;
      fail(error);
      release(instance);
    };
    const timer = setTimeout(() => {
      failWith(new FunctionError("timeout", `The function was stopped after ${timeoutMs / 1000} seconds`), end);
    }, timeoutMs);
    instance.current = {
      fail: (error) => failWith(error, end),
      message(value) {
        const message = parseMessage(value);
        if (message.type === "answer") {
          answer.resolve(message.answer);
        } else if (message.type === "threw") {
          failWith(new FunctionError("threw", message.error), free);
        } else {
          clearTimeout(timer);
          answer.resolve(undefined);
          ended.resolve();
          free(instance);
        }
      },
    };
    instance.worker.postMessage({ event, deadline: Date.now() + timeoutMs });
  };
  return { job: { begin, fail }, invocation: { answer: answer.promise, ended: ended.promise } };
}

type Message = { type: "answer"; answer: FunctionAnswer } | { type: "threw"; error: string } | { type: "done" };

function parseMessage(value: unknown): Message {
  const field = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
  if (field("type") === "threw") return { type: "threw", error: String(field("error")) };
  if (field("type") !== "answer") return { type: "done" };
  const headers: [string, string][] = [];
  const given = field("headers");
  for (const pair of Array.isArray(given) ? given : []) {
    if (Array.isArray(pair)) headers.push([String(pair[0]), String(pair[1])]);
  }
  const body = field("body");
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  return { type: "answer", answer: { status: Number(field("status")), headers, body: bytes } };
}
