import { createHash } from "node:crypto";

/** The filters of a list; null: no filter. */
export type Filters = Readonly<Record<string, string | number | null>>;

const MARK = "~";

/** The end of each cursor of a list with these filters; empty without a filter. */
const endFor = (filters: Filters): string => {
  const given = Object.entries(filters).filter(([, value]) => value !== null);
  if (given.length === 0) return "";
  const text = JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${MARK}${createHash("sha256").update(text).digest("base64url").slice(0, 8)}`;
};

/** The cursor of a position in a list with these filters; null: the list has ended. */
export const cursorOf = (position: string | null, filters: Filters): string | null =>
  position === null ? null : `${position}${endFor(filters)}`;

/** The position in a cursor; null: the list begins. Undefined: the cursor is of a list with other filters. */
export const positionIn = (cursor: string | null, filters: Filters): string | null | undefined => {
  if (cursor === null) return null;
  const mark = cursor.indexOf(MARK);
  const position = mark < 0 ? cursor : cursor.slice(0, mark);
  return cursor === `${position}${endFor(filters)}` ? position : undefined;
};
