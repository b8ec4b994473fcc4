export * from "preact/compat";
export { default } from "preact/compat";

/**
 * What the component base imports as React. Preact's stand-in for this hook runs after refs are attached, React's runs
 * before: the base then calls a handler that is not there yet, and fails while rendering. Without the hook it has a way
 * of its own.
 */
export const useInsertionEffect = undefined;

export { useOwnId as useId } from "./text/useOwnId.ts";
