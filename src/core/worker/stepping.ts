import type { Effect, Instant, Phase, Stepped, Worker } from "./phases.ts";

/** A worker in another phase, and what it wants done. */
export const go = ({ appending }: Worker, phase: Phase, ...effects: readonly Effect[]): Stepped => ({
  worker: { phase, appending },
  effects,
});

/** Nothing that counts has happened. */
export const stay = (worker: Worker): Stepped => ({ worker, effects: [] });

/** These effects, and then those of what follows. */
export const first = (effects: readonly Effect[], then: Stepped): Stepped => ({
  ...then,
  effects: [...effects, ...then.effects],
});

/** Claims, perhaps for the second time or more. */
export const claim = (worker: Worker, waits: number, { id }: Instant): Stepped =>
  go(worker, { at: "claiming", by: id, waits }, { do: "claim", by: id });

/** Nothing is left to attend here: what is owed is settled, then the worker is over. */
export const stop = (worker: Worker): Stepped =>
  worker.appending > 0 ? go(worker, { at: "ending" }) : go(worker, { at: "settling" }, { do: "settle" });

export const endCalls: Effect = { do: "end calls" };
