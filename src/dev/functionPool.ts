import { Worker } from "node:worker_threads";

export interface FunctionAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** An invocation under way. */
export interface Invocation {
  /** Undefined when the function ended without one, as background functions may. */
  readonly answer: Promise<FunctionAnswer | undefined>;
  /** Settles when the function, and all it gave to waitUntil, has ended. Rejects with `FunctionError`. */
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
  /** Has an instance load the function before it is needed. */
  warm(): void;
  invoke(event: unknown, timeoutMs: number): Invocation;
  /** Lets what runs come to its end and starts nothing more. */
  retire(): void;
  /** Stops everything at once, as an instance that the platform takes away. */
  close(): Promise<void>;
}

/** File URLs of a function and of Netlify's runtime. */
export interface FunctionFiles {
  readonly source: string;
  readonly runtime: string;
}

interface Instance {
  readonly worker: Worker;
  current: { message(value: unknown): void; fail(error: FunctionError): void } | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

const IDLE_MS = 120_000;
const INSTANCE = new URL("./functionInstance.ts", import.meta.url);

/**
 * Runs the function at `source` in worker threads. As on the platform an instance handles one request
 * at a time and is used again while it is warm; `onEmpty` is called when a retired pool has ended its last one.
 *
 * One thread for each call, as Netlify's own emulator does it, costs a third of a second of CPU a call: two hundred
 * webhooks at once would take most of a minute, and a burst would be stretched until nothing in it coalesces.
 */
export function createFunctionPool({ source, runtime }: FunctionFiles, onEmpty: () => void = () => {}): FunctionPool {
  const instances = new Set<Instance>();
  const idle: Instance[] = [];
  let retired = false;

  const end = (instance: Instance): void => {
    const at = idle.indexOf(instance);
    if (at >= 0) idle.splice(at, 1);
    void instance.worker.terminate();
  };

  const start = (): Instance => {
    const worker = new Worker(INSTANCE, {
      workerData: { source, runtime },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    const instance: Instance = { worker, current: undefined, idleTimer: undefined };
    instances.add(instance);
    worker.on("message", (value: unknown) => instance.current?.message(value));
    worker.on("error", (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (instance.current === undefined) end(instance);
      else instance.current.fail(new FunctionError("threw", text));
    });
    worker.on("exit", () => {
      clearTimeout(instance.idleTimer);
      instances.delete(instance);
      const at = idle.indexOf(instance);
      if (at >= 0) idle.splice(at, 1);
      instance.current?.fail(new FunctionError("crashed", "The function ended its own instance"));
      if (retired && instances.size === 0) onEmpty();
    });
    return instance;
  };

  const free = (instance: Instance): void => {
    instance.current = undefined;
    if (retired || !instances.has(instance)) {
      end(instance);
    } else {
      idle.push(instance);
      instance.idleTimer = setTimeout(() => end(instance), IDLE_MS).unref();
    }
  };

  return {
    warm() {
      if (instances.size === 0) free(start());
    },
    invoke(event, timeoutMs) {
      const instance = idle.pop() ?? start();
      clearTimeout(instance.idleTimer);
      let settle: (end: FunctionAnswer | FunctionError | undefined) => void = () => {};
      const answer = new Promise<FunctionAnswer | undefined>((resolve, reject) => {
        settle = (end) => (end instanceof FunctionError ? reject(end) : resolve(end));
      });
      const ended = new Promise<void>((resolve, reject) => {
        const fail = (error: FunctionError, keep: boolean): void => {
          clearTimeout(timer);
          instance.current = undefined;
          settle(error);
          reject(error);
          if (keep) free(instance);
          else end(instance);
        };
        const timer = setTimeout(() => {
          fail(new FunctionError("timeout", `The function was stopped after ${timeoutMs / 1000} seconds`), false);
        }, timeoutMs);
        instance.current = {
          fail: (error) => fail(error, false),
          message(value) {
            const message = parseMessage(value);
            if (message.type === "answer") {
              settle(message.answer);
            } else if (message.type === "threw") {
              fail(new FunctionError("threw", message.error), true);
            } else {
              clearTimeout(timer);
              settle(undefined);
              resolve();
              free(instance);
            }
          },
        };
      });
      // Both reject together, and a caller may look at one of them only.
      answer.catch(() => {});
      ended.catch(() => {});
      instance.worker.postMessage({ event, deadline: Date.now() + timeoutMs });
      return { answer, ended };
    },
    retire() {
      retired = true;
      for (const instance of [...idle]) end(instance);
      if (instances.size === 0) onEmpty();
    },
    async close() {
      retired = true;
      await Promise.all(
        [...instances].map((instance) => {
          instance.current?.fail(new FunctionError("closed", "The dev server is stopping"));
          return instance.worker.terminate();
        }),
      );
    },
  };
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
