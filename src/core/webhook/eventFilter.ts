import { z } from "zod/mini";

/** One thing that a delivery must have: a header, or a text in its JSON body, that is one of these. */
export const eventConditionSchema = z.looseObject({
  header: z.optional(z.string()),
  /** Names joined by dots. */
  bodyPath: z.optional(z.string()),
  in: z.array(z.string()),
});
export type EventCondition = z.infer<typeof eventConditionSchema>;

/** What a condition finds in a delivery; null: nothing stands there; undefined: nobody can tell. */
export type Found = (condition: EventCondition) => string | null | undefined;

/**
 * The first condition that a delivery does not meet; null if it meets all. `find` looks at the delivery. What
 * cannot be judged (a body too long to read or no JSON, a condition of a later release) is met: in doubt a publish is not withheld.
 */
export const unmetCondition = (only: readonly EventCondition[], find: Found): EventCondition | null =>
  only.find((condition) => {
    if (condition.header === undefined && condition.bodyPath === undefined) return false;
    const value = find(condition);
    return value !== undefined && (value === null || !condition.in.includes(value));
  }) ?? null;
