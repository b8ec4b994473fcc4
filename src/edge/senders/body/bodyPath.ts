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

/** How many names a path looks up at most, and how many values it finds, so that a wide body costs milliseconds. */
export const LOOKED_UP = 20_000;

/** The names with which a path may go on at each of its steps, and the steps after them. Keys may have dots themselves. */
const namesOf = (steps: readonly string[]): (readonly [name: string, end: number])[][] =>
  steps.map((step, at) => {
    if (step === EVERY) return [[EVERY, at + 1]];
    const star = steps.indexOf(EVERY, at);
    const ends = steps.slice(at, star === -1 ? undefined : star).map((_, index) => at + index + 1);
    return ends.map((end) => [steps.slice(at, end).join("."), end] as const);
  });

/** What a name leads to in an object, or in a list. A list has no names but its indexes. */
const under = (value: object, name: string): unknown[] => {
  const isThere = Object.hasOwn(value, name) && !(Array.isArray(value) && name === "length");
  return isThere ? [Reflect.get(value, name)] : [];
};

/**
 * The values of a JSON value at a path. `*` stands for every element, and a name at a list is looked for in each of its
 * elements. `isCut`: there are more.
 */
export const digAll = (value: unknown, path: string): { readonly values: unknown[]; readonly isCut: boolean } => {
  const steps = stepsOf(path);
  const names = namesOf(steps);
  const values: unknown[] = [];
  const open: [value: unknown, at: number][] = [[value, 0]];
  let left = LOOKED_UP;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [one, at] = next;
    if (at === steps.length) values.push(one);
    else if (typeof one === "object" && one !== null) {
      const isEach = Array.isArray(one) && !/^(?:\*|\d+)$/.test(steps[at] ?? "");
      for (const [name, end] of isEach ? [[EVERY, at] as const] : (names[at] ?? [])) {
        const found = name === EVERY ? Object.values(one) : under(one, name);
        left -= 1 + found.length;
        if (left < 0) return { values: [], isCut: true };
        for (const each of found.reverse()) open.push([each, end]);
      }
    }
  }
  return { values, isCut: false };
};
