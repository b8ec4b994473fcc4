import type { Webhook } from "../../api/types.ts";

type Condition = Webhook["only"][number];

export const PLACES = [
  ["header", "Header"],
  ["query", "Query parameter"],
  ["bodyPath", "Body path"],
] as const;
export type Place = (typeof PLACES)[number][0];

export const TESTS = [
  ["in", "is one of"],
  ["startsWith", "starts with one of"],
  ["notIn", "is none of"],
  ["notStartsWith", "starts with none of"],
  ["exists", "exists"],
  ["absent", "is absent"],
] as const;
export type Test = (typeof TESTS)[number][0];

/** A condition as a form has it. */
export interface ConditionRow {
  readonly place: Place;
  readonly name: string;
  readonly test: Test;
  /** The values, one a line. */
  readonly values: string;
}

export const NEW_ROW: ConditionRow = { place: "header", name: "", test: "in", values: "" };

/** Returns whether a test compares with values. */
export const hasValues = (test: Test): boolean => test !== "exists" && test !== "absent";

const testOf = ({
  in: wanted,
  startsWith,
  exists,
  not,
}: Condition): { readonly test: Test; readonly values: readonly string[] } => {
  if (wanted !== undefined) return { test: "in", values: wanted };
  if (startsWith !== undefined) return { test: "startsWith", values: startsWith };
  if (not?.in !== undefined) return { test: "notIn", values: not.in };
  if (not?.startsWith !== undefined) return { test: "notStartsWith", values: not.startsWith };
  return { test: exists === true ? "exists" : "absent", values: [] };
};

/** A webhook's condition as a row of a form. */
export const rowOf = (condition: Condition): ConditionRow => {
  const { header, query, bodyPath } = condition;
  const { test, values } = testOf(condition);
  const place = header !== undefined ? "header" : query !== undefined ? "query" : "bodyPath";
  return { place, name: header ?? query ?? bodyPath ?? "", test, values: values.join("\n") };
};

const wantedOf = ({ test, values }: ConditionRow): Condition => {
  const wanted = values
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  switch (test) {
    case "in":
      return { in: wanted };
    case "startsWith":
      return { startsWith: wanted };
    case "notIn":
      return { not: { in: wanted } };
    case "notStartsWith":
      return { not: { startsWith: wanted } };
    case "exists":
      return { exists: true };
    case "absent":
      return { absent: true };
  }
};

/** The condition of a row, as the API takes it. */
export const conditionOf = (row: ConditionRow): Condition => ({ [row.place]: row.name.trim(), ...wantedOf(row) });
