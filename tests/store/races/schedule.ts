import { AsyncLocalStorage } from "node:async_hooks";
import type fc from "fast-check";

/** One call of the port, from its beginning to its answer. */
export interface Call {
  readonly id: number;
  readonly by: string;
  /** Gates at which it waits now. */
  waits: number;
}

/** Turns of the event loop that a call may take between two gates; all that happens there is in memory. */
const TURNS = 300;
/** Gates that one run may pass; all of them end far below. */
const STEPS = 6000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Decides what happens next among everything that could. Whoever reaches a gate waits there until the scheduler lets it
 * pass; the next is let through only when nobody is under way any more, so that a run is a function of its seed.
 *
 * Real I/O happens only behind a gate, one at a time, and is waited for as long as it takes. What is neither at a gate
 * nor in I/O waits by itself, on a timer of its own: that is a failure.
 */
export class Schedule {
  readonly #scheduler: fc.Scheduler;
  readonly #current = new AsyncLocalStorage<Call>();
  readonly #open = new Set<Call>();
  readonly #failures: unknown[] = [];
  /** Every gate that was passed, in order. */
  readonly passed: string[] = [];
  #calls = 0;
  #running = 0;
  #outside = 0;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The call within which this is asked. */
  get current(): Call | null {
    return this.#current.getStore() ?? null;
  }

  /** Passes when the schedule says so; `call` waits until then. */
  async gate(label: string, call: Call | null = this.current): Promise<void> {
    if (call !== null) call.waits += 1;
    await this.#scheduler.schedule(Promise.resolve(), label);
    if (call !== null) call.waits -= 1;
    this.passed.push(label);
  }

  /** One call of the port on behalf of `by`. */
  async call<T>(by: string, work: (call: Call) => Promise<T>): Promise<T> {
    this.#calls += 1;
    const call: Call = { id: this.#calls, by, waits: 0 };
    this.#open.add(call);
    try {
      return await this.#current.run(call, () => work(call));
    } finally {
      this.#open.delete(call);
    }
  }

  /** Real I/O, during which nothing else happens. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.#outside += 1;
    try {
      return await work();
    } finally {
      this.#outside -= 1;
    }
  }

  /** Starts another process of this run. Its error fails the run. */
  start(process: () => Promise<unknown>): void {
    this.#running += 1;
    const end = () => {
      this.#running -= 1;
    };
    this.#current
      .exit(() => process())
      .then(end, (error: unknown) => {
        this.#failures.push(error);
        end();
      });
  }

  async #settle(): Promise<void> {
    for (let turns = 0; ; ) {
      await turn();
      if (this.#outside > 0) continue;
      const busy = [...this.#open].find(({ waits }) => waits === 0);
      if (busy === undefined) return;
      turns += 1;
      if (turns > TURNS) throw new Error(`a call of ${busy.by} waits by itself, and nobody decides for how long`);
    }
  }

  /** Plays the processes to their end, and what is still under way after it. */
  async play(processes: readonly (() => Promise<unknown>)[]): Promise<void> {
    for (const process of processes) this.start(process);
    for (let steps = 0; steps < STEPS; steps += 1) {
      await this.#settle();
      if (this.#failures.length > 0) throw this.#failures[0];
      if (this.#scheduler.count() > 0) await this.#scheduler.waitNext(1);
      else if (this.#running === 0) return;
      else throw new Error("somebody waits for what never comes");
    }
    throw new Error(`no end after ${STEPS} steps`);
  }
}
