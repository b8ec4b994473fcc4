/**
 * Lets everything go wrong in virtual time, from seeds, and judges by the laws.
 *
 *     npm run simulate -- --seeds 1000             as many worlds, on all processors
 *     npm run simulate -- --seed 42                one of them, with its trace if it fails
 *     npm run simulate -- --seed 42 --trace        with its trace whatever comes
 *     npm run simulate -- --exhaustive             every order of steps in small worlds
 *     npm run simulate -- --breakages [--only x]   takes one defence after the other out, and shows what notices
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { breakAll } from "./breakAll.ts";
import { runSeed } from "./run.ts";
import { runNode } from "./runNode.ts";

/** A process of its own for this many worlds at least. */
const SHARE = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string" },
    trace: { type: "boolean" },
    exhaustive: { type: "boolean" },
    /** Ends at the first broken law and says which, in one line. */
    first: { type: "boolean" },
    /** Says what was counted as JSON, for the process that started this one. */
    share: { type: "boolean" },
    breakages: { type: "boolean" },
    only: { type: "string" },
  },
});
const from = Number(values.seed ?? 1);

interface Lived {
  readonly counts: Record<string, number>;
  readonly failures: { readonly seed: number; readonly law: string; readonly detail: string }[];
}

/** Lives worlds one after the other; ends after ten failures, or the first. */
const live = async (first: number, seeds: number): Promise<Lived> => {
  const lived: Lived = { counts: {}, failures: [] };
  const most = values.first === true ? 1 : 10;
  for (let seed = first; seed < first + seeds && lived.failures.length < most; seed += 1) {
    const { violation, counts } = await runSeed(seed);
    for (const [what, times] of [...counts, ["worlds", 1] as const]) {
      lived.counts[what] = (lived.counts[what] ?? 0) + times;
    }
    if (violation !== null) lived.failures.push({ seed, ...violation });
  }
  return lived;
};

const joined = (shares: readonly Lived[]): Lived => {
  const counts: Record<string, number> = {};
  for (const share of shares) {
    for (const [what, times] of Object.entries(share.counts)) counts[what] = (counts[what] ?? 0) + times;
  }
  return { counts, failures: shares.flatMap(({ failures }) => failures) };
};

/** Lives worlds on several processors. */
const liveTogether = async (seeds: number, jobs: number): Promise<Lived> => {
  const each = Math.ceil(seeds / jobs);
  const shares = Array.from({ length: jobs }, async (_, job): Promise<Lived> => {
    const first = from + job * each;
    const count = Math.min(each, from + seeds - first);
    if (count <= 0) return { counts: {}, failures: [] };
    return JSON.parse(await runNode(import.meta.filename, ["--share", "--seed", `${first}`, "--seeds", `${count}`]));
  });
  return joined(await Promise.all(shares));
};

const told = async ({ counts, failures }: Lived, seconds: number): Promise<void> => {
  for (const [what, times] of Object.entries(counts).sort(([a], [b]) => a.localeCompare(b))) {
    console.log(`${String(times).padStart(9)}  ${what}`);
  }
  const [worst] = failures;
  if (worst !== undefined) console.log((await runSeed(worst.seed, true)).lines.join("\n"));
  for (const { seed, law, detail } of failures) {
    console.log(`\nseed ${seed}: ${law}\n  ${detail}\n  again: npm run simulate -- --seed ${seed}\n`);
  }
  const worlds = counts["worlds"] ?? 0;
  const pace = Math.round(worlds / seconds);
  console.log(`${worlds} seeds from ${from} in ${seconds.toFixed(1)} s, ${pace} a second; ${failures.length} failed`);
  if (failures.length > 0) process.exitCode = 1;
};

const seeds = Number(values.seeds ?? 1);
if (values.exhaustive === true) {
  process.argv.splice(2);
  await import("../worlds/main.ts");
} else if (values.breakages === true) {
  await breakAll(values.only ?? "", Number(values.jobs ?? availableParallelism()));
} else if (values.share === true) console.log(JSON.stringify(await live(from, seeds)));
else if (values.first === true) {
  for (const { seed, law } of (await live(from, seeds)).failures) console.log(`seed ${seed}: ${law}`);
} else if (values.trace === true) console.log((await runSeed(from, true)).lines.join("\n"));
else {
  const began = performance.now();
  const jobs = Math.max(1, Math.min(Number(values.jobs ?? availableParallelism()), Math.floor(seeds / SHARE)));
  const lived = jobs === 1 ? await live(from, seeds) : await liveTogether(seeds, jobs);
  await told(lived, (performance.now() - began) / 1000);
}
