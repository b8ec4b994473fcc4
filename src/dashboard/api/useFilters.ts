import { useLocation } from "preact-iso";

/** Filters by their names. An empty text is no filter. */
type Values = Readonly<Record<string, string>>;

export interface Filters<T extends Values> {
  readonly values: T;
  readonly isSet: boolean;
  /** Changes some of them. */
  readonly change: (values: Partial<T>) => void;
  readonly clear: () => void;
}

/**
 * Filters of a list, kept in the URL's query: a link has them, and so has the page that a person comes back to. A change
 * replaces the entry of the browser's history. `none` has the names, each with an empty text.
 */
export const useFilters = <T extends Values>(none: T): Filters<T> => {
  const { query, path, route } = useLocation();
  const names = Object.keys(none);
  const given = names.filter((name) => (query[name] ?? "") !== "");
  const values = { ...none, ...Object.fromEntries(given.map((name) => [name, query[name]])) };
  const go = (wanted: Values): void => {
    const next = new URLSearchParams(query);
    for (const name of names) {
      const value = wanted[name] ?? "";
      if (value === "") next.delete(name);
      else next.set(name, value);
    }
    route(next.size === 0 ? path : `${path}?${next}`, true);
  };
  return {
    values,
    isSet: given.length > 0,
    change: (changed) => go({ ...values, ...changed }),
    clear: () => go(none),
  };
};
