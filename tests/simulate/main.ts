import { parseArgs } from "node:util";
import { breakAndLive } from "./break.ts";
import { breakages } from "./breakages.ts";
import { runSeed } from "./run.ts";

/** How many worlds an exhaustive search lives, and how many a breakage may survive. */
const MANY = 20_000;
const SURVIVABLE = 3000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    exhaustive: { type: "boolean" },
    /** Ends at the first broken law and says which, in one line. */
    first: { type: "boolean" },
    breakages: { type: "boolean" },
    only: { type: "string" },
  },
});
const from = Number(values.seed ?? 1);

const live = async (seeds: number): Promise<void> => {
  const counts = new Map<string, number>();
  const began = performance.now();
  let failed = 0;
  let lived = 0;
  for (let seed = from; seed < from + seeds && failed < 10; seed += 1) {
    const { violation, counts: counted } = await runSeed(seed);
    lived += 1;
    for (const [what, times] of counted) counts.set(what, (counts.get(what) ?? 0) + times);
    if (violation === null) continue;
    failed += 1;
    if (values.first === true) {
      console.log(`seed ${seed}: ${violation.law}`);
      return;
    }
    if (failed === 1) console.log((await runSeed(seed, true)).lines.join("\n"));
    console.log(`\nseed ${seed}: ${violation.law}\n  ${violation.detail}`);
    console.log(`  again: npm run simulate -- --seed ${seed}\n`);
  }
  const seconds = (performance.now() - began) / 1000;
  for (const [what, times] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(`${String(times).padStart(9)}  ${what}`);
  }
  const pace = Math.round(lived / seconds);
  console.log(`${lived} seeds from ${from} in ${seconds.toFixed(1)} s, ${pace} a second; ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
};

const breakAll = (seeds: number): void => {
  for (const breakage of breakages) {
    if (values.only !== undefined && !breakage.name.includes(values.only)) continue;
    const caught = breakAndLive(breakage, from, seeds);
    if (caught.kind !== "caught") process.exitCode = 1;
    const how =
      caught.kind === "caught"
        ? `caught by "${caught.law}" after ${caught.seed - from + 1} seeds`
        : caught.kind === "not-caught"
          ? `NOT CAUGHT in ${seeds} seeds`
          : `NOT APPLIED: ${caught.file} does not hold the text`;
    console.log(`${breakage.name} (without: ${breakage.without}): ${how}`);
  }
};

if (values.breakages === true) breakAll(Number(values.seeds ?? SURVIVABLE));
else await live(values.exhaustive === true ? MANY : Number(values.seeds ?? 1));
