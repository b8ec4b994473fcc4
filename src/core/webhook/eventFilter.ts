import { z } from "zod/mini";

/** A condition for a delivery: a header, or a text in its body, must be one of these values. */
export const eventConditionSchema = z.looseObject({
  header: z.optional(z.string()),
  /** The path of the text, as names joined by dots. */
  bodyPath: z.optional(z.string()),
  in: z.array(z.string()),
});
export type EventCondition = z.infer<typeof eventConditionSchema>;

/** The value that a condition finds in a delivery. Null: there is none. Undefined: it cannot be known. */
export type FindValue = (condition: EventCondition) => string | null | undefined;

/**
 * The first condition that a delivery does not meet; null if it meets all. `find` reads a value from the delivery. A
 * condition that cannot be judged (a body that cannot be read, a condition of a later release) counts as met,
 * so that no publish is lost.
 */
export const unmetCondition = (only: readonly EventCondition[], find: FindValue): EventCondition | null =>
  only.find((condition) => {
    if (condition.header === undefined && condition.bodyPath === undefined) return false;
    const value = find(condition);
    return value !== undefined && (value === null || !condition.in.includes(value));
  }) ?? null;
