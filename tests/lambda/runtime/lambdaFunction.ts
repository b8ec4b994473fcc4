import type { BundledFunction } from "../lab/bundleAsDeployed.ts";
import type { FunctionEvent } from "../lab/event.ts";
import { type Connections, Instance } from "./instance.ts";
import { Invocation } from "./invocation.ts";

/** What became of one call, for figures. */
export interface Finished {
  readonly functionName: string;
  readonly deployId: string;
  readonly cold: boolean;
  /** From the start of the process to its first wait for a call (ms); 0 if it was warm. */
  readonly initMs: number;
  /** From the call to its whole answer, the start of an instance included (ms); null: there was no answer. */
  readonly answerMs: number | null;
  /** From the call to its end, with what it handed to `waitUntil` (ms). */
  readonly endMs: number;
  readonly failure: string | null;
}

export interface LambdaOptions {
  readonly bundle: BundledFunction;
  readonly deployId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How much later it is in the instances that are started from now on (ms). */
  readonly clockAheadMs: () => number;
  readonly cpuShare: number | null;
  readonly onLine: (line: string) => void;
  /** The port of the world outside. */
  readonly outsidePort: number;
  /** How the kept connections of an instance die while it is frozen; null: they live. */
  readonly connections: Connections | null;
  readonly onFinished: (finished: Finished) => void;
}

/** The instances of one function of one deploy: each serves one call at a time, and a call without a free one gets a new one. */
export class LambdaFunction {
  readonly bundle: BundledFunction;
  readonly #options: LambdaOptions;
  readonly #instances = new Set<Instance>();

  constructor(options: LambdaOptions) {
    this.bundle = options.bundle;
    this.#options = options;
  }

  get instances(): number {
    return this.#instances.size;
  }

  invoke(event: FunctionEvent, timeoutMs: number): Invocation {
    const invocation = new Invocation(event, timeoutMs);
    const free = [...this.#instances].find(({ isIdle }) => isIdle);
    if (free === undefined) this.#spawn(invocation);
    else this.#run(free, invocation);
    return invocation;
  }

  /** What became of the connections of all instances that live. */
  connections(): { readonly died: number; readonly reused: number } {
    const counts = [...this.#instances].map((instance) => instance.connections());
    const sum = (of: "died" | "reused") => counts.reduce((total, count) => total + count[of], 0);
    return { died: sum("died"), reused: sum("reused") };
  }

  /** Kills the instances that are in the middle of a call, or all. Returns how many. */
  async kill(which: "busy" | "all"): Promise<number> {
    const doomed = [...this.#instances].filter(({ isIdle }) => which === "all" || !isIdle);
    await Promise.all(doomed.map((instance) => instance.stop()));
    return doomed.length;
  }

  #run(instance: Instance, invocation: Invocation): void {
    const { onFinished, deployId } = this.#options;
    const cold = instance.calls === 0;
    instance.run(invocation);
    void invocation.ended.then((failure) => {
      onFinished({
        functionName: this.bundle.name,
        deployId,
        cold,
        initMs: cold ? (instance.initMs ?? 0) : 0,
        answerMs: invocation.answeredAt === null ? null : invocation.answeredAt - invocation.askedAt,
        endMs: performance.now() - invocation.askedAt,
        failure: failure?.message ?? null,
      });
    });
  }

  /** Starts an instance for a call, which waits for it. */
  #spawn(first: Invocation): void {
    const { clockAheadMs, onFinished, deployId, ...options } = this.#options;
    const giveUp = (reason: string): void => {
      first.fail(reason);
      first.end();
    };
    const instance = new Instance({
      ...options,
      clockAheadMs: clockAheadMs(),
      onIdle: () => {
        if (instance.calls === 0) this.#run(instance, first);
        else instance.freeze();
      },
      onExit: () => {
        this.#instances.delete(instance);
        if (instance.calls === 0) giveUp("The instance ended before it asked for a call");
      },
    });
    this.#instances.add(instance);
    instance.start().catch((error: unknown) => {
      this.#instances.delete(instance);
      giveUp(String(error));
    });
  }
}
