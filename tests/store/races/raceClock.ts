import type { Clock } from "../../../src/app/deps.ts";
import { START } from "../../support/builders.ts";
import type { Schedule } from "./schedule.ts";

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes when the schedule says so, from one timer to the next, and at no other moment. */
export class RaceClock implements Clock {
  readonly #schedule: Schedule;
  #now = START;
  #timers: Timer[] = [];
  #passing = false;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  /** Everybody is frozen for a while: timers are late, leases run out. */
  async freeze(ms: number): Promise<void> {
    await this.#schedule.gate(`${ms} ms pass at once`, null);
    this.#now += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = { at: this.#now + ms, wake: resolve };
      this.#timers.push(timer);
      signal?.addEventListener("abort", () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
      void this.#pass();
    });
  }

  async #pass(): Promise<void> {
    if (this.#passing) return;
    this.#passing = true;
    while (this.#timers.length > 0) {
      await this.#schedule.gate("time passes", null);
      const next = this.#timers.reduce<Timer | null>((a, b) => (a === null || b.at < a.at ? b : a), null);
      if (next === null) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      // Whoever was woken may sleep again before it is decided whether anybody still does.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#passing = false;
  }
}
