import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { FunctionError } from "./functionError.ts";

/** A thread that runs one call at a time. */
export interface Instance {
  readonly worker: Worker;
  /** Whether its first functions are still being loaded. */
  loading: boolean;
  current: Current | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

/** The call that an instance runs. */
export interface Current {
  readonly beganAt: number;
  message(value: unknown): void;
  fail(error: FunctionError): void;
}

/**
 * The heap of a thread (MB). A function may use as much as on the platform. Little is left to young objects, or each busy
 * thread would fill tens of megabytes with them before V8 collects any.
 */
const LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 8 };
const INSTANCE = new URL("./functionInstance.ts", import.meta.url);

export interface Life {
  /** Called when its functions are loaded. If loading failed, every call fails with the reason. */
  loaded(): void;
  /** Called when the thread has ended, with the reason. */
  ended(failure: FunctionError): void;
}

/**
 * Starts a thread that loads Netlify's runtime and the functions at `sources` (file URLs), and then runs any function.
 * `onPrinted` takes each line that the thread prints; without it the lines go to this process's output.
 */
export function startInstance(
  runtime: string,
  sources: readonly string[],
  { loaded, ended }: Life,
  onPrinted?: (line: string) => void,
): Instance {
  const taken = onPrinted !== undefined;
  const worker = new Worker(INSTANCE, {
    workerData: { runtime, sources },
    resourceLimits: LIMITS,
    stdout: taken,
    stderr: taken,
  });
  if (taken) for (const input of [worker.stdout, worker.stderr]) createInterface({ input }).on("line", onPrinted);
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
