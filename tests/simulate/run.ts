import { forgetDecoded } from "./decoded.ts";
import type { Plan } from "./plan.ts";
import type { Violation } from "./records/oracle.ts";
import { clientContext } from "./world/client.ts";
import { World } from "./world/world.ts";

export interface Lived {
  readonly violation: Violation | null;
  readonly lines: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

// Failures are values here, made by the thousand; nobody reads where they were made.
Error.stackTraceLimit = 0;

/** Lives one world to its end. Equal seeds give equal lives. */
export const runSeed = async (seed: number, traced = false, reshaped?: (plan: Plan) => Plan): Promise<Lived> => {
  process.env["NETLIFY_BLOBS_CONTEXT"] = clientContext();
  forgetDecoded();
  const world = new World(seed, traced, reshaped);
  await world.live();
  return { violation: world.oracle.violation, lines: world.trace.lines, counts: world.counts };
};
