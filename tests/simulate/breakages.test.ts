import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
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
