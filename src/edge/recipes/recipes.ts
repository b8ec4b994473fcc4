import { gitSenders } from "./gitSenders.ts";
import { plainSenders } from "./plainSenders.ts";
import type { Recipe } from "./recipe.ts";
import { serverSenders } from "./serverSenders.ts";
import { serviceSenders } from "./serviceSenders.ts";
import { signingSenders } from "./signingSenders.ts";

/** The recipes of all senders, by name. */
export const recipes: readonly Recipe[] = [
  ...signingSenders,
  ...plainSenders,
  ...serviceSenders,
  ...serverSenders,
  ...gitSenders,
].toSorted((a, b) =>
  a.cms === "custom" || b.cms === "custom"
    ? Number(a.cms === "custom") - Number(b.cms === "custom")
    : a.cms < b.cms
      ? -1
      : 1,
);

/** The recipe of a CMS; null: there is none. */
export const recipeOf = (cms: string): Recipe | null => recipes.find((recipe) => recipe.cms === cms) ?? null;
