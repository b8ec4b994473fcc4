import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { plotsOf } from "../plots/plots.ts";
import { IMAGES, pageOf } from "./page.ts";
import { readReport } from "./readReport.ts";

const docs = fileURLToPath(new URL("../../../docs", import.meta.url));
const report = readReport(join(docs, "benchmarks.json"));

test("docs/benchmarks.md is what its JSON says", () => {
  expect(readFileSync(join(docs, "benchmarks.md"), "utf8")).toBe(pageOf(report));
});

test("every plot of docs/benchmarks.md is drawn, and no other is kept", () => {
  const drawn = readdirSync(join(docs, IMAGES)).sort();
  expect(drawn).toEqual(
    plotsOf(report)
      .map(({ name }) => `${name}.svg`)
      .sort(),
  );
});

test("every goal of docs/benchmarks.md that is not met has its reason", () => {
  const goals = report.parts.flatMap((part) => part.goals);
  expect(goals.filter(({ met, because }) => !met && because === "").map(({ goal }) => goal)).toEqual([]);
});
