import type { Deps } from "../../app/deps.ts";
import { placesTaken, systemLimits } from "../../app/settings/placesTaken.ts";
import { problem } from "../problem.ts";

const names = { layers: "data layers", sites: "sites" } as const;

/**
 * 409 if `more` layers or sites would exceed their limit; otherwise null. Two concurrent requests may exceed the limit
 * by one, which is harmless: the limit only bounds the number of reads.
 */
export const limitReached = async (
  deps: Pick<Deps, "archive" | "store">,
  kind: keyof typeof systemLimits,
  more: number,
): Promise<Response | null> => {
  if (more === 0) return null;
  const { limit } = systemLimits[kind];
  const count = (await placesTaken(deps, kind, more)).size;
  if (count + more <= limit) return null;
  const name = names[kind];
  const detail = `The limit is ${limit} ${name}. You have ${count}, and this request would create ${more} more. Delete some ${name} and try again a day later, because deleted ${name} count for a day.`;
  return problem({ status: 409, code: "LIMIT_REACHED", title: `Too many ${name}`, detail, limit });
};
