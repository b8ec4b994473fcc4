import { plainSenders } from "./plainSenders.ts";
import type { Recipe } from "./recipe.ts";
import { signingSenders } from "./signingSenders.ts";

/** Every sender that we can tell how to set up, by its name. */
export const recipes: readonly Recipe[] = [...signingSenders, ...plainSenders].toSorted((a, b) =>
  a.cms === "custom" || b.cms === "custom"
    ? Number(a.cms === "custom") - Number(b.cms === "custom")
    : a.cms < b.cms
      ? -1
      : 1,
);

/** The recipe for a CMS; null: we have none. */
export const recipeOf = (cms: string): Recipe | null => recipes.find((recipe) => recipe.cms === cms) ?? null;
