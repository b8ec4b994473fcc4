/**
 * What a month costs: an editor's clicks, lived by the real use cases in virtual time, beside the same clicks sent straight
 * to a build hook.
 *
 *     npm run cost -- --clicks 40 --sittings 12 --layers 1 --build-credits 15 --build-minutes 3 --tick-minutes 5
 */
import { parseArgs } from "node:util";
import { billOf, RATES, RUNS } from "../../src/core/credits.ts";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Preset } from "../../src/core/pace.ts";
import { liveAt, type Ran, runQueue } from "./buildQueue.ts";
import { editorsMonth, type Sittings } from "./editorsMonth.ts";
import { liveMonth } from "./liveMonth.ts";

const text = (name: string) => ({ type: "string", default: name }) as const;
const { values } = parseArgs({
  options: {
    clicks: text("40"),
    sittings: text("12"),
    layers: text("1"),
    seed: text("1"),
    "build-credits": text(String(RATES.build)),
    "build-minutes": text("3"),
    "tick-minutes": text("5"),
  },
});
const takes = Number(values["build-minutes"]) * MINUTE;
const buildCredits = Number(values["build-credits"]);
const sittings = editorsMonth(Number(values.clicks), Number(values.sittings), Number(values.seed));

const row = (name: string, cells: readonly (string | number)[]): void =>
  console.log(name.padEnd(24), ...cells.map((cell) => String(cell).padStart(12)));

/** From the last click of each sitting until it is live: the middle one and the longest (s). */
const waits = (ran: readonly Ran[], of: Sittings): [string, string] => {
  const all = of.map((clicks) => liveAt(ran, clicks.at(-1) ?? 0) - (clicks.at(-1) ?? 0)).sort((a, b) => a - b);
  const seconds = (ms: number | undefined) =>
    ms === undefined || ms === Number.POSITIVE_INFINITY ? "never" : `${Math.round(ms / SECOND)} s`;
  return [seconds(all[Math.floor(all.length / 2)]), seconds(all.at(-1))];
};

row(`${values.clicks} clicks, ${values.sittings} sittings`, [
  "builds",
  "credits",
  "of them ours",
  "live after",
  "at most",
]);
const bare = runQueue(sittings.flat(), takes);
row("build hook alone", [bare.length, Math.round(bare.length * buildCredits), 0, ...waits(bare, sittings)]);
for (const told of [undefined, takes]) {
  for (const preset of ["instant", "balanced", "saver"] satisfies Preset[]) {
    const life = { tickEvery: Number(values["tick-minutes"]) * MINUTE, layers: Number(values.layers) };
    const { counted, hooks } = await liveMonth(sittings, { preset }, told === undefined ? life : { ...life, told });
    const ran = runQueue(hooks, takes);
    const bill = billOf({ ...counted, builds: ran.length }, buildCredits);
    const name = told === undefined ? preset : `${preset}, deploys told`;
    row(name, [ran.length, Math.round(bill.whole), bill.running.toFixed(1), ...waits(ran, sittings)]);
  }
}
const idle = await liveMonth([], {}, { tickEvery: Number(values["tick-minutes"]) * MINUTE });
row("an idle month", [0, billOf({ ...idle.counted, builds: 0 }).running.toFixed(1), "", "", ""]);
console.log(
  `\nCredits: ${buildCredits} a build, ${RATES.gigabyteHour} a GB-hour (${RUNS.delivery / SECOND} s a delivery, ${RUNS.tick / SECOND} s a tick, ${RUNS.worker / SECOND} s a worker and what it waits), ${RATES.requests * 10_000} for 10,000 requests: docs/cost.md`,
);
