import type { z } from "zod/mini";

/** A fault that a schema found and has no sentence of its own for. */
type Fault = z.core.$ZodRawIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  record: "a JSON object",
  null: "null",
};
const UNITS: Readonly<Record<string, string>> = { string: "characters", array: "items", set: "items" };
const SHOWN_CHARS = 40;

/** What was sent, in short. Texts may be secrets, so only their kind is named. */
const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "a JSON object" : String(value);
};

/** One of a few words that was not sent: what was sent instead is no secret. */
const wordOf = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, SHOWN_CHARS)) : kindOf(value);

const sizeOf = (value: unknown): string =>
  typeof value === "string" || Array.isArray(value) ? String(value.length) : kindOf(value);

const boundText = (words: string, limit: number | bigint, origin: string, input: unknown, shows: boolean): string => {
  const unit = UNITS[origin];
  const bound = unit === undefined ? `must be ${words} ${limit}` : `must have ${words} ${limit} ${unit}`;
  return shows ? `${bound}; you sent ${sizeOf(input)}` : bound;
};

const textOf = (fault: Fault, shows: boolean): string => {
  const { input } = fault;
  switch (fault.code) {
    case "invalid_type": {
      const kind = KINDS[fault.expected] ?? "another kind of value";
      if (input === undefined) return `is required: send ${kind}`;
      return shows ? `must be ${kind}; you sent ${kindOf(input)}` : `must be ${kind}`;
    }
    case "invalid_value": {
      const values = fault.values.map((value) => (typeof value === "string" ? `"${value}"` : String(value)));
      const allowed = values.length === 1 ? `${values[0]}` : `one of ${values.join(", ")}`;
      if (input === undefined) return `is required: send ${allowed}`;
      return shows ? `must be ${allowed}; you sent ${wordOf(input)}` : `must be ${allowed}`;
    }
    case "too_small":
      return boundText(fault.inclusive === false ? "more than" : "at least", fault.minimum, fault.origin, input, shows);
    case "too_big":
      return boundText(fault.inclusive === false ? "less than" : "at most", fault.maximum, fault.origin, input, shows);
    case "invalid_format":
      return fault.format === "datetime"
        ? "must be a time in UTC such as 2026-01-31T12:00:00Z"
        : "is not written in the form that is allowed";
    case "unrecognized_keys":
      return `has unknown fields: ${fault.keys.join(", ")}`;
    case "invalid_union":
      return input === undefined ? "is required" : "has none of the forms that the API's description allows";
    default:
      return "is not valid";
  }
};

/** A fault as a sentence for the person who sent the value: what is allowed, and what was sent. */
export const faultText = (fault: Fault): string => textOf(fault, true);

/** The same without anything that was sent, for values that may be secrets. */
export const secretFaultText = (fault: Fault): string => textOf(fault, false);
