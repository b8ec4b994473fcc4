import { z } from "zod/mini";
import { defined } from "../defined.ts";

const texts = z.optional(z.array(z.string()));

/** A condition for a delivery, as a person gives it: one place, and one test of what stands there. */
const conditionSchema = z.strictObject({
  header: z.optional(z.string()),
  query: z.optional(z.string()),
  /** The path in the body, as names joined by dots; `*` stands for every element. */
  bodyPath: z.optional(z.string()),
  in: texts,
  startsWith: texts,
  exists: z.optional(z.boolean()),
  absent: z.optional(z.boolean()),
  not: z.optional(z.strictObject({ in: texts, startsWith: texts })),
});
export type EventCondition = z.infer<typeof conditionSchema>;

/**
 * A condition as it is stored. The release before knows `header`, `bodyPath` and `in`, and lets every delivery through
 * where the first two are missing. So what only this release knows is in `rule`, beside an empty `in`.
 */
export const storedConditionSchema = z.looseObject({
  header: z.optional(z.string()),
  bodyPath: z.optional(z.string()),
  in: z.array(z.string()),
  /** Any value: a rule of a later release must not make the document unreadable. */
  rule: z.optional(z.unknown()),
});
export type StoredCondition = z.infer<typeof storedConditionSchema>;

/** The names of a path in a body. */
export const stepsOf = (path: string): string[] => path.split(".");

/** The name in a path that stands for every element of a list, and every field of an object. */
export const EVERY = "*";

/** A condition for the store. */
export const storeCondition = (condition: EventCondition): StoredCondition => {
  const { header, query, bodyPath, in: values, startsWith, exists, absent, not } = condition;
  const isKnownBefore = query === undefined && !(bodyPath !== undefined && stepsOf(bodyPath).includes(EVERY));
  if (values !== undefined && isKnownBefore) return { ...defined({ header, bodyPath }), in: values };
  const test = defined({ in: values, startsWith, exists, absent, not: not && defined({ ...not }) });
  return { in: [], rule: { ...defined({ header, query, bodyPath }), ...test } };
};

/** A stored condition as it was given; without a place if a later release stored it. */
export const readCondition = ({ rule, header, bodyPath, in: values }: StoredCondition): EventCondition => {
  if (rule === undefined) return { ...defined({ header, bodyPath }), in: values };
  const known = conditionSchema.safeParse(rule);
  return known.success ? known.data : {};
};

/** What stands at the place that a condition names. */
export interface Found {
  /** The texts, numbers and booleans there, as texts. */
  readonly values: readonly string[];
  /** Whether anything but null stands there. */
  readonly exists: boolean;
  /** Whether that is all for sure. It is not in a body that cannot be read, or not completely. */
  readonly isWhole: boolean;
}

export type Find = (condition: EventCondition) => Found;

type Judgement = "met" | "unmet" | "unknown";

const isOneOf = ({ in: wanted = [], startsWith = [] }: Pick<EventCondition, "in" | "startsWith">) => {
  const exact = new Set(wanted);
  return (value: string): boolean => exact.has(value) || startsWith.some((start) => value.startsWith(start));
};

/** Whether the condition has a place and a test that this release knows. */
const isKnown = ({ header, query, bodyPath, in: values, startsWith, exists, absent, not }: EventCondition): boolean =>
  [header, query, bodyPath].some((place) => place !== undefined) &&
  [values, startsWith, exists, absent, not?.in, not?.startsWith].some((test) => test !== undefined);

const judge = (condition: EventCondition, find: Find): { readonly judgement: Judgement; readonly found: Found } => {
  const found = find(condition);
  const { values, exists, isWhole } = found;
  const { not, absent } = condition;
  const isNegative = not !== undefined || absent === true;
  const isThere = not !== undefined || condition.in !== undefined || condition.startsWith !== undefined;
  const fits = isThere ? values.some(isOneOf(not ?? condition)) : exists;
  if (!isWhole && (isNegative || !fits)) return { judgement: "unknown", found };
  return { judgement: fits === isNegative ? "unmet" : "met", found };
};

/** The first condition that a delivery does not meet, and what stands there instead. */
export interface Unmet {
  readonly index: number;
  readonly condition: EventCondition;
  readonly found: Found;
}

/**
 * Judges a delivery by its webhook's conditions. `find` reads it. A condition that cannot be judged counts as met, so
 * that no publish is lost: a body that cannot be read (`inDoubt`), or a condition of a later release.
 */
export const judgeDelivery = (
  only: readonly StoredCondition[],
  find: Find,
): { readonly unmet: Unmet | null; readonly inDoubt: boolean } => {
  let inDoubt = false;
  for (const [index, stored] of only.entries()) {
    const condition = readCondition(stored);
    if (!isKnown(condition)) continue;
    const { judgement, found } = judge(condition, find);
    if (judgement === "unmet") return { unmet: { index, condition, found }, inDoubt };
    if (judgement === "unknown") inDoubt = true;
  }
  return { unmet: null, inDoubt };
};
