import type { DiscoveredFunction } from "./discoverFunctions.ts";
import { FunctionError } from "./functionError.ts";
import { type Call, type Invocation, type Job, makeJob } from "./makeJob.ts";
import { type Instance, type Life, startInstance } from "./startInstance.ts";

/** A function of a pool. The runtimes of all functions are the same, so the first one's is used. */
type PooledFunction = Pick<DiscoveredFunction, "source" | "runtime" | "background" | "schedule">;

/** How long an instance is kept without a call, unless it is the only idle one (ms). */
const IDLE_MS = 10_000;
/** How many instances load at a time. Each load keeps a processor busy for a third of a second. */
const LOADING_AT_ONCE = 1;
/** How many instances may run short calls at a time. More would only share the same processors. */
const FEW = 6;
/** A call that takes longer waits for something else than a processor, so its instance no longer counts as one of the few (ms). */
const HELD_AFTER_MS = 250;

/** Whether one more instance may start beside these. An instance whose call takes long does not count. */
export const isRoomForOneMore = (
  instances: Iterable<Pick<Instance, "loading" | "current">>,
  now: number = performance.now(),
): boolean => {
  const counted = [...instances].filter(
    ({ current }) => current === undefined || now - current.beganAt < HELD_AFTER_MS,
  );
  return counted.length < FEW && counted.filter(({ loading }) => loading).length < LOADING_AT_ONCE;
};

/**
 * Runs functions in worker threads with Netlify's own runtime. As on the platform, an instance handles one request at a
 * time and is reused while it is warm. Unlike there, an instance runs any of the functions,
 * because they share most of their code, and each thread loads it again. Calls `onEmpty` when the last instance of a
 * retired pool has ended.
 *
 * Netlify's own emulator starts a thread for each call, which costs a third of a second of CPU. Two hundred webhooks at
 * once would take most of a minute, and would arrive too far apart to coalesce. For the same reason a burst does not start
 * an instance for each call. A waiting call takes the first free instance, and more instances load one at a time while
 * there are few.
 */
export class FunctionPool {
  readonly #functions: readonly PooledFunction[];
  readonly #onEmpty: () => void;
  readonly #onPrinted: ((line: string) => void) | undefined;
  readonly #instances = new Set<Instance>();
  readonly #idle: Instance[] = [];
  readonly #waiting: Job[] = [];
  #growing: NodeJS.Timeout | undefined;
  #retired = false;
  #closed = false;

  constructor(
    functions: readonly PooledFunction[],
    onEmpty: () => void = () => {},
    onPrinted?: (line: string) => void,
  ) {
    this.#functions = functions;
    this.#onEmpty = onEmpty;
    this.#onPrinted = onPrinted;
  }

  /** How many instances there are. */
  get size(): number {
    return this.#instances.size;
  }

  /** Loads the functions that answer requests in an instance before the first request. */
  warm(): void {
    const answering = this.#functions.filter(({ background, schedule }) => !background && schedule === null);
    if (this.#instances.size === 0) this.#start(answering.map(({ source }) => source));
  }

  invoke(call: Call): Invocation {
    const release = { end: (one: Instance) => this.#end(one), free: (one: Instance) => this.#free(one) };
    const { job, invocation } = makeJob(call, release);
    const instance = this.#idle.pop();
    if (this.#closed) {
      job.fail(new FunctionError("closed", "The dev server is stopping"));
    } else if (instance === undefined) {
      this.#waiting.push(job);
      this.#startForWaiting();
    } else {
      clearTimeout(instance.idleTimer);
      job.begin(instance);
    }
    return invocation;
  }

  /** Lets running invocations end, and keeps no instance afterwards. */
  retire(): void {
    this.#retired = true;
    for (const instance of [...this.#idle]) this.#end(instance);
    if (this.#instances.size === 0) this.#onEmpty();
  }

  /** Stops everything at once, as the platform does when it takes an instance away. */
  async close(): Promise<void> {
    this.#retired = true;
    this.#closed = true;
    clearTimeout(this.#growing);
    const stopping = new FunctionError("closed", "The dev server is stopping");
    for (const job of this.#waiting.splice(0)) job.fail(stopping);
    await Promise.all(
      [...this.#instances].map((instance) => {
        instance.current?.fail(stopping);
        return instance.worker.terminate();
      }),
    );
  }

  #start(sources: readonly string[]): void {
    const life: Life = {
      loaded: () => {
        this.#free(instance);
        this.#startForWaiting();
      },
      ended: (failure) => {
        this.#instances.delete(instance);
        this.#forget(instance);
        // An instance that ended while loading fails one waiting call. The next call loads a new instance.
        if (instance.loading) this.#waiting.shift()?.fail(failure);
        this.#startForWaiting();
        if (this.#retired && this.#instances.size === 0) this.#onEmpty();
      },
    };
    const instance = startInstance(this.#functions[0]?.runtime ?? "", sources, life, this.#onPrinted);
    this.#instances.add(instance);
  }

  #startForWaiting(): void {
    clearTimeout(this.#growing);
    const [next] = this.#waiting;
    if (next === undefined || this.#closed) return;
    if (isRoomForOneMore(this.#instances)) this.#start([next.source]);
    this.#growing = setTimeout(() => this.#startForWaiting(), HELD_AFTER_MS).unref();
  }

  #free(instance: Instance): void {
    instance.current = undefined;
    const alive = this.#instances.has(instance);
    const next = alive && !this.#closed ? this.#waiting.shift() : undefined;
    if (next !== undefined) {
      next.begin(instance);
    } else if (this.#retired || !alive) {
      this.#end(instance);
    } else {
      this.#idle.push(instance);
      // One idle instance stays, so that the next call finds the code loaded.
      instance.idleTimer = setTimeout(() => this.#idle.length > 1 && this.#end(instance), IDLE_MS).unref();
    }
  }

  #forget(instance: Instance): void {
    clearTimeout(instance.idleTimer);
    const at = this.#idle.indexOf(instance);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #end(instance: Instance): void {
    this.#forget(instance);
    void instance.worker.terminate();
  }
}
