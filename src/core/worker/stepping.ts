import type { Effect, Instant, Phase, Stepped, Worker } from "./phases.ts";

/** The next phase of a worker, and its effects. */
export const go = ({ appending }: Worker, phase: Phase, ...effects: readonly Effect[]): Stepped => ({
  worker: { phase, appending },
  effects,
});

/** The event does not count. */
export const stay = (worker: Worker): Stepped => ({ worker, effects: [] });

/** Puts effects before those of a step. */
export const first = (effects: readonly Effect[], then: Stepped): Stepped => ({
  ...then,
  effects: [...effects, ...then.effects],
});

/** Claims the slot, perhaps again. */
export const claim = (worker: Worker, waits: number, { id }: Instant): Stepped =>
  go(worker, { at: "claiming", by: id, waits }, { do: "claim", by: id });

/** Ends the worker once everything owed is settled, because nothing is left to attend. */
export const stop = (worker: Worker): Stepped =>
  worker.appending > 0 ? go(worker, { at: "ending" }) : go(worker, { at: "settling" }, { do: "settle" });

export const endCalls: Effect = { do: "end calls" };
