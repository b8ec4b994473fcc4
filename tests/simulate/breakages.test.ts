import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PARTS } from "./breakages/breakAll.ts";
import { breakages } from "./breakages/breakages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test.each(breakages)("the defence is where it can be taken out: $name", ({ patches }) => {
  for (const { file, from } of patches) {
    expect(readFileSync(join(ROOT, file), "utf8").split(from).length - 1, file).toBe(1);
  }
});

test("no two breakages have one name", () => {
  expect(new Set(breakages.map(({ name }) => name)).size).toBe(breakages.length);
});

/** The files and folders of the project that a file imports or names by their URLs, and those that its imports name. */
const importsOf = (file: string, known = new Set<string>()): Set<string> => {
  if (known.has(file)) return known;
  known.add(file);
  if (!file.endsWith(".ts")) return known;
  const imports = readFileSync(join(ROOT, file), "utf8").matchAll(/(?: from |URL\()"(\.[^"]+)"/g);
  for (const [, path = ""] of imports) importsOf(normalize(join(dirname(file), path)), known);
  return known;
};

test("a test that is to notice a breakage needs nothing outside the copy in which the defence is taken out", () => {
  const tests = new Set(breakages.flatMap(({ test: file }) => file ?? []));
  const missing = [...tests].flatMap((file) =>
    [...importsOf(file)].filter(
      (one) => one !== "./" && !PARTS.some((part) => one === part || one.startsWith(`${part}/`)),
    ),
  );
  expect(tests.size).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});
