import { type Slot, without } from "./slot.ts";

/**
 * Why an answer that showed no change counted as changed: an earlier change was not built, an earlier call got no
 * answer, or a delivery announced a change.
 */
export const countedReasons = ["unbuilt-change", "unanswered-call", "unconfirmed-publish"] as const;
export type CountedReason = (typeof countedReasons)[number];

/** The slot's unbuilt changes, with those put off at `at` (ms). */
export const putOff = (
  { unbuilt }: Pick<Slot, "unbuilt">,
  changes: readonly { readonly slug: string; readonly version: string | undefined }[],
  at: number,
): Pick<Slot, "unbuilt"> => {
  if (changes.length === 0) return {};
  const added = changes.map(({ slug, version }) => [slug, { at, ...(version === undefined ? {} : { version }) }]);
  return { unbuilt: { ...unbuilt, ...Object.fromEntries(added) } };
};

/** The slot's unbuilt changes, without those of some sources. */
export const unbuiltWithout = (
  { unbuilt }: Pick<Slot, "unbuilt">,
  ...slugs: readonly string[]
): Pick<Slot, "unbuilt"> => (unbuilt === undefined ? {} : { unbuilt: without(unbuilt, ...slugs) });
