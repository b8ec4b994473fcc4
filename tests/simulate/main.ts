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
import { z } from "zod";
import { commandLine, flag, number, text } from "../../src/cli/commandLine.ts";
import { breakAll } from "./breakages/breakAll.ts";
import { runSeed } from "./run.ts";
import { runNode } from "./runNode.ts";

/** A process of its own for this many worlds at least. */
const SHARE = 100;

const { values } = commandLine({
  call: "npm run simulate -- [options]",
  does: "Lets everything go wrong in virtual time, from seeds, and judges by the laws. Without options it lives one world.",
  options: z.object({
    seeds: number("how many worlds, on all processors", 1).default(1),
    seed: number("the first of them, or the one with its trace if it fails").default(1),
    jobs: number("how many processes at a time, one a processor if not given", 1, 256).optional(),
    trace: flag("the first world with its trace, whatever comes"),
    exhaustive: flag("every order of steps in small worlds"),
    breakages: flag("takes one defence after the other out, and shows what notices"),
    only: text("of the breakages those whose name holds this").optional(),
    first: flag("ends at the first broken law and says which, in one line"),
    share: flag("prints what was counted as JSON, for the process that started this one"),
  }),
});
const from = values.seed;

interface Lived {
  readonly counts: Record<string, number>;
  readonly failures: { readonly seed: number; readonly law: string; readonly detail: string }[];
}

/** Lives worlds one after the other; ends after ten failures, or the first. */
const live = async (first: number, seeds: number): Promise<Lived> => {
  const lived: Lived = { counts: {}, failures: [] };
  const most = values.first ? 1 : 10;
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

const { seeds, jobs: most = availableParallelism() } = values;
if (values.exhaustive) {
  process.argv.splice(2);
  await import("../worlds/main.ts");
} else if (values.breakages) {
  await breakAll(values.only ?? "", most);
} else if (values.share) console.log(JSON.stringify(await live(from, seeds)));
else if (values.first) {
  for (const { seed, law } of (await live(from, seeds)).failures) console.log(`seed ${seed}: ${law}`);
} else if (values.trace) console.log((await runSeed(from, true)).lines.join("\n"));
else {
  const began = performance.now();
  const jobs = Math.max(1, Math.min(most, Math.floor(seeds / SHARE)));
  const lived = jobs === 1 ? await live(from, seeds) : await liveTogether(seeds, jobs);
  await told(lived, (performance.now() - began) / 1000);
}
