import type { Arrived } from "./arrived.ts";
import { contentOf } from "./bodyContent.ts";

/** The value of a JSON value at a path of names joined by dots; undefined: there is none. */
export const dig = (value: unknown, path: string): unknown => {
  let inner: unknown = value;
  for (const name of path.split(".")) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, name)) return undefined;
    inner = Reflect.get(inner, name);
  }
  return inner;
};

/** The value of a request's body at a path; undefined if the body cannot be read, or has no such value. */
export const bodyValueAt = (arrived: Pick<Arrived, "headers" | "body">, path: string): unknown => {
  const content = contentOf(arrived);
  if (content.kind !== "readable") return undefined;
  return content.views.map((view) => dig(view, path)).find((value) => value !== undefined);
};
