/**
 * Stands for vitest in the judges: it gathers their tests instead of running them, so that one process can run a test as
 * often as there are mutants. The hooks for all tests of a suite run for each test.
 */
import { expect, vi } from "vitest";

export { expect, vi };

type Action = () => unknown;
type Body = (...values: unknown[]) => unknown;

interface Suite {
  readonly title: string;
  readonly before: Action[];
  readonly after: Action[];
}

/** A test, with the hooks around it. `run` rejects if the test or a hook fails. */
export interface GatheredTest {
  readonly id: string;
  readonly file: string;
  readonly run: () => Promise<void>;
}

const gathered: GatheredTest[] = [];
let suites: readonly Suite[] = [];

const runWith = async (within: readonly Suite[], body: Action): Promise<void> => {
  for (const { before } of within) for (const hook of before) await hook();
  try {
    await body();
  } finally {
    for (const { after } of within.toReversed()) for (const hook of after) await hook();
  }
};

/** Imports a file of tests and returns its tests. */
export const gatherTests = async (file: string): Promise<GatheredTest[]> => {
  suites = [{ title: file, before: [], after: [] }];
  const from = gathered.length;
  await import(/* @vite-ignore */ new URL(`../../${file}`, import.meta.url).pathname);
  return gathered.slice(from);
};

// A test's options and its time limit stand before or after its body, and mean nothing here.
const bodyOf = (rest: readonly unknown[]): Body => {
  const body = rest.find((value) => typeof value === "function");
  if (typeof body !== "function") throw new Error("A test needs a body.");
  return (...values) => Reflect.apply(body, undefined, values);
};

const addTest = (title: string, body: Action): void => {
  const within = suites;
  const id = `${gathered.length} ${[...within.map((suite) => suite.title), title].join(" > ")}`;
  gathered.push({ id, file: within[0]?.title ?? "", run: () => runWith(within, body) });
};

const addSuite = (title: string, body: Action): void => {
  const around = suites;
  suites = [...around, { title, before: [], after: [] }];
  body();
  suites = around;
};

const withRows = (add: (title: string, body: Action) => void) => {
  const plain = (title: string, ...rest: unknown[]): void => add(title, bodyOf(rest));
  const each =
    (rows: readonly unknown[]) =>
    (title: string, ...rest: unknown[]): void => {
      const body = bodyOf(rest);
      for (const row of rows) add(title, () => (Array.isArray(row) ? body(...row) : body(row)));
    };
  return Object.assign(plain, { each });
};

export const test = withRows(addTest);
export const it = test;
export const describe = withRows(addSuite);

export const beforeEach = (hook: Action): void => void suites.at(-1)?.before.push(hook);
export const afterEach = (hook: Action): void => void suites.at(-1)?.after.push(hook);
export const beforeAll = beforeEach;
export const afterAll = afterEach;
