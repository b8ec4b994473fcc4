import type { Deps, Target } from "../deps.ts";
import { driveWorker, type Shift } from "./driveWorker.ts";

/**
 * Works a slot until nothing is due, and then the sites that it filled. Takes `length` ms at most, and wakes a
 * successor if work is left. Never throws: what a failing store leaves is taken over.
 */
export const work = async (deps: Deps, target: Target, length: number): Promise<void> => {
  const flushed = new Map<string, string[]>();
  const under = new Map<string, Promise<void>>();
  const name = ({ kind, id }: Target) => `${kind}/${id}`;
  const shift: Shift = {
    until: deps.clock.elapsed() + length,
    flushed(of) {
      const ids = flushed.get(name(of)) ?? [];
      flushed.set(name(of), ids);
      return ids;
    },
    follow(other) {
      // A slot has one worker at a time here. A second request may come when the first worker has just found nothing
      // more to do.
      const before = under.get(name(other)) ?? Promise.resolve();
      under.set(
        name(other),
        before.then(() => driveWorker(deps, other, shift)),
      );
    },
  };
  await driveWorker(deps, target, shift);
  await Promise.all(under.values());
};
