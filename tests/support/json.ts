export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The keys that lead to a value in a document. */
export type Path = readonly (string | number)[];

const children = (value: Json): [string | number, Json][] => {
  if (Array.isArray(value)) return value.map((child: Json, index) => [index, child]);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
};

/** The paths of all values in a document, except the document itself. */
export const places = (document: Json): Path[] =>
  children(document).flatMap(([key, child]) => [[key], ...places(child).map((path) => [key, ...path])]);

/** Returns the value at a path. */
export const at = (document: Json, path: Path): Json => {
  const [key, ...rest] = path;
  if (key === undefined) return document;
  const child = children(document).find(([name]) => name === key);
  if (child === undefined) throw new Error(`nothing at ${path.join(".")}`);
  return at(child[1], rest);
};

const changed = (
  document: Json,
  path: Path,
  change: (parent: [string | number, Json][]) => [string | number, Json][],
) => {
  const [key, ...rest] = path;
  const inside = children(document);
  const next: [string | number, Json][] =
    rest.length === 0
      ? change(inside)
      : inside.map(([name, child]) => [name, name === key ? changed(child, rest, change) : child]);
  const result: Json = Array.isArray(document) ? next.map(([, child]) => child) : Object.fromEntries(next);
  return result;
};

/** Returns the document with another value at a path. */
export const put = (document: Json, path: Path, value: Json): Json =>
  changed(document, path, (inside) => inside.map(([name, child]) => [name, name === path.at(-1) ? value : child]));

/** Returns the document without the value at a path. */
export const without = (document: Json, path: Path): Json =>
  changed(document, path, (inside) => inside.filter(([name]) => name !== path.at(-1)));
