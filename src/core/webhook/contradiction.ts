import type { EventCondition } from "./eventFilter.ts";

type Values = Pick<EventCondition, "in" | "startsWith">;

const placeOf = ({ header, query, bodyPath }: EventCondition): string =>
  JSON.stringify([header?.toLowerCase(), query, bodyPath]);

const isPositive = ({ absent, not }: EventCondition): boolean => absent !== true && not === undefined;

const startsWithOne = (text: string, starts: readonly string[]): boolean =>
  starts.some((start) => text.startsWith(start));

/** Whether every text that `wanted` lets through is one that `excluded` names. */
const isCovered = (wanted: Values, excluded: Values): boolean => {
  const { in: values = [], startsWith = [] } = excluded;
  const covers = (text: string): boolean => values.includes(text) || startsWithOne(text, startsWith);
  if (wanted.in !== undefined) return wanted.in.every(covers);
  return wanted.startsWith?.every((start) => startsWithOne(start, startsWith)) ?? false;
};

/** Whether no text is one of both. */
const isDisjoint = (one: Values, other: Values): boolean => {
  if (one.in !== undefined && other.in !== undefined) return !one.in.some((text) => other.in?.includes(text));
  if (one.in !== undefined && other.startsWith !== undefined) {
    return !one.in.some((text) => startsWithOne(text, other.startsWith ?? []));
  }
  if (one.startsWith !== undefined && other.in !== undefined) return isDisjoint(other, one);
  const [starts = [], others = []] = [one.startsWith, other.startsWith];
  return !starts.some((start) => others.some((each) => each.startsWith(start) || start.startsWith(each)));
};

/** Whether a test wants one of some texts. */
const wantsText = (condition: EventCondition): boolean =>
  condition.in !== undefined || condition.startsWith !== undefined;

/** Whether no request can meet both conditions, which are about the same place. */
const exclude = (one: EventCondition, other: EventCondition): boolean => {
  if (isPositive(one) && other.absent === true) return true;
  if (wantsText(one) && other.not !== undefined) return isCovered(one, other.not);
  // A header has one value. A body can have several at one path, and a query several of one name.
  return one.header !== undefined && wantsText(one) && wantsText(other) && isDisjoint(one, other);
};

/** The first two conditions that no delivery can meet together, as their indexes; null: there are none. */
export const contradiction = (only: readonly EventCondition[]): readonly [number, number] | null => {
  for (const [later, other] of only.entries()) {
    const earlier = only
      .slice(0, later)
      .findIndex((one) => placeOf(one) === placeOf(other) && (exclude(one, other) || exclude(other, one)));
    if (earlier !== -1) return [earlier, later];
  }
  return null;
};
