import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installWorkspace } from "../lab/installWorkspace.ts";
import { plotsOf } from "../plots/plots.ts";
import type { Report } from "./figures.ts";
import { IMAGES, pageOf } from "./page.ts";

/** Writes docs/benchmarks.md with its JSON and its plots into the checkout at `root`. Throws if npm installs no plotter. */
export const writePage = async (root: string, report: Report): Promise<void> => {
  const workspace = join(root, "tests/bench/plots");
  if (!installWorkspace(workspace))
    throw new Error(`npm could not install it: \`npm ci --prefix ${workspace}\` says why`);
  const { drawPlot } = await import("../plots/drawPlot.ts");
  const docs = join(root, "docs");
  const images = join(docs, IMAGES);
  rmSync(images, { recursive: true, force: true });
  mkdirSync(images, { recursive: true });
  for (const plot of plotsOf(report)) writeFileSync(join(images, `${plot.name}.svg`), drawPlot(plot));
  writeFileSync(join(docs, "benchmarks.json"), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(docs, "benchmarks.md"), pageOf(report));
};
