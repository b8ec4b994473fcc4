import { EVERY, stepsOf } from "../../../core/webhook/eventFilter.ts";
import type { Arrived } from "../arrived.ts";
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

/** How many values a path with `*` visits at most, so that a wide body costs milliseconds. */
const VISITED = 100_000;

/** The values of a JSON value at a path, in which `*` stands for every element. `isCut`: there are more. */
export const digAll = (value: unknown, path: string): { readonly values: unknown[]; readonly isCut: boolean } => {
  let inner = [value];
  let left = VISITED;
  for (const name of stepsOf(path)) {
    const next: unknown[] = [];
    for (const one of inner) {
      if (typeof one !== "object" || one === null) continue;
      const found = name === EVERY ? Object.values(one) : Object.hasOwn(one, name) ? [Reflect.get(one, name)] : [];
      left -= found.length;
      if (left < 0) return { values: [], isCut: true };
      for (const each of found) next.push(each);
    }
    inner = next;
  }
  return { values: inner, isCut: false };
};
