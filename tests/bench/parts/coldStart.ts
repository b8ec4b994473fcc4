import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAsDeployed } from "../../lambda/lab/bundleAsDeployed.ts";
import { deployBlobsAlone } from "../coldStart/importCost.ts";
import { measureImports, SHARE, shareHere } from "../coldStart/importCosts.ts";
import { removeFolder, scratchFolder } from "../lab/scratchFolder.ts";
import { type Found, figure, type Goal, type Row } from "../report/figures.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BLOBS_ALONE = "@netlify/blobs alone";

const bytesOf = (directory: string): number =>
  readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);

const goalsOf = (rows: readonly Row[]): Goal[] => {
  const ratio = rows.find(({ name }) => name === "publish")?.figures["start and import"]?.ratio ?? Number.NaN;
  return [
    {
      goal: "A cold start of publish costs at most 1.3 × that of a function with nothing but @netlify/blobs",
      measured: `×${ratio.toFixed(2)}`,
      met: ratio <= 1.3,
      because: "The schemas of stored documents and the signatures of known senders are compiled at every start.",
    },
  ];
};

/** Measures what a cold start of each deployed function costs the processor. */
export const coldStart = async (quick: boolean): Promise<Found> => {
  const work = scratchFolder();
  try {
    const alone = await deployBlobsAlone(ROOT, join(work, "alone"));
    const bundles = await bundleAsDeployed(ROOT, join(work, "functions"));
    const share = await shareHere(alone);
    const functions = [{ name: BLOBS_ALONE, directory: alone }, ...bundles];
    const costs = await measureImports(functions, share, quick ? 1 : 9);
    const base = costs.get(BLOBS_ALONE) ?? [];
    const rows = functions.map(({ name, directory }): Row => {
      const mine = costs.get(name) ?? [];
      const rounds = (of: (cost: (typeof mine)[number]) => number) =>
        mine.flatMap((cost, round) => {
          const other = base[round];
          return other === undefined ? [] : [{ value: of(cost), base: of(other) }];
        });
      return {
        name,
        figures: {
          "start and import": figure(
            "ms",
            rounds(({ startCpu, importCpu }) => startCpu + importCpu),
          ),
          "the import alone": figure(
            "ms",
            rounds(({ importCpu }) => importCpu),
          ),
          "deployed size": figure("KB", [{ value: bytesOf(directory) / 1000, base: bytesOf(alone) / 1000 }]),
        },
        facts: {},
      };
    });
    const limit = share === null ? "a whole core, because no control group can be made here" : `${SHARE} of a core`;
    return {
      method: `The functions as the build and Netlify's bundler deploy them, each in a fresh process in turns: Node, Netlify's start, and the import of the function on ${limit}. Milliseconds are those of the processor.`,
      tables: [
        {
          id: "cold-start",
          title: "Processor time of a cold start",
          against: "a function that imports @netlify/blobs and nothing else, in the same round",
          rows,
        },
      ],
      goals: goalsOf(rows),
      absent: [],
    };
  } finally {
    removeFolder(work);
    rmSync(join(ROOT, ".netlify", "blobs-alone"), { recursive: true, force: true });
  }
};
