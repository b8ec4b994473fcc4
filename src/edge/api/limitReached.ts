import type { Deps } from "../../app/deps.ts";
import { LAYERS_IN_ALL, SITES_IN_ALL } from "../../core/limits.ts";
import { LAYER_ORDER, SITE_ORDER } from "../../store/keys.ts";
import { problem } from "../problem.ts";

const kinds = {
  layers: { name: "data layers", prefix: LAYER_ORDER, limit: LAYERS_IN_ALL },
  sites: { name: "sites", prefix: SITE_ORDER, limit: SITES_IN_ALL },
} as const;

/**
 * 409 if there are so many that `more` would be too many; else null. They are counted by their places in the lists, those of
 * deleted ones included, for these are read as well until they are gone. Two who come at once may pass it by one: the limit
 * keeps reads bounded, nothing rests on its being exact.
 */
export const limitReached = async (
  { archive }: Pick<Deps, "archive">,
  kind: keyof typeof kinds,
  more: number,
): Promise<Response | null> => {
  if (more === 0) return null;
  const { name, prefix, limit } = kinds[kind];
  const standing = (await archive.list(prefix)).length;
  if (standing + more <= limit) return null;
  const detail = `There may be at most ${limit} ${name}; there are ${standing}, and this would make ${more} more. Deleted ones count for a day. Delete some, and try again a day later.`;
  return problem({ status: 409, code: "LIMIT_REACHED", title: `Too many ${name}`, detail, limit });
};
