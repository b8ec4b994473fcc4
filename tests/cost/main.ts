/**
 * What a month costs: an editor's clicks, lived by the real use cases in virtual time, beside the same clicks sent straight
 * to a build hook.
 *
 *     npm run cost -- --clicks 40 --sittings 12 --layers 1 --build-credits 15 --build-minutes 3 --tick-minutes 5
 */
import { z } from "zod";
import { commandLine, flag, number } from "../../src/cli/commandLine.ts";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import { presetNames } from "../../src/core/slot/pace.ts";
import { billOf, RATES, RUNS } from "../../src/core/usage/credits.ts";
import { liveAt, type Ran, runQueue } from "./buildQueue.ts";
import { editorsMonth, type Sittings } from "./editorsMonth.ts";
import { liveMonth } from "./liveMonth.ts";

const { values } = commandLine({
  call: "npm run cost -- [options]",
  does: "Says what a month of an editor's clicks costs with each pacing, and how soon they are live. Takes some minutes.",
  options: z.object({
    clicks: number("publishes in the month", 1, 100_000).default(40),
    sittings: number("in how many sittings, one for each click at most", 1, 1000).default(12),
    layers: number("data layers that build the one site", 1, 200).default(1),
    seed: number("which month").default(1),
    "build-credits": number("credits of a build").default(RATES.build),
    "build-minutes": number("minutes that a build takes", 0, 60).default(3),
    "tick-minutes": number("minutes between two ticks of the repair function", 1, 1440).default(5),
    json: flag("prints JSON"),
  }),
});
const takes = values["build-minutes"] * MINUTE;
const buildCredits = values["build-credits"];
const sittings = editorsMonth(values.clicks, values.sittings, values.seed);
const began = performance.now();
/** Minutes without a word look like a program that hangs. */
const progress = (what: string): void =>
  console.error(`${Math.round((performance.now() - began) / SECOND)} s: living ${what}`);

const COLUMNS = ["builds", "credits", "of them ours", "live after", "at most"];
const rows: { name: string; cells: readonly (string | number)[] }[] = [];
const row = (name: string, cells: readonly (string | number)[]): void => {
  rows.push({ name, cells });
};

/** From the last click of each sitting until it is live: the middle one and the longest (s). */
const waits = (ran: readonly Ran[], of: Sittings): [string, string] => {
  const all = of.map((clicks) => liveAt(ran, clicks.at(-1) ?? 0) - (clicks.at(-1) ?? 0)).sort((a, b) => a - b);
  const seconds = (ms: number | undefined) =>
    ms === undefined || ms === Number.POSITIVE_INFINITY ? "never" : `${Math.round(ms / SECOND)} s`;
  return [seconds(all[Math.floor(all.length / 2)]), seconds(all.at(-1))];
};

const bare = runQueue(sittings.flat(), takes);
row("build hook alone", [bare.length, Math.round(bare.length * buildCredits), 0, ...waits(bare, sittings)]);
for (const told of [undefined, takes]) {
  for (const preset of presetNames) {
    const name = told === undefined ? preset : `${preset}, deploys told`;
    progress(`a month of ${name}`);
    const life = { tickEvery: values["tick-minutes"] * MINUTE, layers: values.layers };
    const { counted, hooks } = await liveMonth(sittings, { preset }, told === undefined ? life : { ...life, told });
    const ran = runQueue(hooks, takes);
    const bill = billOf({ ...counted, builds: ran.length }, buildCredits);
    row(name, [ran.length, Math.round(bill.total), bill.running.toFixed(1), ...waits(ran, sittings)]);
  }
}
progress("an idle month");
const idle = await liveMonth([], {}, { tickEvery: values["tick-minutes"] * MINUTE });
row("an idle month", [0, billOf({ ...idle.counted, builds: 0 }).running.toFixed(1), "", "", ""]);
if (values.json) {
  const named = rows.map(({ name, cells }) => [name, Object.fromEntries(cells.map((cell, i) => [COLUMNS[i], cell]))]);
  console.log(JSON.stringify({ given: values, months: Object.fromEntries(named) }, null, 2));
} else {
  const title = { name: `${values.clicks} clicks, ${values.sittings} sittings`, cells: COLUMNS };
  for (const { name, cells } of [title, ...rows]) {
    console.log(name.padEnd(24), ...cells.map((cell) => String(cell).padStart(12)));
  }
  console.log(
    `\nCredits: ${buildCredits} a build, ${RATES.gigabyteHour} a GB-hour (${RUNS.delivery / SECOND} s a delivery, ${RUNS.tick / SECOND} s a tick, ${RUNS.worker / SECOND} s a worker and what it waits), ${RATES.requests * 10_000} for 10,000 requests: docs/cost.md`,
  );
}
