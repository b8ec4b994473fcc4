import { type FieldError, invalidInput } from "./problems.ts";

/**
 * 400 if a query has an unknown or a repeated parameter; otherwise null. A misspelt filter must not return the
 * unfiltered list.
 */
export const refusedParameters = ({ url }: Request, taken: readonly string[]): Response | null => {
  const names = [...new URL(url).searchParams.keys()];
  const allowed = taken.length === 0 ? "this request has no query parameters" : `allowed: ${taken.join(", ")}`;
  const errors = [...new Set(names)].flatMap((name): FieldError[] => {
    const path = name.slice(0, 200);
    if (!taken.includes(name)) return [{ path, message: `unknown parameter; ${allowed}` }];
    return names.indexOf(name) === names.lastIndexOf(name) ? [] : [{ path, message: "must be given once" }];
  });
  return errors.length === 0 ? null : invalidInput("query", errors);
};
