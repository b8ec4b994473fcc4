import type { Deps } from "../../src/app/deps.ts";
import { drain } from "../../src/app/repair/drain.ts";
import { readDrainHint } from "../../src/app/stored/drainHint.ts";

/** Ticks until all logs of the day are cut, and returns the number of ticks. */
export const aRound = async (deps: Deps): Promise<number> => {
  for (let ticks = 1; ticks <= 1000; ticks += 1) {
    await drain(deps);
    const { hint } = await readDrainHint(deps);
    if (hint.cutAfter === undefined && hint.cutAt !== undefined && deps.clock.now() - hint.cutAt < 1000) return ticks;
  }
  throw new Error("the round of the logs never ends");
};
