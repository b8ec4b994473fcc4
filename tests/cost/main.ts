/**
 * What a month costs under each pacing: publishes of several kinds of editors, decided by the code that is deployed, beside
 * the same publishes sent straight to a build hook.
 *
 *     npm run cost -- --seeds 5 --build-minutes 3 --tick-minutes 5 --json
 */
import { z } from "zod";
import { commandLine, flag, number } from "../../src/cli/commandLine.ts";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import { RATES, RUNS } from "../../src/core/usage/credits.ts";
import { type Compared, compare, type Row } from "./compare.ts";
import { markdownOf } from "./markdown.ts";
import { profiles } from "./profiles.ts";

const { values } = commandLine({
  call: "npm run cost -- [options]",
  does: "Says what a month costs with each pacing, and how soon publishes are live, for several kinds of editors.",
  options: z.object({
    seeds: number("months of each kind", 1, 100).default(5),
    "build-credits": number("credits of a build").default(RATES.build),
    "build-minutes": number("minutes that a build takes", 0, 60).default(3),
    "tick-minutes": number("minutes between two ticks of the repair function", 1, 1440).default(5),
    first: flag("a site's first month, in which nothing is known of its editors"),
    markdown: flag("prints the tables of docs/cost.md"),
    json: flag("prints JSON"),
  }),
});

const COLUMNS = ["builds", "credits", "dearest", "live p50", "p95", "worst", "each p50"];

const print = ({ name, rows }: Compared, is: string): void => {
  console.log(`\n${name}: ${is}`);
  const title = { name: "", cells: COLUMNS };
  const lines = rows.map((row) => ({
    name: row.default ? `${row.name} (default)` : row.name,
    cells: [
      row.builds,
      row.credits,
      row.monthCredits,
      ...[row.liveP50, row.liveP95, row.liveWorst, row.publishP50].map((s) => `${s} s`),
    ],
  }));
  for (const line of [title, ...lines]) {
    console.log(`  ${line.name.padEnd(20)}`, ...line.cells.map((cell) => String(cell).padStart(10)));
  }
};

const terms = {
  seeds: values.seeds,
  takes: values["build-minutes"] * MINUTE,
  buildCredits: values["build-credits"],
  tickEvery: values["tick-minutes"] * MINUTE,
  isFirst: values.first,
};
const compared = profiles.map((profile) => {
  const one = compare(profile, terms);
  if (!values.json && !values.markdown) print(one, profile.is);
  return one;
});
if (values.markdown) console.log(compared.map(markdownOf).join("\n\n"));
else if (values.json) {
  const rowsOf = (rows: readonly Row[]) => rows.map(({ publishP50: _own, ...row }) => row);
  const profiles = compared.map(({ rows, ...profile }) => ({ ...profile, rows: rowsOf(rows) }));
  console.log(JSON.stringify({ profiles }, null, 2));
} else {
  console.log(
    `\n${values.seeds} months each: builds and credits of the middle one, credits of the dearest, seconds until live: p50, p95 and worst from the last publish of each sitting, for which somebody waits, "each p50" from every publish. ${values["build-credits"]} credits a build, ${RATES.gigabyteHour} a GB-hour (${RUNS.delivery / SECOND} s a delivery, ${RUNS.tick / SECOND} s a tick, ${RUNS.worker / SECOND} s a worker and what it waits), ${RATES.requests * 10_000} for 10,000 requests: docs/cost.md`,
  );
}
