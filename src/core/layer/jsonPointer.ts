/**
 * The form of a JSON Pointer (RFC 6901): empty, or `/` before each step. `~` is written `~0`, and `/` is written `~1`.
 */
export const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

const INDEX = /^(?:0|[1-9]\d*)$/;

const stepsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The value that a pointer names in a JSON document; undefined if there is none. */
export const valueAt = (document: unknown, pointer: string): unknown => {
  let value = document;
  for (const step of stepsOf(pointer)) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) ? !INDEX.test(step) : !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
};
