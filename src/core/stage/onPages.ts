import type { Standing } from "./stage.ts";

/** What is known of the pages of a publish, once its deploy is live. */
export type OnPages =
  /** All pages that were looked at show it, the last one since `at` (ms). */
  { readonly state: "seen"; readonly at: number } | { readonly state: "missing" | "awaited" };

/** Why a publish is live and yet not on its page. */
export const NOT_ON_PAGE = "The deploy is live, but the page does not show this publish yet.";

/**
 * What several looks say together: one page without its publish outweighs the others, then one that is still to be looked
 * at. Null: nobody can say.
 */
export const onPages = (
  found: readonly ({ readonly state: "seen" | "missing" | "unknown"; readonly at: number } | null)[],
  isAwaited: boolean,
): OnPages | null => {
  if (found.some((one) => one?.state === "missing")) return { state: "missing" };
  if (isAwaited) return { state: "awaited" };
  const times = found.flatMap((one) => (one?.state === "seen" ? [one.at] : []));
  return times.length === 0 ? null : { state: "seen", at: Math.max(...times) };
};

/** Where a delivery stands, with its reason if its deploy is live and a page does not show it. */
export const withPages = (standing: Standing, pages: OnPages | null): Standing =>
  standing.stage === "live" && pages?.state === "missing" ? { ...standing, reason: NOT_ON_PAGE } : standing;
